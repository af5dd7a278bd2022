"""Tables of sessions, known devices and sign-in attempts. Of a secret that a browser holds only the SHA-256 is kept."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from core.db import UtcDateTime


class UserSession(SQLModel, table=True):
    """Somebody is, or was, signed in with one browser."""

    __tablename__ = "user_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    """Within a few minutes: not every request writes."""
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    """The session ends then at the latest, and its row may be deleted."""
    address: str = ""
    device: str = ""
    """Browser and system in two words, from the User-Agent header."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_why: str = ""


class KnownDevice(SQLModel, table=True):
    """A browser in which a person has signed in before. Other people's guesses do not count against it."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("user_id", "token_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    token_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime = Field(sa_type=UtcDateTime)


class SignInAttempt(SQLModel, table=True):
    """A password that was tried, or that the throttle refused to try. Kept for an hour; a success removes its own."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(index=True)
    address: str = Field(index=True)
    """The network of the client: its IPv4 address, or the first 64 bits of its IPv6 address."""
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    source: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """The known device or the session that it came from; empty for any other browser."""
    is_refusal: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """The first refusal of a counter within a window, which says that the audit trail has it."""
