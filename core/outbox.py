"""Dirty marks: "this object may have changed". Written in the transaction of the change, settled after the engine confirmed.

A mark carries no payload; what to do follows from the current state. Claims are leases (a conditional UPDATE, so they
work on both databases), renewed while their holder lives; a mark touched while claimed is not settled; failures are retried with back-off and parked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.content import ContentRef
from core.db import UtcDateTime

MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=11)
"""Nothing is ever claimed or put off for so long: a time further ahead was written while the clock was wrong."""


class DirtyMark(SQLModel, table=True):
    """One object that search may not know the current state of."""

    __tablename__ = "dirty_mark"
    __table_args__ = (UniqueConstraint("kind", "object_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    object_id: int
    reason: str
    touch: int = 1
    """Counts the changes; a claim settles only the count it saw."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    available_at: datetime = Field(sa_type=UtcDateTime, index=True)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    error: str = ""
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on one mark."""

    mark_id: int
    ref: ContentRef
    touch: int
    attempts: int


def mark_dirty(session: Session, refs: Sequence[ContentRef], reason: str, now: datetime) -> None:
    """Add or touch the marks of `refs`. A touched mark is tried again at once, parked or not."""
    if not refs:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [
        {
            "kind": ref.kind,
            "object_id": ref.id,
            "reason": reason,
            "touch": 1,
            "created_at": now,
            "available_at": now,
            "attempts": 0,
            "error": "",
            "parked": False,
        }
        for ref in dict.fromkeys(refs)
    ]
    table = DirtyMark.__table__  # type: ignore[attr-defined]
    insert = dialect.insert(table)
    upsert = insert.on_conflict_do_update(
        index_elements=["kind", "object_id"],
        set_={
            "touch": table.c.touch + 1,
            "reason": insert.excluded.reason,
            "available_at": insert.excluded.available_at,
            "attempts": 0,
            "error": "",
            "parked": False,
        },
    )
    session.execute(upsert, rows)


def claim(session: Session, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
    """Lease up to `limit` due marks, oldest first. Another worker gets none of them until the lease ends."""
    due = _is_due(now)
    ids = session.exec(select(DirtyMark.id).where(due).order_by(col(DirtyMark.id)).limit(limit)).all()
    if not ids:
        return []
    claimed = session.execute(
        update(DirtyMark)
        .where(col(DirtyMark.id).in_(ids), due)
        .values(claimed_until=now + lease)
        .returning(
            col(DirtyMark.id),
            col(DirtyMark.kind),
            col(DirtyMark.object_id),
            col(DirtyMark.touch),
            col(DirtyMark.attempts),
        )
        .execution_options(synchronize_session=False)
    )
    return sorted(
        (Claim(row[0], ContentRef(row[1], row[2]), row[3], row[4]) for row in claimed),
        key=lambda claim: claim.mark_id,
    )


def renew(session: Session, claims: Sequence[Claim], held_until: datetime, until: datetime) -> None:
    """Make a lease longer. Marks that are settled, or that somebody else claimed meanwhile, are left alone."""
    ids = [one.mark_id for one in claims]
    mine = and_(col(DirtyMark.id).in_(ids), col(DirtyMark.claimed_until) == held_until)
    session.execute(update(DirtyMark).where(mine).values(claimed_until=until))


def settle(session: Session, claims: Sequence[Claim]) -> None:
    """Remove marks whose change is in the index; one touched since it was claimed is freed for another round."""
    for one in claims:
        same = and_(col(DirtyMark.id) == one.mark_id, col(DirtyMark.touch) == one.touch)
        if not session.execute(delete(DirtyMark).where(same)).rowcount:  # type: ignore[attr-defined]
            session.execute(update(DirtyMark).where(col(DirtyMark.id) == one.mark_id).values(claimed_until=None))


def fail(session: Session, claims: Sequence[Claim], error: str, now: datetime) -> None:
    """Give marks back with a growing delay (5 s, 10 s, 20 s ...); the eighth failure parks them for the administrator."""
    for one in claims:
        attempts = one.attempts + 1
        session.execute(
            update(DirtyMark)
            .where(col(DirtyMark.id) == one.mark_id, col(DirtyMark.touch) == one.touch)
            .values(
                attempts=attempts,
                error=error[:500],
                parked=attempts >= MAX_ATTEMPTS,
                available_at=now + FIRST_RETRY * 2 ** (attempts - 1),
            )
        )
        session.execute(update(DirtyMark).where(col(DirtyMark.id) == one.mark_id).values(claimed_until=None))


def release(session: Session, claims: Sequence[Claim]) -> None:
    """Give marks back untouched: the engine is down, which says nothing about them."""
    ids = [one.mark_id for one in claims]
    session.execute(update(DirtyMark).where(col(DirtyMark.id).in_(ids)).values(claimed_until=None))


def count_waiting(session: Session) -> int:
    """Marks not parked."""
    return session.exec(select(func.count()).select_from(DirtyMark).where(~col(DirtyMark.parked))).one()


@dataclass(frozen=True, slots=True)
class Backlog:
    """What search does not know yet."""

    waiting: int
    parked: int
    oldest_seconds: float
    """Age of the oldest change that waits; 0 when none does."""


def backlog(session: Session, now: datetime) -> Backlog:
    """How much waits, and for how long."""
    waits = ~col(DirtyMark.parked)
    count = func.count(col(DirtyMark.id))
    oldest = func.min(DirtyMark.created_at).filter(waits)
    row = session.execute(select(count.filter(waits), count.filter(col(DirtyMark.parked)), oldest)).one()
    age = (now - row[2]).total_seconds() if row[2] else 0.0
    return Backlog(waiting=row[0], parked=row[1], oldest_seconds=max(age, 0.0))


def count_leased(session: Session, now: datetime) -> int:
    """Marks that another process, alive or killed, holds just now."""
    leased = (
        select(func.count()).select_from(DirtyMark).where(~col(DirtyMark.parked), col(DirtyMark.claimed_until) >= now)
    )
    return session.exec(leased).one()


@cache
def marked(kind: str) -> SelectOfScalar[int]:
    """A query for the ids of one kind whose state search may not know, parked ones too."""
    return select(DirtyMark.object_id).where(DirtyMark.kind == kind)


def list_parked(session: Session, limit: int = 200) -> list[DirtyMark]:
    """Marks given up on, newest first."""
    parked = select(DirtyMark).where(DirtyMark.parked).order_by(col(DirtyMark.id).desc())
    return list(session.exec(parked.limit(limit)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    until, at = col(DirtyMark.claimed_until), col(DirtyMark.available_at)
    # Further ahead than anything is ever put: written while the clock was wrong, and nothing to wait for.
    free = or_(until.is_(None), until < now, until > now + LONGEST_WAIT)
    return and_(~col(DirtyMark.parked), or_(at <= now, at > now + LONGEST_WAIT), free)


def retry_parked(session: Session, now: datetime) -> int:
    """Try all parked marks again from the start; returns how many there were."""
    parked = update(DirtyMark).where(col(DirtyMark.parked))
    fresh = parked.values(parked=False, attempts=0, error="", available_at=now, claimed_until=None)
    return int(session.execute(fresh).rowcount)  # type: ignore[attr-defined]
