"""What falls due at a time, for a person or for a role: reminded of before, told when due, escalated after.

A deadline is named as its notices are: `event.minutes` leaves `event.minutes.reminder`, `event.minutes.due` and
`event.minutes.escalated`, whose sentences the part gives. A name with a handler is acted upon when it is due instead of told.
Nothing fires twice: what has fired is written with what it caused. After a pause only the latest step that is due fires.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlmodel import Field, Index, Session, SQLModel, col, or_, select

from core.content import ContentRef
from core.db import UtcDateTime
from core.people import Role, User, UserRole
from core.uow import UnitOfWork

BATCH = 200


class Step(StrEnum):
    """What happens to a deadline that nobody meets, in this order."""

    REMINDER = "reminder"
    DUE = "due"
    ESCALATED = "escalated"


_ORDER = ("", *(step.value for step in Step))


class Deadline(SQLModel, table=True):
    """One thing that falls due."""

    __tablename__ = "deadline"
    __table_args__ = (Index(None, "kind", "object_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    object_id: int
    name: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    """Whose it is; or else"""
    role: str = ""
    """everybody's with this role,"""
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    """in this organisation, if one is named."""
    remind_seconds: int | None = None
    """How long before it is reminded of."""
    escalate_seconds: int | None = None
    """How long after it is escalated."""
    escalate_role: str = ""
    """To whom, in that organisation."""
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When its next step fires; None when none is left."""
    fired: str = ""
    """The last step that fired."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: int | None = Field(default=None, foreign_key="user.id")

    @property
    def ref(self) -> ContentRef:
        """What it is about."""
        return ContentRef(self.kind, self.object_id)

    def at(self, step: Step) -> datetime | None:
        """When a step fires; None for one it does not have."""
        match step:
            case Step.REMINDER:
                return None if self.remind_seconds is None else self.due_at - timedelta(seconds=self.remind_seconds)
            case Step.DUE:
                return self.due_at
            case Step.ESCALATED:
                return None if self.escalate_seconds is None else self.due_at + timedelta(seconds=self.escalate_seconds)

    def left(self) -> list[tuple[datetime, Step]]:
        """The steps that have not fired, with their times, in their order."""
        done = _ORDER.index(self.fired)
        steps = [(self.at(step), step) for step in Step if _ORDER.index(step.value) > done]
        return [(at, step) for at, step in steps if at is not None]


Handler = Callable[[UnitOfWork, Deadline], None]


def set_deadline(
    session: Session,
    ref: ContentRef,
    name: str,
    due_at: datetime,
    *,
    user_id: int | None = None,
    role: Role | None = None,
    organisation_id: int | None = None,
    remind_before: timedelta | None = None,
    escalate_after: timedelta | None = None,
    escalate_to: Role | None = None,
) -> Deadline:
    """Set a deadline, or set it anew for the same object, name and person. One that was moved starts from its beginning."""
    assert (user_id is None) != (role is None), "a deadline is a person's or a role's"
    row = _find(session, ref, name, user_id) or Deadline(
        kind=ref.kind, object_id=ref.id, name=name, user_id=user_id, due_at=due_at
    )
    row.due_at = due_at
    row.role = role.value if role else ""
    row.organisation_id = organisation_id
    row.remind_seconds = None if remind_before is None else round(remind_before.total_seconds())
    row.escalate_seconds = None if escalate_after is None else round(escalate_after.total_seconds())
    row.escalate_role = escalate_to.value if escalate_to else ""
    row.fired, row.done_at, row.done_by = "", None, None
    row.next_at = row.left()[0][0]
    session.add(row)
    session.flush()
    return row


def meet_deadline(session: Session, ref: ContentRef, name: str, now: datetime, *, by: int | None) -> int:
    """It is done, for everybody it was set for; how many were open. Done ones stay as they are."""
    mine = select(Deadline).where(Deadline.kind == ref.kind, Deadline.object_id == ref.id, Deadline.name == name)
    rows = session.exec(mine.where(col(Deadline.done_at).is_(None))).all()
    for row in rows:
        row.done_at, row.done_by, row.next_at = now, by, None
        session.add(row)
    return len(rows)


def drop_deadlines(session: Session, ref: ContentRef, names: Iterable[str], *, user_id: int | None = None) -> None:
    """Nothing of these names falls due for the object any more; with `user_id`, for this person only."""
    session.flush()
    mine = delete(Deadline).where(col(Deadline.kind) == ref.kind, col(Deadline.object_id) == ref.id)
    mine = mine.where(col(Deadline.name).in_(list(names)))
    if user_id is not None:
        mine = mine.where(col(Deadline.user_id) == user_id)
    session.execute(mine.execution_options(synchronize_session="fetch"))


def list_open(session: Session, user_id: int, limit: int = 50) -> list[Deadline]:
    """What a person still has to do, soonest first. Whether he sees the object is the caller's question."""
    roles = select(UserRole.role).where(UserRole.user_id == user_id)
    home = select(User.organisation_id).where(User.id == user_id)
    here = or_(col(Deadline.organisation_id).is_(None), col(Deadline.organisation_id).in_(home))
    his = or_(col(Deadline.user_id) == user_id, col(Deadline.role).in_(roles) & here)
    rows = select(Deadline).where(his, col(Deadline.done_at).is_(None))
    return list(session.exec(rows.order_by(col(Deadline.due_at), col(Deadline.id)).limit(limit)))


def fire_deadlines(work: UnitOfWork, handlers: Mapping[str, Handler]) -> int:
    """Fire what is due now, at most a batch; how many fired. Call it again until it says 0."""
    due = select(Deadline).where(col(Deadline.next_at) <= work.now, col(Deadline.done_at).is_(None))
    rows = work.session.exec(due.order_by(col(Deadline.next_at), col(Deadline.id)).limit(BATCH)).all()
    for row in rows:
        _fire(work, row, handlers)
    return len(rows)


def _fire(work: UnitOfWork, row: Deadline, handlers: Mapping[str, Handler]) -> None:
    passed = [step for at, step in row.left() if at <= work.now]
    step = passed[-1]
    row.fired = step.value
    later = row.left()
    row.next_at = later[0][0] if later else None
    work.session.add(row)
    work.session.flush()
    handler = handlers.get(row.name)
    if handler is not None and Step.DUE in passed:
        row.done_at, row.next_at = work.now, None
        handler(work, row)
        return
    for person in sorted(_people(work.session, row, step)):
        work.notify(person, f"{row.name}.{step.value}", row.ref, {"due": row.due_at.isoformat()})


def _people(session: Session, row: Deadline, step: Step) -> set[int]:
    """Whom a step tells."""
    found = {row.user_id} if row.user_id is not None else _with_role(session, row.role, row.organisation_id)
    if step is Step.ESCALATED and row.escalate_role:
        found |= _with_role(session, row.escalate_role, row.organisation_id)
    return found


def _with_role(session: Session, role: str, organisation_id: int | None) -> set[int]:
    rows = select(User.id).join(UserRole, col(UserRole.user_id) == col(User.id))
    rows = rows.where(UserRole.role == role, User.is_active, User.is_verified)
    if organisation_id is not None:
        rows = rows.where(User.organisation_id == organisation_id)
    return {one for one in session.exec(rows) if one is not None}


def _find(session: Session, ref: ContentRef, name: str, user_id: int | None) -> Deadline | None:
    mine = select(Deadline).where(Deadline.kind == ref.kind, Deadline.object_id == ref.id, Deadline.name == name)
    return session.exec(mine.where(col(Deadline.user_id) == user_id)).first()
