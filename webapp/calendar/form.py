"""The event editor's form: from a request, an event or nothing, to a draft and back to the page with its errors."""

from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from core.access import Viewer
from core.errors import DomainError, Invalid, Message
from core.people import Organisation, Space, User, get_organisation, list_organisations, list_spaces_of
from core.taxonomy import AREA_LABELS, LANGUAGES, TOPICS, country_names, language_names
from events_calendar import policy
from events_calendar.drafts import EventDraft
from events_calendar.kinds import APPROVAL_LABELS, KIND_LABELS
from events_calendar.models import Approval, EventKind
from events_calendar.queries import EventDetail
from events_calendar.service.events import draft_of
from events_calendar.zones import zone_names
from webapp.forms import parse_draft
from webapp.wording.language import translated
from webapp.wording.vocabulary import country_label, language_label

SINGLE = (
    "kind",
    "title",
    "summary",
    "body",
    "starts",
    "ends",
    "zone",
    "is_all_day",
    "place",
    "online_link",
    "link_minutes",
    "speakers",
    "tags",
    "organisation_id",
    "country",
    "language",
    "marking",
    "space_id",
    "capacity",
    "organisation_seats",
    "opens",
    "closes",
    "approval",
    "offer_hours",
    "is_interest_only",
    "is_chatham_house",
    "questions",
    "recording_link",
    "revision",
    "rule",
    "exceptions",
)
MULTIPLE = ("topics", "listed_organisations")
PEOPLE = {"named_users": "named", "organisers": "organising"}
"""What the form asks for as addresses of people, by the draft's field."""
TICKS = ("is_all_day", "is_interest_only", "is_chatham_house")
TIME = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class EventForm:
    """What stands in the form's fields, as text, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    is_outdated: bool = False
    """Somebody saved while this was being written."""

    @classmethod
    def empty(cls, viewer: Viewer, zone: str, language: str) -> "EventForm":
        """A new event of one's own organisation, on one's own clock and in one's own language."""
        values = {
            "kind": EventKind.SEMINAR.value,
            "zone": zone,
            "organisation_id": str(viewer.organisation_id),
            "language": language if language in LANGUAGES else LANGUAGES[0],
            "approval": Approval.NONE.value,
            "offer_hours": "24",
            "link_minutes": "60",
        }
        return cls(values=values)

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> "EventForm":
        """What the browser sent."""
        return cls(
            values={name: form.get(name, "") for name in (*SINGLE, *PEOPLE.values())},
            lists={name: form.getlist(name) for name in MULTIPLE},
        )

    @classmethod
    def of(cls, detail: EventDetail, emails: dict[int, str]) -> "EventForm":
        """What a stored event says; `emails` are the addresses of the people it names."""
        draft = draft_of(detail)
        values = {name: _text(getattr(draft, name)) for name in SINGLE if hasattr(draft, name)}
        values |= {"revision": str(detail.event.revision), "tags": ", ".join(draft.tags), "body": draft.body.source}
        values["questions"] = "\n".join(draft.questions)
        values |= {
            typed: ", ".join(emails[one] for one in getattr(draft, name) if one in emails)
            for name, typed in PEOPLE.items()
        }
        listed = [str(one) for one in draft.listed_organisations]
        return cls(values=values, lists={"topics": list(draft.topics), "listed_organisations": listed})

    def draft(self, session: Session) -> EventDraft:
        """The validated draft. Raises Invalid with a message for each field."""
        raw: dict[str, object] = {name: value for name, value in self.values.items() if name not in TICKS}
        raw |= {name: bool(self.values.get(name)) for name in TICKS}
        raw |= self.lists
        for name, typed in PEOPLE.items():
            raw[name] = _ids(session, typed, self.values.get(typed, ""))
        return parse_draft(EventDraft, raw)

    def failed(self, error: DomainError) -> "EventForm":
        """The same form with what was wrong."""
        errors = error.fields if isinstance(error, Invalid) else {}
        return replace(
            self, errors={PEOPLE.get(name, name): text for name, text in errors.items()}, message=error.message
        )

    def based_on(self, revision: int) -> "EventForm":
        """The same text as an edit of a newer version, which its writer is asked to compare with first."""
        return replace(self, values={**self.values, "revision": str(revision)}, is_outdated=True)


@dataclass(frozen=True, slots=True)
class EventChoices:
    """What may be chosen in the form."""

    organisations: list[Organisation]
    sources: list[tuple[str, str]]
    """Those the viewer may write for, and the one chosen now."""
    spaces: list[Space]
    default_marking: str
    kinds: list[tuple[str, str]]
    approvals: list[tuple[str, str]]
    topics: list[tuple[str, list[tuple[str, str]]]]
    languages: list[tuple[str, str]]
    countries: list[tuple[str, str]]
    zones: list[tuple[str, str]]


def event_choices(session: Session, viewer: Viewer, values: dict[str, str]) -> EventChoices:
    """Choices for this viewer; what is chosen now may stay although it is not offered any more."""
    organisations = list_organisations(session)
    chosen = values.get("organisation_id", "")
    zones = [(one, one) for one in zone_names()]
    if (zone := values.get("zone", "")) and zone not in zone_names():
        zones.insert(0, (zone, zone))
    countries = sorted(((code, country_label(code)) for code in country_names()), key=lambda pair: pair[1])
    return EventChoices(
        organisations=organisations,
        sources=[
            (str(one.id), one.name)
            for one in organisations
            if one.id is not None and (policy.can_write_for(viewer, one.id) or str(one.id) == chosen)
        ],
        spaces=list_spaces_of(session, viewer.user_id),
        default_marking=get_organisation(session, viewer.organisation_id).default_marking,
        kinds=[(kind.value, translated(label)) for kind, label in KIND_LABELS.items()],
        approvals=[(one.value, translated(label)) for one, label in APPROVAL_LABELS.items()],
        topics=[
            (translated(AREA_LABELS[area]), [(slug, translated(label)) for slug, label in topics.items()])
            for area, topics in TOPICS.items()
        ],
        languages=[(code, language_label(code)) for code in language_names()],
        countries=[("", ""), *countries],
        zones=zones,
    )


def emails_of(session: Session, ids: set[int]) -> dict[int, str]:
    """Addresses by id."""
    rows = session.exec(select(User).where(col(User.id).in_(ids)))
    return {row.id: row.email for row in rows if row.id is not None}


def names_of(session: Session, ids: set[int]) -> dict[int, str]:
    """Names by id."""
    rows = session.exec(select(User).where(col(User.id).in_(ids)).order_by(User.name))
    return {row.id: row.name for row in rows if row.id is not None}


def _ids(session: Session, name: str, text: str) -> list[int]:
    """Ids of the active people whose addresses stand in a typed list. Raises Invalid for somebody unknown."""
    addresses = [part.strip().casefold() for part in text.replace(";", ",").split(",") if part.strip()]
    rows = session.exec(select(User).where(col(User.email).in_(addresses), User.is_active))
    found = {row.email: row.id for row in rows if row.id is not None}
    if any(one not in found for one in addresses):
        message = Message("Nobody has one of these addresses.")
        raise Invalid(message, {name: message})
    return [found[one] for one in dict.fromkeys(addresses)]


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if hasattr(value, "strftime"):
        return str(value.strftime(TIME))
    return str(getattr(value, "value", value))
