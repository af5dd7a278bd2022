"""Flags, and the cases that moderators decide: one open case for each post, however many people flag it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.db import UtcDateTime


class FlagReason(StrEnum):
    """Why a post is brought before the moderators."""

    SENSITIVE = "sensitive"
    MARKING = "marking"
    RUDE = "rude"
    WRONG = "wrong"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    DECIDED = "decided"
    APPEALED = "appealed"
    CLOSED = "closed"
    """The appeal is decided: nothing follows."""


class Decision(StrEnum):
    """What became of a flagged post."""

    KEPT = "kept"
    REMOVED = "removed"


class Case(SQLModel, table=True):
    """One post before the moderators."""

    __tablename__ = "moderation_case"

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    category_id: int = Field(foreign_key="forum_category.id", index=True)
    state: str = Field(default=CaseState.OPEN.value, index=True)
    assignee_id: int | None = Field(default=None, foreign_key="user.id")
    flags: int = 0
    opened_at: datetime = Field(sa_type=UtcDateTime)
    decision: str = ""
    reason: str = ""
    decided_by: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    appeal: str = ""
    appealed_by: int | None = Field(default=None, foreign_key="user.id")
    appealed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    appeal_decision: str = ""
    appeal_reason: str = ""
    appeal_decided_by: int | None = Field(default=None, foreign_key="user.id")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int = 1


class Flag(SQLModel, table=True):
    """A person flagged a post."""

    __tablename__ = "moderation_flag"
    __table_args__ = (UniqueConstraint("case_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="moderation_case.id")
    user_id: int = Field(foreign_key="user.id")
    reason: str
    note: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
