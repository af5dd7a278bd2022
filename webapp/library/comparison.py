"""Two versions of a record side by side, in a reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlmodel import Session, col, select

from core.people import Organisation, Space, User
from library.comparison import Line, compare
from library.content import RecordContent
from library.kinds import EFFECT_LABELS, KINDS, STRENGTH_LABELS
from webapp.wording.language import translated
from webapp.wording.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """A part of a record that two versions say differently."""

    label: str
    lines: list[Line]


def changed_parts(session: Session, old: RecordContent, new: RecordContent) -> list[ChangedPart]:
    """What the new version changes, in the order of the editor."""
    words = vocabulary(session)
    before, after = (_parts(session, one, words) for one in (old, new))
    labels = dict.fromkeys([*after, *before])
    compared = {label: compare(before.get(label, []), after.get(label, [])) for label in labels}
    return [ChangedPart(label, lines) for label, lines in compared.items() if lines]


def _parts(session: Session, content: RecordContent, words: Vocabulary) -> Mapping[str, list[str]]:
    labels = {name: label for spec in KINDS.values() for name, label in spec.fields.items()}
    fields = {translated(labels[name]): text.splitlines() for name, text in content.fields.items() if name in labels}
    dates = {_("Reviewed on"): content.reviewed_on, _("Review due"): content.review_due}
    return {
        _("Type"): [translated(KINDS[content.kind].label)],
        _("Title"): [content.title],
        _("Summary"): content.summary.splitlines(),
        **fields,
        _("Text"): content.body_source.splitlines(),
        _("Source organisation"): _names(session, Organisation, [content.organisation_id]),
        _("Marking"): [content.marking.label],
        _("Further organisations (AMBER)"): _names(session, Organisation, content.organisations),
        _("Named persons (RED)"): _names(session, User, content.users),
        _("Space"): _names(session, Space, [content.space_id] if content.space_id else []),
        _("Topics"): sorted(words.label("topic", slug) for slug in content.topics),
        _("Tags"): sorted(content.tags),
        _("Language"): [words.label("language", content.language)],
        _("Country"): [words.label("country", content.country)] if content.country else [],
        _("Year"): [str(content.year)],
        _("Effect"): [translated(EFFECT_LABELS[content.effect])],
        _("Strength of evidence"): [f"{content.strength} · {translated(STRENGTH_LABELS[content.strength])}"],
        **{label: [day.isoformat()] if day else [] for label, day in dates.items()},
    }


def _names(session: Session, table: type[Organisation] | type[User] | type[Space], ids: list[int]) -> list[str]:
    return sorted(session.exec(select(table.name).where(col(table.id).in_(ids)))) if ids else []
