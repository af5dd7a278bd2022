"""The record editor's form: from a request, a record or nothing, to a draft and back to the page with its errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flask_babel import gettext
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from core.access import Viewer
from core.errors import DomainError, Invalid, Message
from core.marking import Recipients
from core.people import Organisation, Space, User, get_organisation, list_organisations, list_spaces_of
from core.taxonomy import AREA_LABELS, LANGUAGES, TOPICS, country_names, language_names
from library import policy
from library.content import RecordContent
from library.drafts import RecordDraft
from library.kinds import EFFECT_LABELS, KINDS, STRENGTH_LABELS
from library.models import Effect, RecordKind, RecordRevision
from webapp.forms import parse_draft
from webapp.wording.language import translated
from webapp.wording.vocabulary import country_label, language_label

SINGLE = (
    "kind",
    "title",
    "summary",
    "body",
    "tags",
    "organisation_id",
    "country",
    "language",
    "year",
    "effect",
    "strength",
    "marking",
    "space_id",
    "reviewed_on",
    "review_due",
    "revision",
    "note",
    "is_minor",
    "stamp",
)
MULTIPLE = ("topics", "listed_organisations")
FIELD_PREFIX = "field-"
NAMED = "named"
FORM_NAMES = {"named_users": NAMED}
"""What the form calls a draft's field differently."""


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What stands in the form's fields, as text, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    """Structured fields of the chosen type."""
    other_fields: dict[str, str] = field(default_factory=dict)
    """Those of other types that were filled in: kept, not shown."""
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    is_outdated: bool = False
    """Somebody saved while this was being written."""

    @classmethod
    def empty(cls, viewer: Viewer, year: int, language: str) -> "RecordForm":
        """A new record of one's own organisation, in one's own language; the page chooses its default marking."""
        values = {
            "kind": RecordKind.CASE_STUDY.value,
            "organisation_id": str(viewer.organisation_id),
            "year": str(year),
            "language": language if language in LANGUAGES else LANGUAGES[0],
            "effect": Effect.UNKNOWN.value,
            "strength": "0",
        }
        return cls(values=values)

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> "RecordForm":
        """What the browser sent; structured fields of other types than the chosen one are kept apart."""
        prefix = f"{FIELD_PREFIX}{form.get('kind', '')}-"
        fields = {name.removeprefix(prefix): form[name] for name in form if name.startswith(prefix)}
        others: dict[str, str] = {}
        for kind, spec in KINDS.items():
            for name in spec.fields:
                text = form.get(f"{FIELD_PREFIX}{kind}-{name}", "")
                if name not in fields and text.strip():
                    others.setdefault(name, text)
        return cls(
            values={name: form.get(name, "") for name in (*SINGLE, NAMED)},
            lists={name: form.getlist(name) for name in MULTIPLE},
            fields=fields,
            other_fields=others,
        )

    @classmethod
    def of(cls, content: RecordContent, revision: int, emails: Iterable[str] = ()) -> "RecordForm":
        """What a version says, as an edit of that revision of its record."""
        values = {name: str(getattr(content, name) or "") for name in SINGLE if hasattr(content, name)}
        values |= {
            "body": content.body_source,
            "tags": ", ".join(content.tags),
            "strength": str(content.strength),
            "revision": str(revision),
            NAMED: ", ".join(emails),
        }
        listed = [str(one) for one in content.organisations]
        return cls(
            values=values,
            lists={"topics": content.topics, "listed_organisations": listed},
            fields=dict(content.fields),
        )

    def going_on(self, proposal: RecordRevision) -> "RecordForm":
        """The same as a further change of what was proposed."""
        further = {"note": proposal.note, "is_minor": "1" if proposal.is_minor else "", "stamp": str(proposal.stamp)}
        return replace(self, values={**self.values, **further})

    @property
    def named(self) -> str:
        """E-mail addresses of named persons, as typed."""
        return self.values.get(NAMED, "")

    def draft(self, people: dict[str, int]) -> RecordDraft:
        """The validated draft. Raises Invalid with a message for each field; `people` maps addresses to ids."""
        addresses = [part.strip().casefold() for part in self.named.replace(";", ",").split(",") if part.strip()]
        unknown = [address for address in addresses if address not in people]
        if unknown:
            nobody = Message("Nobody has the address %(email)s.", email=unknown[0])
            raise Invalid("One of the named persons is not known.", {"named": nobody})
        raw: dict[str, object] = {**self.values, **self.lists}
        raw["fields"], raw["other_fields"] = self.fields, self.other_fields
        raw["named_users"] = [people[address] for address in addresses]
        return parse_draft(RecordDraft, raw)

    def failed(self, error: DomainError) -> "RecordForm":
        """The same form with what was wrong."""
        errors = error.fields if isinstance(error, Invalid) else {}
        return replace(
            self, errors={FORM_NAMES.get(name, name): text for name, text in errors.items()}, message=error.message
        )

    def based_on(self, revision: int, stamp: int | None = None) -> "RecordForm":
        """The same text as an edit of a newer version, which its writer is asked to compare with first.

        `stamp`: of what he has proposed already.
        """
        newer = {"revision": str(revision), "stamp": str(stamp or "")}
        return replace(self, values={**self.values, **newer}, is_outdated=True)


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What may be chosen in the form."""

    organisations: list[Organisation]
    """All, for further recipients."""
    sources: list[Organisation]
    """Those the viewer may write for, and the one chosen now."""
    spaces: list[Space]
    default_marking: str
    kinds: list[tuple[str, str]]
    topics: list[tuple[str, list[tuple[str, str]]]]
    """By area."""
    languages: list[tuple[str, str]]
    countries: list[tuple[str, str]]
    effects: list[tuple[str, str]]
    strengths: list[tuple[str, str]]

    @property
    def source_pairs(self) -> list[tuple[str, str]]:
        """Ids and names of the organisations a record may be of."""
        return [(str(one.id), one.name) for one in self.sources]


def form_choices(session: Session, viewer: Viewer, source: str = "") -> FormChoices:
    """Choices for this viewer; `source` is the organisation chosen now, which may stay although he has left it."""
    organisations = list_organisations(session)
    sources = [
        one
        for one in organisations
        if str(one.id) == source
        or (one.id is not None and one.retired_at is None and policy.can_write_for(viewer, one.id))
    ]
    return FormChoices(
        organisations=organisations,
        sources=sources,
        spaces=list_spaces_of(session, viewer.user_id),
        default_marking=get_organisation(session, viewer.organisation_id).default_marking,
        kinds=[(kind.value, gettext(spec.label)) for kind, spec in KINDS.items()],
        topics=[
            (translated(AREA_LABELS[area]), [(slug, translated(label)) for slug, label in topics.items()])
            for area, topics in TOPICS.items()
        ],
        languages=[(code, language_label(code)) for code in language_names()],
        countries=[
            ("", ""),
            *sorted(((code, country_label(code)) for code in country_names()), key=lambda pair: pair[1]),
        ],
        effects=effect_choices(),
        strengths=strength_choices(),
    )


def effect_choices() -> list[tuple[str, str]]:
    """Effects with their words."""
    return [(effect.value, gettext(label)) for effect, label in EFFECT_LABELS.items()]


def strength_choices() -> list[tuple[str, str]]:
    """Strengths of evidence with their words."""
    return [(str(number), f"{number} · {gettext(label)}") for number, label in enumerate(STRENGTH_LABELS)]


def people_by_email(session: Session, text: str) -> dict[str, int]:
    """Ids of the active people whose addresses stand in a typed list."""
    addresses = [part.strip().casefold() for part in text.replace(";", ",").split(",")]
    rows = session.exec(select(User).where(col(User.email).in_(addresses), User.is_active))
    return {row.email: row.id for row in rows if row.id is not None}


def emails_of(session: Session, ids: Iterable[int]) -> list[str]:
    """Addresses of people, by name."""
    return list(session.exec(select(User.email).where(col(User.id).in_(list(ids))).order_by(User.name)))


@dataclass(frozen=True, slots=True)
class RecipientNames:
    """Further recipients of a record, by name."""

    organisations: list[str]
    people: list[User]


def recipient_names(session: Session, recipients: Recipients) -> RecipientNames:
    """Names for the recipients of an object."""
    organisations = session.exec(select(Organisation).where(col(Organisation.id).in_(recipients.organisations)))
    people = session.exec(select(User).where(col(User.id).in_(recipients.users)).order_by(User.name))
    return RecipientNames(sorted(one.name for one in organisations), list(people))
