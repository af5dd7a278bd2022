"""Organisations as use cases: adding one, declaring whom it serves."""

import re

from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session, col, select

from core.access import Marking
from core.content import ContentRef
from core.errors import Conflict, Invalid, InvalidValue, NotFound
from core.people import Organisation, OrganisationClient, OrganisationKind
from core.uow import UnitOfWork

KIND = "organisation"
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class OrganisationDraft(BaseModel):
    """What is needed to add an organisation."""

    key: str = Field(max_length=40)
    """Its short name in commands, settings and addresses; never changes."""
    name: str = Field(min_length=2, max_length=120)
    acronym: str = Field(default="", max_length=20)
    kind: OrganisationKind = OrganisationKind.POLICE
    parent: str = ""
    """Key of the organisation above it."""
    country: str = Field(default="", max_length=2)
    default_marking: Marking = Marking.AMBER_STRICT

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


def add_organisation(work: UnitOfWork, draft: OrganisationDraft) -> Organisation:
    """Add an organisation. Raises Conflict for a key in use, NotFound for an unknown parent."""
    if work.session.exec(select(Organisation.id).where(Organisation.key == draft.key)).first():
        raise Conflict("There is an organisation %(key)s already.", key=draft.key)
    parent = get_organisation_by_key(work.session, draft.parent) if draft.parent else None
    organisation = Organisation(
        key=draft.key,
        name=draft.name,
        acronym=draft.acronym,
        kind=draft.kind.value,
        parent_id=parent.id if parent else None,
        country=draft.country,
        default_marking=draft.default_marking.value,
    )
    work.session.add(organisation)
    work.session.flush()
    work.audit("organisation.added", _ref(organisation), key=draft.key, parent=draft.parent)
    return organisation


def declare_client(work: UnitOfWork, key: str, client_key: str) -> bool:
    """From now on TLP:AMBER of the one reaches the other. False when that was so already.

    Raises NotFound, and Invalid for an organisation that is its own client. The caller renews the audiences of what the
    organisation has marked (each part's `renew_audiences`) in the same unit of work.
    """
    organisation, client = _pair(work.session, key, client_key)
    if _declared(work.session, organisation, client):
        return False
    assert organisation.id is not None
    assert client.id is not None
    work.session.add(OrganisationClient(organisation_id=organisation.id, client_id=client.id))
    work.session.flush()
    work.audit("organisation.client_declared", _ref(organisation), client=client_key)
    return True


def revoke_client(work: UnitOfWork, key: str, client_key: str) -> bool:
    """The opposite of `declare_client`. False when it was no client."""
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


def _pair(session: Session, key: str, client_key: str) -> tuple[Organisation, Organisation]:
    if key == client_key:
        raise Invalid("An organisation is not its own client.")
    return get_organisation_by_key(session, key), get_organisation_by_key(session, client_key)


def _declared(session: Session, organisation: Organisation, client: Organisation) -> OrganisationClient | None:
    return session.get(OrganisationClient, (organisation.id, client.id))


def _ref(organisation: Organisation) -> ContentRef:
    assert organisation.id is not None
    return ContentRef(KIND, organisation.id)
