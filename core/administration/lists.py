"""Lists of organisations and people: what one looks for, in which order, page by page."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from core.access import Viewer
from core.administration import policy
from core.administration.members import PersonRow
from core.administration.organisations import NOT_YOURS
from core.errors import require
from core.paging import Page
from core.people import Organisation, Role, User, UserRole


@dataclass(frozen=True, slots=True)
class OrganisationFilter:
    """Which organisations a list shows."""

    text: str = ""
    """Part of name, acronym or key."""
    kind: str = ""
    state: str = ""
    """`retired`, `active`, or empty for both."""
    sort: str = "name"
    """`name`, `key` or `people`."""


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation in a list."""

    organisation: Organisation
    people: int
    """Open accounts."""


class PersonState(StrEnum):
    """What a list of people may be narrowed to."""

    ACTIVE = "active"
    UNVERIFIED = "unverified"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people a list shows."""

    text: str = ""
    """Part of name, address or rank."""
    organisation_id: int | None = None
    role: str = ""
    state: str = ""
    sort: str = "name"
    """`name`, `email`, `newest` or `seen`."""


def find_organisations(
    session: Session, viewer: Viewer, wanted: OrganisationFilter, page: Page
) -> tuple[list[OrganisationRow], int]:
    """A page of organisations and how many there are. Raises Forbidden."""
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    where: list[ColumnElement[bool]] = []
    if wanted.text:
        fields = (Organisation.name, Organisation.acronym, Organisation.key)
        where.append(or_(*(col(one).icontains(wanted.text, autoescape=True) for one in fields)))
    if wanted.kind:
        where.append(col(Organisation.kind) == wanted.kind)
    if wanted.state:
        retired = col(Organisation.retired_at).is_not(None)
        where.append(retired if wanted.state == "retired" else ~retired)
    people = (
        select(func.count())
        .select_from(User)
        .where(User.organisation_id == Organisation.id, User.is_active)
        .scalar_subquery()
    )
    orders = {"key": col(Organisation.key), "people": people.desc()}
    total = session.exec(select(func.count()).select_from(Organisation).where(*where)).one()
    rows = select(Organisation, people).where(*where).order_by(orders.get(wanted.sort, col(Organisation.name)))
    found = session.exec(rows.order_by(col(Organisation.id)).offset(page.offset).limit(page.size))
    return [OrganisationRow(row, count) for row, count in found], total


def find_people(session: Session, viewer: Viewer, wanted: PeopleFilter, page: Page) -> tuple[list[PersonRow], int]:
    """A page of the people this viewer looks after, and how many there are. Raises Forbidden."""
    require(policy.can_see_people(viewer), "People are looked after by administrators and focal points.")
    where = _narrowed(viewer, wanted)
    orders = {
        "email": col(User.email),
        "newest": col(User.created_at).desc(),
        "seen": col(User.last_seen_at).desc().nulls_last(),
    }
    total = session.exec(select(func.count()).select_from(User).where(*where)).one()
    rows = select(User).where(*where).order_by(orders.get(wanted.sort, col(User.name)), col(User.id))
    users = session.exec(rows.offset(page.offset).limit(page.size)).all()
    roles = _roles(session, [one.id for one in users if one.id is not None])
    return [PersonRow(one, roles.get(one.id or 0, frozenset())) for one in users], total


def _narrowed(viewer: Viewer, wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if not policy.can_manage_organisations(viewer):
        where.append(col(User.organisation_id) == viewer.organisation_id)
    if wanted.organisation_id is not None:
        where.append(col(User.organisation_id) == wanted.organisation_id)
    if wanted.text:
        fields = (User.name, User.email, User.rank)
        where.append(or_(*(col(one).icontains(wanted.text, autoescape=True) for one in fields)))
    if wanted.role:
        where.append(col(User.id).in_(select(UserRole.user_id).where(UserRole.role == wanted.role)))
    if wanted.state == PersonState.DISABLED:
        where.append(col(User.is_active).is_(False))
    elif wanted.state in (PersonState.ACTIVE, PersonState.UNVERIFIED):
        where += [col(User.is_active).is_(True), col(User.is_verified).is_(wanted.state == PersonState.ACTIVE)]
    return where


def _roles(session: Session, ids: list[int]) -> dict[int, frozenset[Role]]:
    found: dict[int, set[Role]] = {}
    for row in session.exec(select(UserRole).where(col(UserRole.user_id).in_(ids))):
        found.setdefault(row.user_id, set()).add(Role(row.role))
    return {user_id: frozenset(roles) for user_id, roles in found.items()}
