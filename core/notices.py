"""Notices to people, and what they follow."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, Session, SQLModel, UniqueConstraint, col, select

from core.content import ContentRef
from core.db import UtcDateTime

TOPIC = "topic"
"""Scope of a followed topic, as in `topic:drones`."""


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


class Follow(SQLModel, table=True):
    """A person follows a topic (`topic:drones`) or an object (`record:7`)."""

    __tablename__ = "follow"
    __table_args__ = (UniqueConstraint("user_id", "target"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    target: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


def list_followed(session: Session, user_id: int) -> list[str]:
    """Targets the person follows, newest first."""
    mine = select(Follow.target).where(Follow.user_id == user_id).order_by(col(Follow.id).desc())
    return list(session.exec(mine))


def followed_topics(session: Session, user_id: int) -> list[str]:
    """Slugs of the topics the person follows, newest first."""
    targets = (target.partition(":") for target in list_followed(session, user_id))
    return [name for scope, _, name in targets if scope == TOPIC]


def set_following(session: Session, user_id: int, target: str, now: datetime, *, follow: bool) -> None:
    """Follow or stop following; doing it twice changes nothing."""
    existing = session.exec(select(Follow).where(Follow.user_id == user_id, Follow.target == target)).one_or_none()
    if follow and existing is None:
        session.add(Follow(user_id=user_id, target=target, created_at=now))
    elif not follow and existing is not None:
        session.delete(existing)


def list_unread(session: Session, user_id: int, limit: int = 20) -> list[Notice]:
    """Unread notices, newest first."""
    mine = select(Notice).where(Notice.user_id == user_id, col(Notice.read_at).is_(None))
    return list(session.exec(mine.order_by(col(Notice.id).desc()).limit(limit)))


def mark_read(session: Session, user_id: int, now: datetime) -> None:
    """All of a person's notices are read."""
    for notice in session.exec(select(Notice).where(Notice.user_id == user_id, col(Notice.read_at).is_(None))):
        notice.read_at = now
        session.add(notice)
