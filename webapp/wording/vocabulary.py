"""Readers' words for stored values: labels of facets and their values, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Marking
from core.people import list_names
from core.taxonomy import country_names, language_names, topic_labels
from webapp.part import Parts
from webapp.runtime import current_runtime
from webapp.wording.language import page_locale, translated

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
    "status": _("Status"),
    "tag": _("Tag"),
    "by": _("Author"),
    "date": _("Date"),
    "after": _("Changed since"),
    "before": _("Changed before"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels that depend on the database, read once per request."""

    organisations: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    """Facet to its stored values with the words of the parts that give them."""

    def label(self, facet: str, value: str) -> str:
        """What a reader calls a stored value; the value itself when nobody named it."""
        match facet:
            case "topic":
                known = topic_labels().get(value)
                return translated(known) if known else value
            case "organisation":
                return self.organisations.get(value, value)
            case "country":
                return country_label(value)
            case "language":
                return language_label(value)
            case "marking":
                return f"TLP:{value}"
            case "filetype":
                return value.upper()
            case _:
                return self._value(facet, value)

    def _value(self, facet: str, value: str) -> str:
        words = self.values.get(facet, {}).get(value)
        if words is None:
            return value
        return f"{value} · {translated(words)}" if facet == "evidence" else translated(words)


def country_label(code: str) -> str:
    """A country in the reader's language; its English name where the Unicode CLDR has no other."""
    return page_locale().territories.get(code) or country_names().get(code, code)


def language_label(code: str) -> str:
    """A language in the reader's language; its English name where the Unicode CLDR has no other."""
    return page_locale().languages.get(code) or language_names().get(code, code)


def facet_label(facet: str) -> str:
    """What a reader calls a facet."""
    return str(FACET_LABELS.get(facet, facet))


def vocabulary(session: Session) -> Vocabulary:
    """Labels as the database has them now."""
    return Vocabulary(
        {one.key: f"{one.acronym} · {one.name}" if one.acronym else one.name for one in list_names(session)},
        current_runtime().parts.values,
    )


def search_labels(parts: Parts, session: Session) -> dict[str, dict[str, str]]:
    """What people may type after `field:` in a question, with the stored value of each (English labels)."""
    organisations: dict[str, str] = {}
    for one in list_names(session):
        organisations.update({one.key: one.key, one.name: one.key})
        if one.acronym:
            organisations[one.acronym] = one.key
    labels = {
        "topic": {label: slug for slug, label in topic_labels().items()},
        "organisation": organisations,
        "country": {name: code for code, name in country_names().items()},
        "language": {name: code for code, name in language_names().items()},
        "marking": {one.value: one.value for one in Marking}
        | {one.label: one.value for one in Marking}
        | {"STRICT": Marking.AMBER_STRICT.value},
    }
    for facet in {*parts.values, *parts.aliases}:
        values = parts.values.get(facet, {})
        words = {label: value for value, label in values.items()} | {value: value for value in values}
        labels[facet] = {**labels.get(facet, {}), **words, **parts.aliases.get(facet, {})}
    return labels
