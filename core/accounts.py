"""Accounts: adding people, passwords, signing in with throttling, ending sessions."""

import re
import secrets
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from core.content import ContentRef
from core.errors import Conflict, Forbidden, Invalid, InvalidValue, Message
from core.people import Organisation, Role, SignInAttempt, User, UserRole, find_user_by_email, get_user
from core.uow import UnitOfWork

MINIMUM_PASSWORD = 12
MAXIMUM_PASSWORD = 256
WINDOW = timedelta(minutes=15)
FAILURES_PER_ACCOUNT = 8
FAILURES_PER_ADDRESS = 40
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class AccountDraft(BaseModel):
    """What is needed to add a person."""

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=120)
    rank: str = Field(default="", max_length=80)
    organisation: str
    """Key of the organisation."""
    roles: list[Role] = [Role.OFFICER]
    language: str = "en"

    @field_validator("email")
    @classmethod
    def _fold(cls, value: str) -> str:
        value = value.strip().casefold()
        if not EMAIL.fullmatch(value):
            raise InvalidValue("This is not an e-mail address.")
        return value


def add_user(work: UnitOfWork, draft: AccountDraft, password: str) -> User:
    """Add a person. Raises Conflict for an address in use, Invalid for an unknown organisation or a weak password."""
    if find_user_by_email(work.session, draft.email):
        raise Conflict("%(email)s already has an account.", email=draft.email)
    organisation = work.session.exec(select(Organisation).where(Organisation.key == draft.organisation)).one_or_none()
    if organisation is None or organisation.id is None:
        message = Message("There is no organisation %(key)s.", key=draft.organisation)
        raise Invalid(message, {"organisation": message})
    check_password(password)
    user = User(
        email=draft.email,
        name=draft.name,
        rank=draft.rank,
        organisation_id=organisation.id,
        language=draft.language,
        password_hash=hash_password(password),
        created_at=work.now,
    )
    work.session.add(user)
    work.session.flush()
    assert user.id is not None
    for role in draft.roles:
        work.session.add(UserRole(user_id=user.id, role=role.value))
    work.audit("user.added", ContentRef("user", user.id), roles=[role.value for role in draft.roles])
    return user


def disable_user(work: UnitOfWork, email: str) -> None:
    """Close an account and end its sessions at once."""
    user = _get_by_email(work.session, email)
    user.is_active = False
    _end_sessions(work, user, "user.disabled")


def reset_password(work: UnitOfWork, email: str) -> str:
    """Give a person a new random password (returned once), open the account again and end its sessions."""
    user = _get_by_email(work.session, email)
    password = secrets.token_urlsafe(12)
    user.password_hash = hash_password(password)
    user.is_active = True
    _end_sessions(work, user, "user.password_reset")
    return password


def change_password(work: UnitOfWork, user_id: int, current: str, new: str, address: str) -> User | None:
    """Change one's own password; every other session ends. None when the current one is wrong, which counts as a guess.

    Raises Forbidden after too many guesses, here or at sign-in, and Invalid for a new password outside the length rules.
    """
    user = get_user(work.session, user_id)
    check_throttle(work.session, user.email, address, work)
    if not verify_password(user.password_hash, current[:MAXIMUM_PASSWORD]):
        _note_guess(work, user.email, user, address)
        return None
    check_password(new)
    user.password_hash = hash_password(new)
    _end_sessions(work, user, "user.password_changed")
    return user


def end_sessions(work: UnitOfWork, user_id: int) -> User:
    """Sign a person out everywhere."""
    user = get_user(work.session, user_id)
    _end_sessions(work, user, "user.sessions_ended")
    return user


def check_throttle(session: Session, email: str, address: str, work: UnitOfWork) -> None:
    """Raise Forbidden after too many failures for this account or from this address within fifteen minutes."""
    since = work.now - WINDOW
    recent = (
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.at > since, SignInAttempt.at < work.now + WINDOW)
    )
    account = session.exec(recent.where(SignInAttempt.account == email.strip().casefold())).one()
    everywhere = session.exec(recent.where(SignInAttempt.address == address)).one()
    if account >= FAILURES_PER_ACCOUNT or everywhere >= FAILURES_PER_ADDRESS:
        raise Forbidden("Too many failed attempts. Please wait fifteen minutes, or ask an administrator for a reset.")


def sign_in(work: UnitOfWork, email: str, password: str, address: str) -> User | None:
    """The person, or None for a wrong address or password (the two take equally long). Raises Forbidden when throttled."""
    check_throttle(work.session, email, address, work)
    user = find_user_by_email(work.session, email)
    known = user is not None and user.is_active
    right = verify_password(user.password_hash if known and user else _decoy(), password[:MAXIMUM_PASSWORD])
    if not (known and right and user):
        _note_guess(work, email, user, address)
        return None
    if _hasher().check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    user.last_seen_at = work.now
    work.session.add(user)
    work.session.execute(delete(SignInAttempt).where(col(SignInAttempt.account) == user.email))
    work.audit("user.signed_in", ContentRef("user", user.id or 0), actor_id=user.id)
    return user


def check_password(password: str) -> None:
    """Raise Invalid for a password outside the length rules (NIST SP 800-63B: length, no composition rules)."""
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD:
        message = Message(
            "A password needs %(least)s to %(most)s characters.", least=MINIMUM_PASSWORD, most=MAXIMUM_PASSWORD
        )
        raise Invalid(message, {"new": message})


def hash_password(password: str) -> str:
    """Argon2id with the library's current parameters."""
    return _hasher().hash(password)


def verify_password(hashed: str, password: str) -> bool:
    """False for a wrong password and for an unreadable hash."""
    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    return hash_password(secrets.token_urlsafe(16))


def _get_by_email(session: Session, email: str) -> User:
    user = find_user_by_email(session, email)
    if user is None:
        raise Invalid("Nobody has the address %(email)s.", email=email)
    return user


def _note_guess(work: UnitOfWork, email: str, user: User | None, address: str) -> None:
    work.session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < work.now - timedelta(hours=1)))
    work.session.add(SignInAttempt(account=email.strip().casefold()[:254], address=address, at=work.now))
    work.audit("user.sign_in_failed", ContentRef("user", user.id) if user and user.id else None)


def _end_sessions(work: UnitOfWork, user: User, action: str) -> None:
    user.session_epoch += 1
    work.session.add(user)
    work.audit(action, ContentRef("user", user.id or 0))
