"""Sessions on the server: the cookie names a row, and the row says whether the session goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select

from core.accounts.devices import Client, device_label, hash_token, new_token
from core.accounts.models import UserSession
from core.content import ContentRef
from core.errors import NotFound
from core.people import User
from core.uow import UnitOfWork

SEEN_EVERY = timedelta(minutes=5)
PURGED_AT_ONCE = 200


class SessionEnd(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    REPLACED = "replaced"
    """Somebody signed in with the same browser."""
    IDLE = "idle"
    EXPIRED = "expired"
    """It had lasted for as long as any session may."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a reason, no password
    PASSWORD_RESET = "password_reset"  # noqa: S105  a reason, no password
    DISABLED = "disabled"
    ENDED_BY_ADMINISTRATOR = "ended_by_administrator"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts."""

    lifetime: timedelta
    """From the sign-in, whatever one does."""
    idle: timedelta
    """From the last request."""

    @property
    def seen_every(self) -> timedelta:
        """A request after this time is worth a write."""
        return min(SEEN_EVERY, self.idle / 4)

    def is_live(self, row: UserSession, now: datetime) -> bool:
        """True while the session goes on."""
        return row.ended_at is None and now < row.expires_at and now - row.last_seen_at <= self.idle


class FoundSession(NamedTuple):
    """A session, live or not, and whose it is."""

    row: UserSession
    user: User


# Every page runs it, and to build it takes longer than to run it.
_BY_TOKEN = (
    select(UserSession, User)
    .join(User, col(User.id) == col(UserSession.user_id))
    .where(col(UserSession.token_hash) == bindparam("token"))
)


def begin_session(work: UnitOfWork, user_id: int, client: Client, rules: SessionRules) -> str:
    """A new session; returns the token that the browser is to hold. Rows of sessions long over are deleted, some at a time."""
    now, token = work.now, new_token()
    over = select(UserSession.id).where(UserSession.expires_at < now).limit(PURGED_AT_ONCE)
    work.session.execute(delete(UserSession).where(col(UserSession.id).in_(over)))
    work.session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + rules.lifetime,
            address=client.address,
            device=device_label(client.agent),
        )
    )
    return token


def find_session(session: Session, token: str) -> FoundSession | None:
    """The session that a browser names. The caller asks `SessionRules.is_live`."""
    found = session.exec(_BY_TOKEN, params={"token": hash_token(token)}).one_or_none()
    return FoundSession(*found) if found else None


def list_sessions(session: Session, user_id: int, rules: SessionRules, now: datetime) -> list[UserSession]:
    """Live sessions of a person, the one used last first."""
    rows = select(UserSession).where(
        UserSession.user_id == user_id, col(UserSession.ended_at).is_(None), UserSession.expires_at > now
    )
    ordered = session.exec(rows.order_by(col(UserSession.last_seen_at).desc(), col(UserSession.id).desc()))
    return [row for row in ordered if rules.is_live(row, now)]


def end_session(work: UnitOfWork, user_id: int, session_id: int, why: SessionEnd) -> None:
    """End one session of a person. Raises NotFound for one that is not his; one that has ended stays as it ended."""
    row = work.session.get(UserSession, session_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_why = work.now, why.value
    work.session.add(row)
    if why is SessionEnd.SIGNED_OUT:
        work.audit("user.signed_out", ContentRef("user", user_id), session=session_id)
    else:
        work.audit("user.session_ended", ContentRef("user", user_id), session=session_id, why=why.value)


def end_sessions(work: UnitOfWork, user_id: int, why: SessionEnd, *, keep: int | None = None) -> int:
    """End every session of a person, but for the one to keep. Returns how many; the caller says it in the audit trail."""
    mine = update(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.ended_at).is_(None))
    if keep is not None:
        mine = mine.where(col(UserSession.id) != keep)
    return int(work.session.connection().execute(mine.values(ended_at=work.now, ended_why=why.value)).rowcount)


def end_replaced_session(work: UnitOfWork, token: str) -> None:
    """End the session that a browser held when somebody signed in with it."""
    found = find_session(work.session, token) if token else None
    if found is not None and found.row.id is not None:
        end_session(work, found.row.user_id, found.row.id, SessionEnd.REPLACED)


def note_seen(work: UnitOfWork, session_id: int, rules: SessionRules) -> None:
    """Somebody uses the session. Of requests at the same time one writes; a session that has ended is left alone."""
    known = update(UserSession).where(
        col(UserSession.id) == session_id,
        col(UserSession.ended_at).is_(None),
        col(UserSession.last_seen_at) <= work.now - rules.seen_every,
    )
    work.session.connection().execute(known.values(last_seen_at=work.now))


def end_expired_session(work: UnitOfWork, session_id: int, rules: SessionRules) -> None:
    """Write down that a session ended by the passing of time, unless somebody used it meanwhile."""
    row = work.session.get(UserSession, session_id)
    if row is not None and not rules.is_live(row, work.now):
        why = SessionEnd.IDLE if work.now < row.expires_at else SessionEnd.EXPIRED
        end_session(work, row.user_id, session_id, why)
