"""Two more things a drain does with its claims: postpone them, and make them due again early."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from core.outbox import Claim, DirtyMark


def postpone(session: Session, claims: Sequence[Claim], until: datetime) -> None:
    """Give marks back for later without counting a failure; one touched meanwhile is due at once."""
    for one in claims:
        mine = col(DirtyMark.id) == one.mark_id
        session.execute(update(DirtyMark).where(mine, col(DirtyMark.touch) == one.touch).values(available_at=until))
        session.execute(update(DirtyMark).where(mine).values(claimed_until=None))


def make_due(session: Session, now: datetime) -> int:
    """Make postponed marks due now; those that wait after a failure keep waiting. Returns how many."""
    waiting = (col(DirtyMark.available_at) > now, col(DirtyMark.attempts) == 0, ~col(DirtyMark.parked))
    return session.execute(update(DirtyMark).where(*waiting).values(available_at=now)).rowcount  # type: ignore[attr-defined,no-any-return]
