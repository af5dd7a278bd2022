"""Organisations as use cases: add, edit, retire, declare whom they serve; and who publishes what they write."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, field_validator
from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from core.access import Marking, Viewer
from core.administration import policy
from core.content import ContentRef
from core.errors import Conflict, Invalid, InvalidValue, Message, NotFound, require
from core.people import (
    Organisation,
    OrganisationClient,
    OrganisationKind,
    User,
    ancestors_of,
    get_organisation,
)
from core.taxonomy import country_names
from core.uow import UnitOfWork

KIND = "organisation"
NOT_YOURS = Message("Organisations are managed by administrators.")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Line = Annotated[str, BeforeValidator(lambda value: " ".join(value.split()) if isinstance(value, str) else value)]


class OrganisationChanges(BaseModel):
    """What may be said of an organisation, and changed later."""

    name: Line = Field(min_length=2, max_length=120)
    acronym: Line = Field(default="", max_length=20)
    kind: OrganisationKind = OrganisationKind.POLICE
    parent: str = ""
    """Key of the organisation above it."""
    country: str = Field(default="", max_length=2)
    default_marking: Marking = Marking.AMBER_STRICT
    reviewed_by: str = ""
    """Key of the organisation whose librarians may publish its drafts too."""

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        value = value.strip().upper()
        if value and value not in country_names():
            raise InvalidValue("This is not a country code.")
        return value


class OrganisationDraft(OrganisationChanges):
    """What is needed to add an organisation."""

    key: str = Field(max_length=40)
    """Its short name in commands, settings and addresses; never changes."""

    @field_validator("key")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _KEY.fullmatch(value):
            raise InvalidValue("Lowercase letters, digits and single hyphens only.")
        return value


def get_organisation_by_key(session: Session, key: str) -> Organisation:
    """Raises NotFound."""
    found = session.exec(select(Organisation).where(Organisation.key == key)).one_or_none()
    if found is None:
        raise NotFound("There is no organisation %(key)s.", key=key)
    return found


def add_organisation(work: UnitOfWork, viewer: Viewer, draft: OrganisationDraft) -> Organisation:
    """Add an organisation. Raises Conflict for a key in use, NotFound for an unknown parent or reviewer, Forbidden."""
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    if work.session.exec(select(Organisation.id).where(Organisation.key == draft.key)).first():
        raise Conflict("There is an organisation %(key)s already.", key=draft.key)
    organisation = Organisation(key=draft.key, name="", kind="", default_marking="")
    _fill(work.session, organisation, draft)
    work.session.add(organisation)
    work.session.flush()
    work.audit(
        "organisation.added", _ref(organisation), key=draft.key, parent=draft.parent, reviewed_by=draft.reviewed_by
    )
    return organisation


def edit_organisation(
    work: UnitOfWork, viewer: Viewer, organisation_id: int, draft: OrganisationChanges
) -> Organisation:
    """Change what is said of an organisation. Raises Invalid for a parent that stands below it, NotFound, Forbidden."""
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    organisation = get_organisation(work.session, organisation_id)
    before = _said_of(organisation)
    _fill(work.session, organisation, draft)
    work.session.add(organisation)
    work.session.flush()
    changed = {name: value for name, value in _said_of(organisation).items() if value != before[name]}
    if changed:
        old = {one: before[one] for one in changed}
        work.audit("organisation.edited", _ref(organisation), before=old, after=changed)
    return organisation


def retire_organisation(work: UnitOfWork, viewer: Viewer, organisation_id: int) -> Organisation:
    """It takes no new people and records from now on; what it shared stays readable.

    Raises Conflict while people with open accounts or organisations in use depend on it, Forbidden.
    """
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    organisation = get_organisation(work.session, organisation_id)
    if organisation.retired_at is not None:
        raise Conflict("%(name)s is retired already.", name=organisation.name)
    people = _count(work.session, col(User.organisation_id) == organisation_id, col(User.is_active).is_(True))
    if people:
        raise Conflict(
            "%(count)s people with open accounts belong to it. Move them to another organisation or disable them first.",
            count=people,
        )
    below = select(Organisation.name).where(
        col(Organisation.retired_at).is_(None),
        or_(col(Organisation.parent_id) == organisation_id, col(Organisation.reviewed_by_id) == organisation_id),
    )
    dependent = work.session.exec(below.order_by(Organisation.name)).first()
    if dependent:
        raise Conflict("%(name)s stands below it or is reviewed by it. Change that first.", name=dependent)
    organisation.retired_at = work.now
    work.session.add(organisation)
    work.audit("organisation.retired", _ref(organisation))
    return organisation


def reopen_organisation(work: UnitOfWork, viewer: Viewer, organisation_id: int) -> Organisation:
    """The opposite of `retire_organisation`. Raises Conflict for one in use, Forbidden."""
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    organisation = get_organisation(work.session, organisation_id)
    if organisation.retired_at is None:
        raise Conflict("This organisation is in use.")
    organisation.retired_at = None
    work.session.add(organisation)
    work.audit("organisation.reopened", _ref(organisation))
    return organisation


def check_in_use(organisation: Organisation, field: str = "organisation") -> None:
    """Raise Invalid, for the field that names it, when an organisation is retired: it takes no new people and records."""
    if organisation.retired_at is not None:
        message = Message("%(name)s is retired: it takes no new people and records.", name=organisation.name)
        raise Invalid(message, {field: message})


def declare_client(work: UnitOfWork, viewer: Viewer, key: str, client_key: str) -> bool:
    """From now on TLP:AMBER of the one reaches the other. False when that was so already.

    Raises NotFound, and Invalid for an organisation that is its own client. The caller renews the audiences of what the
    organisation has marked (each part's `renew_audiences`) in the same unit of work.
    """
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    organisation, client = _pair(work.session, key, client_key)
    if _declared(work.session, organisation, client):
        return False
    assert organisation.id is not None
    assert client.id is not None
    work.session.add(OrganisationClient(organisation_id=organisation.id, client_id=client.id))
    work.session.flush()
    work.audit("organisation.client_declared", _ref(organisation), client=client_key)
    return True


def revoke_client(work: UnitOfWork, viewer: Viewer, key: str, client_key: str) -> bool:
    """The opposite of `declare_client`. False when it was no client."""
    require(policy.can_manage_organisations(viewer), NOT_YOURS)
    organisation, client = _pair(work.session, key, client_key)
    row = _declared(work.session, organisation, client)
    if row is None:
        return False
    work.session.delete(row)
    work.session.flush()
    work.audit("organisation.client_revoked", _ref(organisation), client=client_key)
    return True


def clients_by_organisation(session: Session) -> dict[int, list[str]]:
    """Keys of the declared clients by organisation."""
    rows = session.exec(
        select(OrganisationClient.organisation_id, Organisation.key)
        .join(Organisation, col(Organisation.id) == col(OrganisationClient.client_id))
        .order_by(Organisation.key)
    )
    found: dict[int, list[str]] = {}
    for organisation_id, key in rows:
        found.setdefault(organisation_id, []).append(key)
    return found


def _fill(session: Session, organisation: Organisation, draft: OrganisationChanges) -> None:
    parent = get_organisation_by_key(session, draft.parent) if draft.parent else None
    reviewer = get_organisation_by_key(session, draft.reviewed_by) if draft.reviewed_by else None
    if parent and parent.id is not None and organisation.id in ancestors_of(session, parent.id):
        message = Message("An organisation cannot stand below itself.")
        raise Invalid(message, {"parent": message})
    organisation.name = draft.name
    organisation.acronym = draft.acronym
    organisation.kind = draft.kind.value
    organisation.parent_id = parent.id if parent else None
    organisation.country = draft.country
    organisation.default_marking = draft.default_marking.value
    organisation.reviewed_by_id = reviewer.id if reviewer else None


def _said_of(organisation: Organisation) -> dict[str, object]:
    names = ("name", "acronym", "kind", "parent_id", "country", "default_marking", "reviewed_by_id")
    return {name: getattr(organisation, name) for name in names}


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(User).where(*where)).one()


def _pair(session: Session, key: str, client_key: str) -> tuple[Organisation, Organisation]:
    if key == client_key:
        raise Invalid("An organisation is not its own client.")
    return get_organisation_by_key(session, key), get_organisation_by_key(session, client_key)


def _declared(session: Session, organisation: Organisation, client: Organisation) -> OrganisationClient | None:
    return session.get(OrganisationClient, (organisation.id, client.id))


def _ref(organisation: Organisation) -> ContentRef:
    assert organisation.id is not None
    return ContentRef(KIND, organisation.id)
