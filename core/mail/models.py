"""Tables of mail: what a person chose, and the queue."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.db import UtcDateTime


class Delivery(StrEnum):
    """How a person is told by mail of what concerns him. The bell tells of everything in any case."""

    OFF = "off"
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class MailKind(StrEnum):
    """What a mail is made of."""

    NOTICE = "notice"
    DIGEST = "digest"


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    """Its reader has read it, may not see it any more, or wants no mail."""
    PARKED = "parked"
    """Given up on; the administrator sees why."""


class MailPreference(SQLModel, table=True):
    """What a person chose. Who chose nothing gets a daily digest."""

    __tablename__ = "mail_preference"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    delivery: str = Delivery.DAILY.value
    chosen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Who chooses to be told at once is told of what comes from then on."""
    hour: int = 7
    """Hour of the digest, in the person's own time."""
    weekday: int = 0
    """Day of the weekly digest, Monday is 0."""
    quiet_from: int | None = None
    """Hours of the person's own day in which no mail is sent: from this one ..."""
    quiet_until: int | None = None
    """... up to this one. Both or neither."""


class Mail(SQLModel, table=True):
    """One mail that is due or was sent."""

    __tablename__ = "mail"
    __table_args__ = (UniqueConstraint("user_id", "kind", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    kind: str
    period: str
    """What it is about, once: `notice:7`, or the day of a digest. The same is never queued twice."""
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Of a digest: notices from then on."""
    state: str = Field(default=MailState.WAITING.value, index=True)
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    error: str = ""
    message_id: str = ""
    """Set when it is made, so that a receiver recognises one that is sent again after a crash."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
