"""What an administrator does with accounts: add, disable, enable, reset.

`viewer` None: the caller has asked a policy of its own, as `core.administration.members` does, or is the system.
"""

import re

from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session, select

from core.access import Viewer
from core.accounts import throttle
from core.accounts.passwords import PasswordHash
from core.accounts.sessions import SessionEnd, end_sessions
from core.content import ContentRef
from core.errors import Conflict, Invalid, InvalidValue, Message, require
from core.people import Organisation, Role, User, UserRole, find_user_by_email
from core.uow import UnitOfWork

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


def add_user(work: UnitOfWork, viewer: Viewer | None, draft: AccountDraft, password: PasswordHash) -> User:
    """Add a person, who must change this password at his first sign-in.

    Raises Conflict for an address in use, Invalid for an unknown organisation, Forbidden unless an administrator does it.
    """
    require(can_manage_accounts(viewer))
    if find_user_by_email(work.session, draft.email):
        raise Conflict("%(email)s already has an account.", email=draft.email)
    organisation = work.session.exec(select(Organisation).where(Organisation.key == draft.organisation)).one_or_none()
    if organisation is None or organisation.id is None:
        message = Message("There is no organisation %(key)s.", key=draft.organisation)
        raise Invalid(message, {"organisation": message})
    user = User(
        email=draft.email,
        name=draft.name,
        rank=draft.rank,
        organisation_id=organisation.id,
        language=draft.language,
        password_hash=password,
        must_change_password=True,
        created_at=work.now,
    )
    work.session.add(user)
    work.session.flush()
    assert user.id is not None
    for role in draft.roles:
        work.session.add(UserRole(user_id=user.id, role=role.value))
    _audit(work, viewer, "user.added", user, roles=[role.value for role in draft.roles])
    return user


def disable_user(work: UnitOfWork, viewer: Viewer | None, email: str) -> None:
    """Close an account and end its sessions at once."""
    user = _managed(work.session, viewer, email)
    user.is_active = False
    ended = end_sessions(work, user.id or 0, SessionEnd.DISABLED)
    _audit(work, viewer, "user.disabled", user, sessions=ended)


def enable_user(work: UnitOfWork, viewer: Viewer | None, email: str) -> None:
    """Open an account again, with the password it had."""
    user = _managed(work.session, viewer, email)
    user.is_active = True
    throttle.lift(work, user.email)
    _audit(work, viewer, "user.enabled", user)


def reset_password(work: UnitOfWork, viewer: Viewer | None, email: str, password: PasswordHash) -> User:
    """Give a person another password, which he must change at his next sign-in; his sessions end, and no failed attempt counts.

    An account that is disabled stays so.
    """
    user = _managed(work.session, viewer, email)
    user.password_hash = password
    user.must_change_password = True
    throttle.lift(work, user.email)
    ended = end_sessions(work, user.id or 0, SessionEnd.PASSWORD_RESET)
    _audit(work, viewer, "user.password_reset", user, sessions=ended)
    return user


def can_manage_accounts(viewer: Viewer | None) -> bool:
    """Administrators, and the system itself."""
    return viewer is None or viewer.is_system or viewer.has(Role.ADMINISTRATOR)


def _managed(session: Session, viewer: Viewer | None, email: str) -> User:
    require(can_manage_accounts(viewer))
    user = find_user_by_email(session, email)
    if user is None:
        raise Invalid("Nobody has the address %(email)s.", email=email)
    return user


def _audit(work: UnitOfWork, viewer: Viewer | None, action: str, user: User, **details: object) -> None:
    work.session.add(user)
    work.audit(action, ContentRef("user", user.id or 0), actor_id=viewer.user_id if viewer else None, **details)
