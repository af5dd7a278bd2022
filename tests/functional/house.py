"""A site of real processes with an officer and a librarian who write, publish and look for records."""

import re
from pathlib import Path

from argon2 import PasswordHasher

from core.clock import SystemClock
from core.db import Database
from core.people import Role
from tests.factories import World
from tests.functional.processes import Person, Running, Server
from webapp.migrations import upgrade

PASSWORD = "correct horse battery"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
OFF = {"embedding": "off", "secret_key": "one key for both servers, as in a deployment"}


def prepare(data: Path, address: str = "") -> int:
    """A migrated database, SQLite unless said otherwise, with an officer and a librarian; the id of their organisation."""
    address = address or f"sqlite:///{data / 'ipcu.sqlite3'}"
    upgrade(address)
    database = Database(address)
    world = World(database, SystemClock())
    organisation = world.organisation("cid")
    world.person("amina", organisation, Role.OFFICER, password_hash=HASHED)
    world.person("karim", organisation, Role.LIBRARIAN, password_hash=HASHED)
    database.close()
    return organisation


class Site:
    """What an officer and a librarian do at one or more servers of the same data."""

    def __init__(self, data: Path, address: str = "") -> None:
        self.data = data
        self.organisation = prepare(data, address)
        self.processes: list[Running] = []

    def enter(self, first: Server, second: Server) -> None:
        """The officer signs in at one server, the librarian at another."""
        self.officer = Person().sign_in(first, "amina@exchange.example", PASSWORD)
        self.librarian = Person().sign_in(second, "karim@exchange.example", PASSWORD)

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            process.kill()

    def fields(self, title: str, body: str, **changes: object) -> dict[str, object]:
        return {
            "kind": "sop",
            "title": title,
            "body": body,
            "organisation_id": self.organisation,
            "language": "en",
            "year": 2026,
            "effect": "unknown",
            "strength": 0,
            "marking": "GREEN",
            **changes,
        }

    def write(self, server: Server, title: str, body: str) -> str:
        """The path of a new draft by the officer."""
        answer = self.officer.post(server, "/library/new", self.fields(title, body))
        assert answer.status == 200, answer.text
        return re.sub(r"^https?://[^/]+", "", answer.url)

    def publish(self, server: Server, path: str) -> None:
        assert self.librarian.post(server, f"{path}/publish", {}).status == 200

    def save(self, server: Server, path: str, title: str, body: str, revision: str = "") -> int:
        """The status of the librarian's edit of the given state, or of the one that stands there now: it takes effect at once."""
        revision = revision or self.revision_of(server, path)
        return self.librarian.post(server, f"{path}/edit", self.fields(title, body, revision=revision)).status

    def revision_of(self, server: Server, path: str) -> str:
        found = re.search(r'name="revision"[^>]*value="(\d+)"', self.librarian.get(server, f"{path}/edit").text)
        assert found
        return found[1]
