"""The forms of needs and rounds: from a request or a stored need to a draft, and back to the page with what was wrong."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from core.access import Viewer
from core.errors import DomainError, Invalid, Message
from core.marking import recipients_of
from core.people import (
    Organisation,
    OrganisationKind,
    Role,
    Space,
    User,
    get_organisation,
    list_organisations,
    list_spaces_of,
    list_users_with_role,
)
from core.taxonomy import LANGUAGES, TOPICS, language_names
from training.needs import policy
from training.needs.drafts import NamedTopicDraft, NeedDraft, RatingDraft, ReplyDraft, RoundDraft
from training.needs.lifecycle import CAUSE_LABELS, LEVEL_LABELS, RANK_LABELS, STATUS_LABELS, URGENCY_LABELS
from training.needs.models import Cause, Need, RankBand, RoundTopic
from webapp.forms import parse_draft
from webapp.wording.language import translated
from webapp.wording.vocabulary import language_label

SINGLE = (
    "title",
    "statement",
    "topic",
    "cross_cutting",
    "incidents",
    "organisation_id",
    "profile",
    "rank_band",
    "officers",
    "level_now",
    "level_wanted",
    "urgency",
    "cause",
    "owner_id",
    "language",
    "marking",
    "space_id",
    "revision",
)
ROWS = 10
"""Topics that can be asked about in one form of a round."""


@dataclass(frozen=True, slots=True)
class NeedForm:
    """What stands in the fields of the editor, as text, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""

    @classmethod
    def empty(cls, session: Session, viewer: Viewer, language: str) -> "NeedForm":
        """A need of one's own organisation, shared with the unit, which has to deal with it."""
        unit = select(Organisation.id).where(Organisation.kind == OrganisationKind.IPCU.value)
        values = {
            "organisation_id": str(viewer.organisation_id),
            "language": language if language in LANGUAGES else LANGUAGES[0],
            "rank_band": RankBand.ALL.value,
            "cause": Cause.SKILL.value,
            "level_now": "1",
            "level_wanted": "2",
            "urgency": "3",
        }
        return cls(values=values, lists={"listed_organisations": [str(one) for one in session.exec(unit)]})

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> "NeedForm":
        """What the browser sent."""
        return cls(
            values={name: form.get(name, "") for name in (*SINGLE, "named")},
            lists={"listed_organisations": form.getlist("listed_organisations")},
        )

    @classmethod
    def of(cls, session: Session, need: Need) -> "NeedForm":
        """What a stored need says."""
        recipients = recipients_of(session, need.ref)
        emails = select(User.email).where(col(User.id).in_(recipients.users)).order_by(User.email)
        values = {name: _text(getattr(need, name)) for name in SINGLE}
        return cls(
            values=values | {"named": ", ".join(session.exec(emails))},
            lists={"listed_organisations": [str(one) for one in sorted(recipients.organisations)]},
        )

    def draft(self, session: Session) -> NeedDraft:
        """The validated draft. Raises Invalid with a sentence for each faulty field."""
        text = self.values.get("named", "").replace(";", ",")
        addresses = [part.strip().casefold() for part in text.split(",") if part.strip()]
        rows = session.exec(select(User).where(col(User.email).in_(addresses), User.is_active))
        known = {row.email: row.id for row in rows}
        if [one for one in addresses if one not in known]:
            raise Invalid(
                "One of the named persons is not known.", {"named": Message("Nobody has one of these addresses.")}
            )
        raw: dict[str, object] = {**self.values, **self.lists, "named_users": list(known.values())}
        raw.pop("named", None)
        return parse_draft(NeedDraft, raw)

    def failed(self, error: DomainError) -> "NeedForm":
        """The same form with what was wrong."""
        errors = error.fields if isinstance(error, Invalid) else {}
        return replace(self, errors=dict(errors), message=error.message)

    def based_on(self, revision: int) -> "NeedForm":
        """The same text as a change of a newer revision."""
        return replace(self, values={**self.values, "revision": str(revision)})


@dataclass(frozen=True, slots=True)
class NeedChoices:
    """What may be chosen in the editor."""

    sources: list[tuple[str, str]]
    organisations: list[Organisation]
    spaces: list[Space]
    default_marking: str
    owners: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    topics: list[tuple[str, list[tuple[str, str]]]]
    issues: list[tuple[str, str]]
    ranks: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    urgencies: list[tuple[str, str]]
    causes: list[tuple[str, str]]


def need_choices(session: Session, viewer: Viewer, words: Any, source: str = "") -> NeedChoices:
    """Choices for this viewer; `source` is the organisation chosen now, `words` the vocabulary of the page."""
    organisations = list_organisations(session)
    sources = [
        (str(one.id), one.name)
        for one in organisations
        if one.id is not None and (policy.can_write_for(viewer, one.id) or str(one.id) == source)
    ]
    return NeedChoices(
        sources=sources,
        organisations=organisations,
        spaces=list_spaces_of(session, viewer.user_id),
        default_marking=get_organisation(session, viewer.organisation_id).default_marking,
        owners=[("", ""), *((str(one.id), one.name) for one in list_users_with_role(session, Role.IPCU_STAFF))],
        languages=[(code, language_label(code)) for code in language_names()],
        topics=topic_choices(words),
        issues=[("", ""), *((slug, words.label("topic", slug)) for slug in TOPICS["cross-cutting"])],
        ranks=[(band.value, translated(label)) for band, label in RANK_LABELS.items()],
        levels=level_choices(),
        urgencies=urgency_choices(),
        causes=[(cause.value, translated(label)) for cause, label in CAUSE_LABELS.items()],
    )


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the register can be narrowed by."""

    topics: list[tuple[str, Any]]
    organisations: list[tuple[str, str]]
    statuses: list[tuple[str, str]]
    causes: list[tuple[str, str]]


def filter_choices(session: Session, words: Any) -> FilterChoices:
    """Choices of the register's filters; `words` is the vocabulary of the page."""
    bodies = [(str(one.id), one.name) for one in list_organisations(session)]
    return FilterChoices(
        topics=[("", _("All topics")), *topic_choices(words)],
        organisations=[("", _("All organisations")), *bodies],
        statuses=[("", _("All states")), *((one.value, translated(text)) for one, text in STATUS_LABELS.items())],
        causes=[("", _("All causes")), *((one.value, translated(text)) for one, text in CAUSE_LABELS.items())],
    )


def topic_choices(words: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Topics by area, in the reader's language."""
    return [
        (words.label("topic", area), [(slug, words.label("topic", slug)) for slug in topics])
        for area, topics in TOPICS.items()
    ]


def level_choices() -> list[tuple[str, str]]:
    """Levels of proficiency with their words."""
    return [(str(level), f"{level} · {translated(label)}") for level, label in LEVEL_LABELS.items()]


def urgency_choices() -> list[tuple[str, str]]:
    """Degrees of urgency with their words."""
    return [(str(degree), f"{degree} · {translated(label)}") for degree, label in URGENCY_LABELS.items()]


def round_draft(form: MultiDict[str, str]) -> RoundDraft:
    """A round as it was typed: rows without a topic and a competency are left out. Raises Invalid."""
    topics = [
        {
            "topic": form.get(f"topic-{row}", ""),
            "competency": form.get(f"competency-{row}", ""),
            "is_strategic": form.get(f"strategic-{row}") == "1",
        }
        for row in range(1, ROWS + 1)
        if form.get(f"topic-{row}") or form.get(f"competency-{row}", "").strip()
    ]
    if not topics:
        raise Invalid(_("Ask about one topic at least."), {"topics": _("Please choose a topic.")})
    raw: dict[str, object] = {name: form.get(name, "") for name in ("title", "instructions", "due_on")}
    return parse_draft(RoundDraft, {**raw, "topics": topics})


def reply_draft(form: MultiDict[str, str], topics: list[RoundTopic]) -> ReplyDraft:
    """An organisation's answer: only the topics it named; numbers it left open stay open. Raises Invalid by field."""
    named: list[NamedTopicDraft] = []
    errors: dict[str, str] = {}
    for topic in topics:
        if form.get(f"named-{topic.id}") != "1":
            continue
        raw = {"topic_id": topic.id, **{name: form.get(f"{name}-{topic.id}") for name in ("officers", "urgency")}}
        try:
            named.append(parse_draft(NamedTopicDraft, raw))
        except Invalid as error:
            errors |= {f"{name}-{topic.id}": text for name, text in error.fields.items()}
    if errors:
        raise Invalid(_("Please check the marked fields."), errors)
    return parse_draft(
        ReplyDraft, {"organisation_id": form.get("organisation_id", ""), "note": form.get("note", ""), "named": named}
    )


def rating_drafts(form: MultiDict[str, str], topics: list[RoundTopic]) -> list[RatingDraft]:
    """What a respondent rated: a competency counts once both numbers are given, and one alone is refused."""
    found: list[RatingDraft] = []
    errors: dict[str, str] = {}
    for topic in topics:
        raw = {name: form.get(f"{name}-{topic.id}", "") for name in ("importance", "ability")}
        if not any(raw.values()):
            continue
        try:
            found.append(parse_draft(RatingDraft, {"topic_id": topic.id, **raw}))
        except Invalid as error:
            errors |= {f"{name}-{topic.id}": text for name, text in error.fields.items()}
    if errors:
        raise Invalid(_("Please check the marked fields."), errors)
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)
