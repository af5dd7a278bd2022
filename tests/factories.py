"""Makers of organisations, people and records for tests, through the same services the product uses."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from core.access import Marking, Viewer, viewer_of
from core.clock import FixedClock
from core.db import Database
from core.people import Organisation, OrganisationClient, Role, Space, SpaceMember, User, UserRole
from core.uow import UnitOfWork
from library.drafts import RecordDraft
from library.models import Record, RecordKind
from library.service import create_record
from library.service.records import release_record

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """A database with people in it."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def work(self, viewer: Viewer | None = None) -> UnitOfWork:
        """A unit of work done by a person."""
        return UnitOfWork(self.database, self.clock, actor_id=viewer.user_id if viewer else None)

    def reading(self) -> AbstractContextManager[Session]:
        """A session for reads."""
        return self.database.reading()

    def organisation(self, key: str, *, parent: int | None = None, clients: tuple[int, ...] = ()) -> int:
        """An organisation's id."""
        with self.work() as work:
            row = Organisation(
                key=key,
                name=key.title(),
                acronym=key.upper(),
                kind="police",
                parent_id=parent,
                default_marking=Marking.GREEN.value,
            )
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            for client in clients:
                work.session.add(OrganisationClient(organisation_id=row.id, client_id=client))
            return row.id

    def space(self, key: str) -> int:
        """A restricted space's id."""
        with self.work() as work:
            row = Space(key=key, name=key.title(), kind="restricted")
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            return row.id

    def person(
        self,
        name: str,
        organisation: int,
        *roles: Role,
        spaces: tuple[int, ...] = (),
        verified: bool = True,
        password_hash: str = "",
    ) -> int:
        """A person's id."""
        with self.work() as work:
            row = User(
                email=f"{name}@exchange.example",
                name=name.title(),
                organisation_id=organisation,
                is_verified=verified,
                password_hash=password_hash,
                created_at=self.clock.now(),
            )
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            work.session.add_all(UserRole(user_id=row.id, role=role.value) for role in roles)
            work.session.add_all(SpaceMember(space_id=space, user_id=row.id) for space in spaces)
            return row.id

    def viewer(self, user_id: int) -> Viewer:
        """The person as the access rule sees him now."""
        with self.database.reading() as session:
            return self.viewer_in(session, user_id)

    @staticmethod
    def viewer_in(session: Session, user_id: int) -> Viewer:
        """The same within a session."""
        user = session.get(User, user_id)
        assert user is not None
        return viewer_of(session, user)

    def record(self, author: Viewer, *, publish: bool = True, **changes: Any) -> int:
        """A record's id, published unless said otherwise."""
        with self.work(author) as work:
            record = create_record(work, author, draft(author.organisation_id, **changes))
            if publish:
                release_record(work, record, publisher_id=author.user_id)
            assert record.id is not None
            return record.id

    def get(self, record_id: int) -> Record:
        """The stored row."""
        with self.database.reading() as session:
            record = session.get(Record, record_id)
            assert record is not None
            return record


def draft(organisation_id: int, **changes: Any) -> RecordDraft:
    """A valid draft with some values changed."""
    values: dict[str, Any] = {
        "kind": RecordKind.SOP,
        "title": "Handling a seized phone",
        "summary": "What the first officer does in the first hour.",
        "body": "## First hour\n\nKeep it powered and isolated from the network.",
        "organisation_id": organisation_id,
        "year": 2026,
        "marking": Marking.GREEN,
    }
    return RecordDraft(**{**values, **changes})
