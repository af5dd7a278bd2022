"""Append-only, hash-chained record of who did what to which object, when and from where.

Each event's hash covers its fields and the hash before it; the head row counts the events, so a cut tail shows too.
The head is locked for the length of the transaction, which puts concurrent events in one order on both databases.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import JSON, Column, Field, Session, SQLModel, col, func, select

from core.content import ContentRef
from core.db import UtcDateTime
from core.paging import Page

GENESIS = "0" * 64


class AuditEvent(SQLModel, table=True):
    """One thing that was done."""

    __tablename__ = "audit_event"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_id: int | None = Field(default=None, index=True)
    action: str
    kind: str = ""
    object_id: int | None = None
    details: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    address: str = ""
    hash: str


class AuditHead(SQLModel, table=True):
    """The end of the chain: one row."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    number: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found."""

    events: int
    problem: str = ""
    end: str = ""
    """Number and hash of the last event. Kept outside the database, it proves later that nothing up to it was replaced."""

    @property
    def is_intact(self) -> bool:
        """True when every event is as it was written and none is missing."""
        return not self.problem


def append(
    session: Session,
    *,
    at: datetime,
    actor_id: int | None,
    action: str,
    ref: ContentRef | None,
    details: Mapping[str, object],
    address: str,
) -> AuditEvent:
    """Add an event to the chain in the session's transaction."""
    session.flush()
    head = session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).one_or_none()
    if head is None:
        head = AuditHead()
    event = AuditEvent(
        number=head.number + 1,
        at=at,
        actor_id=actor_id,
        action=action,
        kind=ref.kind if ref else "",
        object_id=ref.id if ref else None,
        details=dict(details),
        address=address,
        hash="",
    )
    event.hash = _hash(head.hash, event)
    head.number, head.hash = event.number, event.hash
    session.add(event)
    session.add(head)
    return event


def verify(session: Session, seen: str = "") -> Verdict:
    """Walk the chain from its first event and compare every hash.

    Whoever can write to the database can make a whole new chain, or cut this one and its head: that shows only against
    `seen`, the end of an earlier verdict that he could not reach.
    """
    head = session.get(AuditHead, 1) or AuditHead()
    before, count = GENESIS, 0
    was_met = seen in ("", f"{count}:{before}")
    events = select(AuditEvent).order_by(col(AuditEvent.number)).execution_options(yield_per=1000)
    # Closed also on an early return: on PostgreSQL the rows come from a cursor that the server keeps.
    with closing(session.exec(events)) as found:
        for event in found:
            if event.number != count + 1:
                return Verdict(count, f"event {count + 1} is missing")
            if event.hash != _hash(before, event):
                return Verdict(count, f"event {event.number} was changed after it was written")
            before, count = event.hash, event.number
            was_met = was_met or f"{count}:{before}" == seen
    if (head.number, head.hash) != (count, before):
        return Verdict(count, f"the chain ends at event {count}, but {head.number} were written")
    if not was_met:
        return Verdict(count, f"the end seen earlier, {seen}, is not in it: events were replaced or cut off")
    return Verdict(count, end=f"{count}:{before}")


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which events are wanted; what is empty narrows nothing."""

    actor_id: int | None = None
    action: str = ""
    """The action, or its beginning up to a dot: `user` finds `user.added` too."""
    kind: str = ""
    object_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Up to this moment, which is no longer part of it."""


def find_events(session: Session, wanted: TrailFilter, page: Page) -> tuple[list[AuditEvent], int]:
    """A page of events, the newest first, and how many there are. Who may read them is `core.administration.policy.can_read_audit`."""
    where: list[ColumnElement[bool]] = []
    if wanted.actor_id is not None:
        where.append(col(AuditEvent.actor_id) == wanted.actor_id)
    if wanted.action:
        is_one = col(AuditEvent.action) == wanted.action
        where.append(is_one | col(AuditEvent.action).startswith(f"{wanted.action}.", autoescape=True))
    if wanted.kind:
        where.append(col(AuditEvent.kind) == wanted.kind)
    if wanted.object_id is not None:
        where.append(col(AuditEvent.object_id) == wanted.object_id)
    if wanted.since is not None:
        where.append(col(AuditEvent.at) >= wanted.since)
    if wanted.until is not None:
        where.append(col(AuditEvent.at) < wanted.until)
    total = session.exec(select(func.count()).select_from(AuditEvent).where(*where)).one()
    rows = select(AuditEvent).where(*where).order_by(col(AuditEvent.number).desc())
    return list(session.exec(rows.offset(page.offset).limit(page.size))), total


def list_actions(session: Session) -> list[str]:
    """Every action that was ever recorded, by name."""
    return list(session.exec(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def list_kinds(session: Session) -> list[str]:
    """Every kind of object that something was done to, by name."""
    rows = select(AuditEvent.kind).where(AuditEvent.kind != "").distinct().order_by(AuditEvent.kind)
    return list(session.exec(rows))


def _hash(before: str, event: AuditEvent) -> str:
    fields = [
        event.number,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.kind,
        event.object_id,
        event.details,
        event.address,
    ]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
