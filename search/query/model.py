"""What a question holds once it is read, and the limits of the language."""

from dataclasses import dataclass, field
from datetime import date

from search.engine import Phrase, Prefix, Word

MAX_CHARACTERS = 2_000
"""Longer questions are cut: nobody asks that much, and every engine limits its clauses."""
MAX_TERMS = 64
MAX_TERM_CHARACTERS = 100
"""Longer words are cut to their beginning; OpenSearch refuses terms of 32,766 bytes."""
MIN_PREFIX = 2
"""`a*` would be half the index: a shorter prefix is read as a word."""

FIELDS = {
    "kind": "kind",
    "topic": "topic",
    "org": "organisation",
    "country": "country",
    "lang": "language",
    "by": "by",
    "tag": "tag",
    "evidence": "evidence",
    "marking": "marking",
}
"""Field as a person types it to the name `Filters` knows it by."""

ALIASES = {
    "type": "kind",
    "organisation": "org",
    "organization": "org",
    "language": "lang",
    "author": "by",
    **{name: name for name in FIELDS},
}
"""Everything a person may type for a field to the one spelling that `render` writes."""

Negation = Word | Phrase | Prefix


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """One `field:value`. The value is as typed but for outer and repeated spaces."""

    field: str
    """A key of `FIELDS`."""
    value: str
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A question taken apart. Two are equal when they ask for the same, whatever was remarked."""

    words: tuple[str, ...] = ()
    """Free words in order, normalised, case kept: capitals tell the acronym WHO from who."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """Normalised lowercase words of each quoted phrase; one quoted word is a phrase of one."""
    prefixes: tuple[str, ...] = ()
    negations: tuple[Negation, ...] = ()
    filters: tuple[FieldFilter, ...] = ()
    after: date | None = None
    """Changed on or after this day; the latest, if several were typed."""
    before: date | None = None
    """Changed before this day; the earliest, if several were typed."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """Plain remarks for the person who typed it. They quote the input: escape them."""
    plain: str = field(default="", compare=False)
    """The text to embed: the question as typed without operators, negations and filters."""
    truncated: bool = field(default=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """True when it asks for nothing and narrows nothing."""
        return not (self.has_text or self.negations or self.filters or self.after or self.before)

    @property
    def has_text(self) -> bool:
        """True when there is something positive to look for."""
        return bool(self.words or self.phrases or self.prefixes)
