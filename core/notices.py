"""Notices to people: left with the change they tell of, worded when they are read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import JSON, Column, Field, Session, SQLModel, col, func, select

from core.content import ContentRef
from core.db import UtcDateTime
from core.paging import Page


class Notice(SQLModel, table=True):
    """Something a person should know. The text is made when it is read, so that it never outlives his access."""

    __tablename__ = "notice"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    event: str
    kind: str = ""
    object_id: int | None = None
    details: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef | None:
        """What it is about; None for what is about nothing in particular."""
        return ContentRef(self.kind, self.object_id) if self.object_id is not None else None


class NoticePage(NamedTuple):
    """One page of somebody's notices, newest first, and how many there are."""

    notices: list[Notice]
    total: int


_UNREAD = (
    select(func.count()).select_from(Notice).where(Notice.user_id == bindparam("person"), col(Notice.read_at).is_(None))
)


def leave(
    session: Session, user_id: int, event: str, ref: ContentRef | None, details: Mapping[str, object], now: datetime
) -> Notice:
    """Leave a notice for a person; stored with its id."""
    notice = Notice(
        user_id=user_id,
        event=event,
        kind=ref.kind if ref else "",
        object_id=ref.id if ref else None,
        details=dict(details),
        created_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def count_unread(session: Session, user_id: int) -> int:
    """How many notices the person has not read. Every page asks it."""
    return session.exec(_UNREAD, params={"person": user_id}).one()


def list_unread(session: Session, user_id: int, limit: int = 20) -> list[Notice]:
    """Unread notices, newest first."""
    mine = select(Notice).where(Notice.user_id == user_id, col(Notice.read_at).is_(None))
    return list(session.exec(mine.order_by(col(Notice.id).desc()).limit(limit)))


def list_since(session: Session, user_id: int, since: datetime, until: datetime, limit: int = 100) -> list[Notice]:
    """Unread notices left in that time, oldest first: what a digest tells of."""
    mine = select(Notice).where(
        Notice.user_id == user_id,
        col(Notice.read_at).is_(None),
        col(Notice.created_at) > since,
        col(Notice.created_at) <= until,
    )
    return list(session.exec(mine.order_by(col(Notice.id)).limit(limit)))


def page_of(session: Session, user_id: int, page: Page) -> NoticePage:
    """A page of all notices of a person, read ones too."""
    total = session.exec(select(func.count()).select_from(Notice).where(Notice.user_id == user_id)).one()
    mine = select(Notice).where(Notice.user_id == user_id).order_by(col(Notice.id).desc())
    return NoticePage(list(session.exec(mine.offset(page.offset).limit(page.size))), total)


def mark_read(session: Session, user_id: int, now: datetime, ids: Sequence[int]) -> None:
    """Those notices of the person are read: the ones he was shown, no others."""
    mine = select(Notice).where(Notice.user_id == user_id, col(Notice.read_at).is_(None), col(Notice.id).in_(ids))
    for notice in session.exec(mine):
        notice.read_at = now
        session.add(notice)


def mark_read_until(session: Session, user_id: int, now: datetime, last_id: int) -> None:
    """All notices of the person up to this one are read: what came after he looked is not."""
    mine = select(Notice).where(Notice.user_id == user_id, col(Notice.read_at).is_(None), col(Notice.id) <= last_id)
    for notice in session.exec(mine):
        notice.read_at = now
        session.add(notice)


def mark_read_about(session: Session, user_id: int, now: datetime, ref: ContentRef) -> None:
    """What tells of this object is read: the person has just opened it."""
    mine = select(Notice).where(
        Notice.user_id == user_id, col(Notice.read_at).is_(None), Notice.kind == ref.kind, Notice.object_id == ref.id
    )
    for notice in session.exec(mine):
        notice.read_at = now
        session.add(notice)
