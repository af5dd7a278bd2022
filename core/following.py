"""Who follows what, and how closely.

A target is `scope:name`: an object (`record:7`, `thread:3`), a topic (`topic:drones`), a tag, a category, a space. What
happens to an object concerns all its targets, listed from the nearest to the widest; for each person the nearest target about
which he said anything decides, so a thread muted stays quiet in a category that is watched.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select

from core.db import UtcDateTime

TOPIC = "topic"
"""Scope of a followed topic, as in `topic:drones`."""


class Level(StrEnum):
    """How closely, from nothing to everything."""

    MUTED = "muted"
    """Nothing, not even what would be told by a wider target; mentions by name still arrive."""
    NORMAL = "normal"
    """What concerns the person himself: answers to him, mentions."""
    FIRST_POST = "first_post"
    """What is new, once: a new thread, record or event."""
    TRACKING = "tracking"
    """Unread counts, no notices."""
    WATCHING = "watching"
    """Everything."""


class Follow(SQLModel, table=True):
    """A person said how closely he follows a target."""

    __tablename__ = "follow"
    __table_args__ = (UniqueConstraint("user_id", "target"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    target: str = Field(index=True)
    level: str = Field(default=Level.WATCHING.value, sa_column_kwargs={"server_default": Level.WATCHING.value})
    created_at: datetime = Field(sa_type=UtcDateTime)


def list_followed(session: Session, user_id: int) -> list[str]:
    """Targets of which the person wants to hear, newest first."""
    heard = [Level.WATCHING.value, Level.FIRST_POST.value, Level.TRACKING.value]
    mine = select(Follow.target).where(Follow.user_id == user_id, col(Follow.level).in_(heard))
    return list(session.exec(mine.order_by(col(Follow.id).desc())))


def list_follows(session: Session, user_id: int) -> list[Follow]:
    """Everything the person said, newest first."""
    return list(session.exec(select(Follow).where(Follow.user_id == user_id).order_by(col(Follow.id).desc())))


def followed_topics(session: Session, user_id: int) -> list[str]:
    """Slugs of the topics the person follows, newest first."""
    targets = (target.partition(":") for target in list_followed(session, user_id))
    return [name for scope, _, name in targets if scope == TOPIC]


def level_of(session: Session, user_id: int, targets: Sequence[str]) -> Level:
    """What counts for the person: the level of the nearest target he said anything about, else normal."""
    rows = select(Follow.target, Follow.level).where(Follow.user_id == user_id, col(Follow.target).in_(targets))
    said = dict(session.exec(rows).all())
    return next((Level(said[target]) for target in targets if target in said), Level.NORMAL)


def levels_of(session: Session, targets: Sequence[str]) -> dict[int, Level]:
    """What counts for each person who said anything about one of the targets, given from the nearest to the widest."""
    rows = session.exec(select(Follow.user_id, Follow.target, Follow.level).where(col(Follow.target).in_(targets)))
    rank = {target: number for number, target in enumerate(targets)}
    nearest: dict[int, tuple[int, Level]] = {}
    for user_id, target, level in rows:
        candidate = (rank[target], Level(level))
        if user_id not in nearest or candidate[0] < nearest[user_id][0]:
            nearest[user_id] = candidate
    return {user_id: level for user_id, (_, level) in nearest.items()}


def followers_of(session: Session, targets: Sequence[str], levels: Collection[Level]) -> set[int]:
    """People for whom one of these levels counts. Who may see the object is the caller's question."""
    return {user_id for user_id, level in levels_of(session, targets).items() if level in levels}


def set_following(session: Session, user_id: int, target: str, now: datetime, *, level: Level | None) -> None:
    """Say how closely; None takes back what was said. Doing it twice changes nothing."""
    existing = session.exec(select(Follow).where(Follow.user_id == user_id, Follow.target == target)).one_or_none()
    if level is None:
        if existing is not None:
            session.delete(existing)
        return
    row = existing or Follow(user_id=user_id, target=target, created_at=now)
    row.level = level.value
    session.add(row)
