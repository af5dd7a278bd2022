"""Loads the demo: what `ipcu demo load` does. Only an empty database takes it."""

import io
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlmodel import col, select

from core.access import Marking, Viewer, viewer_of
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
from indexer.extraction import sniff_media_type
from library.drafts import RecordDraft, WithdrawDraft
from library.models import Record
from library.service import add_attachment, create_record, withdraw_record
from library.service.records import release_record
from search.models import SynonymSet
from webapp.demo import DEMO_PASSWORD, FENCE
from webapp.demo.documents import make_document
from webapp.runtime import Runtime

LINK = re.compile(r"\]\(record:(\d\d)\)")
"""`[words](record:22)` in a body points to the record whose file name starts with 22; it must stand before this one."""


@dataclass(slots=True)
class DemoReport:
    """What was loaded."""

    organisations: int = 0
    people: int = 0
    records: int = 0
    attachments: int = 0


@dataclass(slots=True)
class _Directory:
    organisations: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    spaces: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    """Number in the file name to id."""


def load_demo(runtime: Runtime, progress: Callable[[int, int], None]) -> DemoReport:
    """Fill an empty database. Raises Conflict when anybody has an account already."""
    content = resources("webapp.demo") / "content"
    records = sorted((content / "records").iterdir(), key=lambda entry: entry.name)
    report = DemoReport()
    with runtime.work() as work:
        if count_users(work.session):
            raise Conflict("The database is not empty. The demo is only loaded into an empty one.")
        directory = _Directory()
        _load_organisations(work, content, directory)
        _load_people(work, content, directory)
        for entry in _toml(content / "acronyms.toml")["synonym"]:
            work.session.add(SynonymSet(terms=entry["terms"], created_at=work.now))
        for done, path in enumerate(records):
            progress(done, len(records))
            report.attachments += _load_record(runtime, work, path, directory)
        work.audit("demo.loaded", records=len(records))
        report.organisations, report.people = len(directory.organisations), len(directory.people)
        report.records = len(records)
    progress(len(records), len(records))
    return report


def _toml(path: Traversable) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _load_organisations(work: UnitOfWork, content: Traversable, directory: _Directory) -> None:
    entries = _toml(content / "organisations.toml")["organisation"]
    rows = {}
    for entry in entries:
        plain = {name: value for name, value in entry.items() if name not in ("parent", "clients")}
        rows[entry["key"]] = Organisation(**plain)
        work.session.add(rows[entry["key"]])
    work.session.flush()
    directory.organisations = {key: row.id for key, row in rows.items() if row.id is not None}
    for entry in entries:
        if entry.get("parent"):
            rows[entry["key"]].parent_id = directory.organisations[entry["parent"]]
        for client in entry.get("clients", []):
            work.session.add(
                OrganisationClient(
                    organisation_id=directory.organisations[entry["key"]],
                    client_id=directory.organisations[client],
                )
            )
    for entry in _toml(content / "spaces.toml")["space"]:
        space = Space(**entry)
        work.session.add(space)
        work.session.flush()
        directory.spaces[space.key] = space.id or 0


def _load_people(work: UnitOfWork, content: Traversable, directory: _Directory) -> None:
    # One hash for all: everybody has the same, published password.
    hashed = hash_password(DEMO_PASSWORD)
    for entry in _toml(content / "people.toml")["person"]:
        user = User(
            email=entry["email"],
            name=entry["name"],
            rank=entry["rank"],
            organisation_id=directory.organisations[entry["organisation"]],
            language=entry["language"],
            password_hash=hashed,
            created_at=work.now,
        )
        work.session.add(user)
        work.session.flush()
        assert user.id is not None
        directory.people[user.email] = user.id
        work.session.add_all(UserRole(user_id=user.id, role=role) for role in entry["roles"])
        work.session.add_all(
            SpaceMember(space_id=directory.spaces[key], user_id=user.id) for key in entry.get("spaces", [])
        )
    work.session.flush()


def _load_record(runtime: Runtime, work: UnitOfWork, path: Traversable, directory: _Directory) -> int:
    _, front, body = path.read_text("utf-8").split(FENCE, 2)
    meta = tomllib.loads(front)
    body = LINK.sub(lambda found: f"](/records/{directory.records[found[1]]})", body)
    author = _viewer(work, directory.people[meta["author"]])
    record = create_record(work, author, _draft(meta, body.strip(), directory))
    assert record.id is not None
    directory.records[path.name[:2]] = record.id
    attachments = meta.get("attachments", [])
    for entry in attachments:
        data = make_document(entry["filename"], entry["title"], entry["body"])
        stored = runtime.files.put(io.BytesIO(data), limit=len(data))
        media_type = sniff_media_type(io.BytesIO(data), entry["filename"])
        add_attachment(work, author, record.id, filename=entry["filename"], stored=stored, media_type=media_type)
    if meta["status"] != "draft":
        release_record(work, record, publisher_id=_publisher(work, record))
    if meta["status"] == "withdrawn":
        withdraw_record(work, author, record.id, WithdrawDraft(reason="Superseded by a newer record."))
    _date(work, record)
    return len(attachments)


def _date(work: UnitOfWork, record: Record) -> None:
    """From the day of its last review, so that newest and oldest, `before:` and `after:` mean something. The audit chain has the truth."""
    if record.reviewed_on is None or record.id is None:
        return
    working_day = datetime.combine(record.reviewed_on, time(8), UTC) + timedelta(minutes=record.id)
    record.created_at = record.changed_at = min(working_day, work.now)
    record.published_at = record.published_at and record.changed_at


def _draft(meta: dict[str, Any], body: str, directory: _Directory) -> RecordDraft:
    space = meta.get("space", "")
    return RecordDraft(
        kind=meta["kind"],
        title=meta["title"],
        summary=meta["summary"],
        body=body,
        fields=meta.get("fields", {}),
        topics=meta["topics"],
        tags=meta["tags"],
        organisation_id=directory.organisations[meta["organisation"]],
        country=meta["country"],
        language=meta["language"],
        year=meta["year"],
        effect=meta["effect"],
        strength=meta["strength"],
        marking=Marking(meta["marking"]),
        listed_organisations=[directory.organisations[key] for key in meta.get("listed", [])],
        named_users=[directory.people[email] for email in meta.get("named", [])],
        space_id=directory.spaces[space] if space and space != "open" else None,
        reviewed_on=date.fromisoformat(meta["reviewed"]) if meta.get("reviewed") else None,
        review_due=date.fromisoformat(meta["review_due"]) if meta.get("review_due") else None,
    )


def _viewer(work: UnitOfWork, user_id: int) -> Viewer:
    user = work.session.get(User, user_id)
    assert user is not None
    return viewer_of(work.session, user)


def _publisher(work: UnitOfWork, record: Record) -> int:
    """A librarian other than the author (two-person rule)."""
    librarians = select(UserRole.user_id).where(UserRole.role == "librarian", UserRole.user_id != record.author_id)
    return work.session.exec(librarians.order_by(col(UserRole.user_id))).first() or record.author_id
