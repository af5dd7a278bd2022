"""Organisations, people, roles and spaces: the tables and their reads."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import bindparam, false
from sqlmodel import Field, Session, SQLModel, col, func, select

from core.db import UtcDateTime
from core.errors import NotFound


class OrganisationKind(StrEnum):
    """What sort of body it is."""

    IPCU = "ipcu"
    POLICE = "police"
    PARTNER = "partner"


class Role(StrEnum):
    """What a person may do, beyond reading. One person may hold several."""

    OFFICER = "officer"
    LIBRARIAN = "librarian"
    MODERATOR = "moderator"
    FOCAL_POINT = "focal_point"
    IPCU_STAFF = "ipcu_staff"
    PARTNER = "partner"
    ADMINISTRATOR = "administrator"


class SpaceKind(StrEnum):
    """`open`: every member reads it; `restricted`: others know that it exists; `hidden`: they do not."""

    OPEN = "open"
    RESTRICTED = "restricted"
    HIDDEN = "hidden"


class Organisation(SQLModel, table=True):
    """A police body, the unit itself, or a partner institution; a tree by `parent_id`."""

    __tablename__ = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    acronym: str = ""
    kind: str
    parent_id: int | None = Field(default=None, foreign_key="organisation.id")
    country: str = ""
    strength: int = 0
    default_marking: str
    reviewed_by_id: int | None = Field(default=None, foreign_key="organisation.id")
    """Whose librarians may publish its drafts too: what it consented to when it joined."""
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From then on it takes no new people and records; what it shared stays readable."""


class OrganisationClient(SQLModel, table=True):
    """`client_id` is a body that `organisation_id` serves: TLP:AMBER of the one reaches the other."""

    __tablename__ = "organisation_client"

    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    client_id: int = Field(foreign_key="organisation.id", primary_key=True)


class User(SQLModel, table=True):
    """A person with an account."""

    __tablename__ = "user"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    rank: str = ""
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    language: str = "en"
    time_zone: str = ""
    """IANA name of the zone his pages show times in; empty means the bureau's (`IPCU_TIME_ZONE`)."""
    password_hash: str = ""
    is_active: bool = True
    is_verified: bool = True
    must_change_password: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Somebody else knows the password: it opens nothing but the page where it is changed."""
    session_epoch: int = 1
    """Nothing reads it. The version before this one does, while the database is upgraded; a later migration drops it."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserRole(SQLModel, table=True):
    """A person holds a role."""

    __tablename__ = "user_role"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    role: str = Field(primary_key=True)


class Space(SQLModel, table=True):
    """A room of its own; content in a closed one is for its members only, on top of any marking."""

    __tablename__ = "space"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    kind: str
    description: str = ""


class SpaceMember(SQLModel, table=True):
    """A person belongs to a space."""

    __tablename__ = "space_member"

    space_id: int = Field(foreign_key="space.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    is_leader: bool = False
    """Leaders decide who belongs to it."""


class JoinState(StrEnum):
    """What became of a request to join a space."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


class JoinRequest(SQLModel, table=True):
    """A person asks to belong to a space."""

    __tablename__ = "join_request"

    id: int | None = Field(default=None, primary_key=True)
    space_id: int = Field(foreign_key="space.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    reason: str
    state: str = JoinState.OPEN.value
    answer: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OrganisationName(NamedTuple):
    """What an organisation is called."""

    key: str
    acronym: str
    name: str


# Every page runs them, and to build one takes longer than to run it.
_ROLES = select(UserRole.role).where(col(UserRole.user_id) == bindparam("person"))
_SPACES = select(SpaceMember.space_id).where(col(SpaceMember.user_id) == bindparam("person"))
_PARENTS = select(Organisation.id, Organisation.parent_id)
_NAMES = select(Organisation.key, Organisation.acronym, Organisation.name).order_by(Organisation.name)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The account with this address, whatever its case."""
    return session.exec(select(User).where(User.email == email.strip().casefold())).one_or_none()


def get_user(session: Session, user_id: int) -> User:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """Raises NotFound."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    return organisation


def list_organisations(session: Session) -> list[Organisation]:
    """All, by name."""
    return list(session.exec(select(Organisation).order_by(Organisation.name)))


def list_names(session: Session) -> list[OrganisationName]:
    """Of all organisations, by name."""
    return [OrganisationName(*row) for row in session.exec(_NAMES)]


def names_of_organisations(session: Session, ids: Iterable[int]) -> dict[int, Organisation]:
    """Organisations by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.exec(select(Organisation).where(col(Organisation.id).in_(wanted)))
    return {row.id: row for row in rows if row.id is not None}


def roles_of(session: Session, user_id: int) -> frozenset[Role]:
    """Roles the person holds."""
    return frozenset(map(Role, session.exec(_ROLES, params={"person": user_id})))


def list_users_with_role(session: Session, *roles: Role) -> list[User]:
    """Active people who hold one of the roles."""
    holders = select(UserRole.user_id).where(col(UserRole.role).in_([role.value for role in roles]))
    return list(session.exec(select(User).where(col(User.id).in_(holders), User.is_active).order_by(User.name)))


def ancestors_of(session: Session, organisation_id: int) -> list[int]:
    """The organisation and all above it, nearest first. A loop in the tree ends the walk."""
    parents = dict(session.exec(_PARENTS).all())
    chain: list[int] = []
    current: int | None = organisation_id
    while current is not None and current not in chain:
        chain.append(current)
        current = parents.get(current)
    return chain


def clients_of(session: Session, organisation_ids: Iterable[int]) -> set[int]:
    """Bodies declared as served by any of the organisations."""
    rows = select(OrganisationClient.client_id).where(
        col(OrganisationClient.organisation_id).in_(set(organisation_ids))
    )
    return set(session.exec(rows))


def list_spaces_of(session: Session, user_id: int) -> list[Space]:
    """Spaces the person belongs to, by name."""
    mine = select(SpaceMember.space_id).where(SpaceMember.user_id == user_id)
    return list(session.exec(select(Space).where(col(Space.id).in_(mine)).order_by(Space.name)))


def is_open_space(session: Session, space_id: int) -> bool:
    """True when every member reads what is in the space."""
    space = session.get(Space, space_id)
    return space is not None and space.kind == SpaceKind.OPEN


def space_ids_of(session: Session, user_id: int) -> frozenset[int]:
    """Spaces the person belongs to."""
    return frozenset(session.exec(_SPACES, params={"person": user_id}))


def count_users(session: Session) -> int:
    """Number of accounts."""
    return session.exec(select(func.count()).select_from(User)).one()
