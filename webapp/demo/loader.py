"""Loads the demo: what `ipcu demo load` does. Only an empty database takes it."""

import tomllib
from collections.abc import Callable
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from itertools import count
from typing import Any

from core.accounts import hash_password
from core.errors import Conflict
from core.people import (
    Organisation,
    OrganisationClient,
    Space,
    SpaceMember,
    User,
    UserRole,
    count_users,
)
from core.uow import UnitOfWork
from search.models import SynonymSet
from webapp.demo import DEMO_PASSWORD
from webapp.demo.documents import make_document
from webapp.runtime import Runtime
from webapp.stage import DemoStage


def load_demo(runtime: Runtime, progress: Callable[[int, int], None]) -> dict[str, int]:
    """Fill an empty database: people and bodies, then each part's content, all in one unit of work.

    What was made, by a plural noun. Raises Conflict when anybody has an account already.
    """
    content = resources("webapp.demo") / "content"
    with runtime.work() as work:
        if count_users(work.session):
            raise Conflict("The database is not empty. The demo is only loaded into an empty one.")
        stage = DemoStage(work, runtime.files, make_document, _counting(progress))
        _load_organisations(work, content, stage)
        _load_people(work, content, stage)
        stage.count("organisations", len(stage.organisations))
        stage.count("people", len(stage.people))
        for entry in _toml(content / "acronyms.toml")["synonym"]:
            work.session.add(SynonymSet(terms=entry["terms"], created_at=work.now))
        for part in runtime.parts:
            if part.demo:
                part.demo(stage)
        work.audit("demo.loaded", **stage.counts)
    return stage.counts


def _counting(progress: Callable[[int, int], None]) -> Callable[[], None]:
    """One step more each time; nobody knows beforehand how many there are, so the bar is of those so far and one more."""
    steps = count(1)

    def step() -> None:
        done = next(steps)
        progress(done, done + 1)

    return step


def _toml(path: Traversable) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _load_organisations(work: UnitOfWork, content: Traversable, stage: DemoStage) -> None:
    entries = _toml(content / "organisations.toml")["organisation"]
    rows = {}
    for entry in entries:
        plain = {name: value for name, value in entry.items() if name not in ("parent", "clients", "reviewed_by")}
        rows[entry["key"]] = Organisation(**plain)
        work.session.add(rows[entry["key"]])
    work.session.flush()
    stage.organisations = {key: row.id for key, row in rows.items() if row.id is not None}
    for entry in entries:
        if entry.get("parent"):
            rows[entry["key"]].parent_id = stage.organisations[entry["parent"]]
        if entry.get("reviewed_by"):
            rows[entry["key"]].reviewed_by_id = stage.organisations[entry["reviewed_by"]]
        for client in entry.get("clients", []):
            work.session.add(
                OrganisationClient(
                    organisation_id=stage.organisations[entry["key"]],
                    client_id=stage.organisations[client],
                )
            )
    for entry in _toml(content / "spaces.toml")["space"]:
        space = Space(**entry)
        work.session.add(space)
        work.session.flush()
        stage.spaces[space.key] = space.id or 0


def _load_people(work: UnitOfWork, content: Traversable, stage: DemoStage) -> None:
    # One hash for all: everybody has the same, published password.
    hashed = hash_password(DEMO_PASSWORD)
    for entry in _toml(content / "people.toml")["person"]:
        user = User(
            email=entry["email"],
            name=entry["name"],
            rank=entry["rank"],
            organisation_id=stage.organisations[entry["organisation"]],
            language=entry["language"],
            password_hash=hashed,
            created_at=work.now,
        )
        work.session.add(user)
        work.session.flush()
        assert user.id is not None
        stage.people[user.email] = user.id
        work.session.add_all(UserRole(user_id=user.id, role=role) for role in entry["roles"])
        work.session.add_all(
            SpaceMember(space_id=stage.spaces[key], user_id=user.id, is_leader=key in entry.get("leads", []))
            for key in entry.get("spaces", [])
        )
    work.session.flush()
