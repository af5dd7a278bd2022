"""Readers' words for stored values: labels of facets and their values, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Marking
from core.people import list_names
from core.taxonomy import country_names, language_names, topic_labels
from library.kinds import EFFECT_LABELS, KINDS, STRENGTH_LABELS
from library.models import Effect
from webapp.language import page_locale, translated

FACET_LABELS = {
    "kind": _("Type"),
    "topic": _("Topic"),
    "organisation": _("Organisation"),
    "country": _("Country"),
    "language": _("Language"),
    "year": _("Year"),
    "evidence": _("Evidence"),
    "marking": _("Marking"),
    "filetype": _("File type"),
    "status": _("Review"),
    "tag": _("Tag"),
    "by": _("Author"),
    "date": _("Date"),
    "after": _("Changed since"),
    "before": _("Changed before"),
}
STATUS_LABELS = {"current": _("Reviewed and current"), "overdue": _("Review overdue")}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels that depend on the database, read once per request."""

    organisations: Mapping[str, str]

    def label(self, facet: str, value: str) -> str:
        """What a reader calls a stored value; the value itself when nobody named it."""
        match facet:
            case "kind":
                return next((translated(spec.label) for kind, spec in KINDS.items() if kind == value), value)
            case "topic":
                known = topic_labels().get(value)
                return translated(known) if known else value
            case "organisation":
                return self.organisations.get(value, value)
            case "country":
                return country_label(value)
            case "language":
                return language_label(value)
            case "evidence":
                label = {str(number): text for number, text in enumerate(STRENGTH_LABELS)}.get(value)
                return f"{value} · {translated(label)}" if label else value
            case "marking":
                return f"TLP:{value}"
            case "status":
                return str(STATUS_LABELS.get(value, value))
            case "filetype":
                return value.upper()
            case _:
                return value


def country_label(code: str) -> str:
    """A country in the reader's language; its English name where the Unicode CLDR has no other."""
    return page_locale().territories.get(code) or country_names().get(code, code)


def language_label(code: str) -> str:
    """A language in the reader's language; its English name where the Unicode CLDR has no other."""
    return page_locale().languages.get(code) or language_names().get(code, code)


def facet_label(facet: str) -> str:
    """What a reader calls a facet."""
    return str(FACET_LABELS.get(facet, facet))


def effect_label(effect: str) -> str:
    """What a reader calls an effect."""
    return translated(EFFECT_LABELS[Effect(effect)])


def vocabulary(session: Session) -> Vocabulary:
    """Labels as the database has them now."""
    return Vocabulary(
        {one.key: f"{one.acronym} · {one.name}" if one.acronym else one.name for one in list_names(session)}
    )


def search_labels(session: Session) -> dict[str, dict[str, str]]:
    """What people may type after `field:` in a question, with the stored value of each (English labels)."""
    organisations: dict[str, str] = {}
    for one in list_names(session):
        organisations.update({one.key: one.key, one.name: one.key})
        if one.acronym:
            organisations[one.acronym] = one.key
    return {
        "kind": {spec.label: kind.value for kind, spec in KINDS.items()} | {"sop": "sop", "case": "case_study"},
        "topic": {label: slug for slug, label in topic_labels().items()},
        "organisation": organisations,
        "country": {name: code for code, name in country_names().items()},
        "language": {name: code for code, name in language_names().items()},
        "marking": {one.value: one.value for one in Marking}
        | {one.label: one.value for one in Marking}
        | {"STRICT": Marking.AMBER_STRICT.value},
        "evidence": {str(number): str(number) for number in range(len(STRENGTH_LABELS))},
    }
