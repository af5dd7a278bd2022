"""People as use cases: find, add, vouch for, give roles, move, disable. Passwords and sessions are `core.accounts`."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import delete
from sqlmodel import Session, col

from core import accounts
from core.access import Viewer
from core.accounts import AccountDraft, PasswordHash
from core.administration import policy
from core.administration.organisations import check_in_use, get_organisation_by_key
from core.content import ContentRef
from core.errors import Conflict, Forbidden, Message, NotFound, require
from core.people import Role, User, UserRole, get_organisation, get_user, roles_of
from core.uow import UnitOfWork

KIND = "user"
NOT_YOURS = Message("You may look after the officers of your own organisation only, and not after yourself.")
Line = Annotated[str, BeforeValidator(lambda value: " ".join(value.split()) if isinstance(value, str) else value)]


class PersonChanges(BaseModel):
    """What may be corrected about a person."""

    name: Line = Field(min_length=1, max_length=120)
    rank: Line = Field(default="", max_length=80)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list."""

    user: User
    roles: frozenset[Role]


def get_person(session: Session, viewer: Viewer, user_id: int) -> PersonRow:
    """A person this viewer looks after. Raises NotFound for any other."""
    user = session.get(User, user_id)
    if user is None or not policy.can_see_person(viewer, user.organisation_id):
        raise NotFound
    return PersonRow(user, roles_of(session, user_id))


def add_person(work: UnitOfWork, viewer: Viewer, draft: AccountDraft, password: PasswordHash) -> User:
    """Add a person with a first password. Raises Conflict for an address in use, Invalid for a retired organisation, Forbidden."""
    organisation = get_organisation_by_key(work.session, draft.organisation)
    assert organisation.id is not None
    require(policy.can_add_person(viewer, organisation.id, frozenset(draft.roles)), NOT_YOURS)
    check_in_use(organisation)
    return accounts.add_user(work, None, draft, password)


def edit_person(work: UnitOfWork, viewer: Viewer, user_id: int, draft: PersonChanges) -> User:
    """Correct name and rank. Raises NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    changed = [name for name in ("name", "rank") if getattr(user, name) != getattr(draft, name)]
    user.name, user.rank = draft.name, draft.rank
    return _saved(work, user, "user.edited", changed=changed) if changed else user


def change_roles(work: UnitOfWork, viewer: Viewer, user_id: int, roles: frozenset[Role]) -> User:
    """Give a person exactly these roles. Raises NotFound, Forbidden."""
    user = get_person(work.session, viewer, user_id).user
    require(policy.can_change_roles(viewer, user_id), "Roles are given by another administrator.")
    before = roles_of(work.session, user_id)
    if before == roles:
        return user
    mine = delete(UserRole).where(col(UserRole.user_id) == user_id)
    work.session.execute(mine.execution_options(synchronize_session="fetch"))
    work.session.add_all(UserRole(user_id=user_id, role=role.value) for role in sorted(roles))
    return _saved(work, user, "user.roles_changed", before=sorted(before), after=sorted(roles))


def move_person(work: UnitOfWork, viewer: Viewer, user_id: int, organisation_id: int) -> User:
    """Let a person belong to another organisation. What he sees follows at once; what he wrote stays where it is.

    Raises NotFound, Invalid for a retired organisation, Forbidden.
    """
    user = get_person(work.session, viewer, user_id).user
    require(policy.can_change_roles(viewer, user_id), "Another administrator moves people.")
    if user.organisation_id == organisation_id:
        return user
    check_in_use(get_organisation(work.session, organisation_id))
    before, user.organisation_id = user.organisation_id, organisation_id
    return _saved(work, user, "user.moved", before=before, after=organisation_id)


def verify_person(work: UnitOfWork, viewer: Viewer, user_id: int) -> User:
    """Vouch for a person: he is who he says and belongs to his organisation. Raises Conflict, NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    if user.is_verified:
        raise Conflict("Somebody has vouched for this person already.")
    user.is_verified = True
    return _saved(work, user, "user.verified")


def unverify_person(work: UnitOfWork, viewer: Viewer, user_id: int) -> User:
    """Nobody vouches for the person any more: he may sign in and sees nothing. Raises Conflict, NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    if not user.is_verified:
        raise Conflict("Nobody vouches for this person now.")
    user.is_verified = False
    return _saved(work, user, "user.unverified")


def disable_person(work: UnitOfWork, viewer: Viewer, user_id: int) -> User:
    """Close an account and end its sessions at once. Raises Conflict, NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    if not user.is_active:
        raise Conflict("This account is disabled already.")
    accounts.disable_user(work, None, user.email)
    return user


def enable_person(work: UnitOfWork, viewer: Viewer, user_id: int) -> User:
    """Open an account again, with the password it had. Raises Conflict, Invalid for a retired organisation, NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    if user.is_active:
        raise Conflict("This account is open already.")
    check_in_use(get_organisation(work.session, user.organisation_id))
    accounts.enable_user(work, None, user.email)
    return user


def reset_person_password(work: UnitOfWork, viewer: Viewer, user_id: int, password: PasswordHash) -> User:
    """A new password, which he must change; his sessions end. A disabled account stays disabled. Raises NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    return accounts.reset_password(work, None, user.email, password)


def end_person_sessions(work: UnitOfWork, viewer: Viewer, user_id: int) -> User:
    """Sign a person out everywhere. Raises NotFound, Forbidden."""
    user = _managed(work.session, viewer, user_id)
    ended = accounts.end_sessions(work, user_id, accounts.SessionEnd.ENDED_BY_ADMINISTRATOR)
    return _saved(work, user, "user.sessions_ended", sessions=ended)


def _managed(session: Session, viewer: Viewer, user_id: int) -> User:
    row = get_person(session, viewer, user_id)
    if not policy.can_manage_person(viewer, user_id, row.user.organisation_id, row.roles):
        raise Forbidden(NOT_YOURS)
    return get_user(session, user_id)


def _saved(work: UnitOfWork, user: User, action: str, **details: object) -> User:
    work.session.add(user)
    work.session.flush()
    work.audit(action, ContentRef(KIND, user.id or 0), actor_id=None, **details)
    return user
