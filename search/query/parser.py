"""Reading the query language. Nothing a person types is an error: what is no operator is a word.

    words  "a phrase"  -word  -"a phrase"  prefix*
    field:value  -field:"a value"  before:2024  after:2023-05

`before:` and `after:` take a year, a month or a day and mean its first day: `after:2023` includes
2023, `before:2023` does not. Everything is one pass over at most `MAX_CHARACTERS` characters.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from search.engine import Phrase, Prefix, Word
from search.query.model import (
    ALIASES,
    MAX_CHARACTERS,
    MAX_TERM_CHARACTERS,
    MAX_TERMS,
    MIN_PREFIX,
    FieldFilter,
    Negation,
    ParsedQuery,
)
from search.query.render import rendered_filter, rendered_negation, rendered_phrase
from search.text import cased_words, clean, normalise, words

_T = TypeVar("_T")
_QUOTES = '"\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033\uff02'
_ITEM = re.compile(
    rf"""
    (?P<minus>[-\u2212]?)
    (?: (?P<field>[A-Za-z]+) : )?
    [{_QUOTES}] (?P<quoted>[^{_QUOTES}]*) (?:[{_QUOTES}]|\Z)
    | (?P<chunk>\S+)
    """,
    re.VERBOSE,
)
_OPENING = re.compile(r"[\s(\[{<,;+]*")
_FIELD = re.compile(r"(?P<minus>[-\u2212]?)(?P<field>[A-Za-z]+):(?P<value>.+)", re.DOTALL)
_NEGATED = re.compile(r"[-\u2212](?P<rest>[^-\u2212].*)", re.DOTALL)
_SINGLE_QUOTED = re.compile(r"['\u2018](?P<word>\w{2,})['\u2019][.,;:!?)\u061f]*")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_ANY_QUOTE = re.compile(f"[{_QUOTES}]")
_MAX_NOTED = 40


@dataclass(slots=True)
class _Reading:
    """What was read so far, and how much more there is room for.

    The room is counted in the characters `render` will need, so that a rendered query is never
    itself too long to be read again.
    """

    words: list[str] = field(default_factory=list)
    phrases: list[tuple[str, ...]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    negations: list[Negation] = field(default_factory=list)
    filters: list[FieldFilter] = field(default_factory=list)
    after: date | None = None
    before: date | None = None
    notes: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    characters: int = MAX_CHARACTERS
    terms: int = MAX_TERMS
    truncated: bool = False

    def has_room(self, rendered: str, terms: int = 1) -> bool:
        """Take the room if it is there; otherwise remember that something was left out."""
        if len(rendered) + 1 > self.characters or terms > self.terms:
            self.truncated = True
            return False
        self.characters -= len(rendered) + 1
        self.terms -= terms
        return True

    def note(self, sentence: str, typed: str) -> None:
        shown = typed if len(typed) <= _MAX_NOTED else typed[: _MAX_NOTED - 1] + "\u2026"
        self.notes.append(sentence.format(shown))

    def read_words(self, text: str) -> None:
        for word in _cased_words(text):
            if self.has_room(word):
                self.words.append(word)

    def read_phrase(self, text: str) -> None:
        phrase = _terms(text)
        if phrase and self.has_room(rendered_phrase(phrase), len(phrase)):
            self.phrases.append(phrase)

    def read_prefix(self, text: str) -> None:
        found = _terms(text)
        if found and len(found[-1]) >= MIN_PREFIX and self.has_room(found[-1] + "*"):
            self.prefixes.append(found[-1])
            self.read_words(" ".join(found[:-1]))
        else:
            self.read_words(text)

    def read_negation(self, text: str) -> None:
        found = _terms(text)
        if not found:
            return
        negation: Negation = Word(found[0]) if len(found) == 1 else Phrase(found)
        if text.endswith("*") and len(found) == 1 and len(found[0]) >= MIN_PREFIX:
            negation = Prefix(found[0])
        if self.has_room(rendered_negation(negation), len(found)):
            self.negations.append(negation)

    def read_filter(self, name: str, value: str, *, excluded: bool) -> None:
        wanted = FieldFilter(ALIASES[name], value, excluded)
        if self.has_room(rendered_filter(wanted)):
            self.filters.append(wanted)

    def read_date(self, name: str, day: date) -> None:
        if not self.has_room(f"{name}:{day}"):
            return
        if name == "after":
            self.after = max(day, self.after or day)
        else:
            self.before = min(day, self.before or day)


def _cased_words(text: str) -> list[str]:
    return [word[:MAX_TERM_CHARACTERS] for word in cased_words(text)]


def _terms(text: str) -> tuple[str, ...]:
    return tuple(word[:MAX_TERM_CHARACTERS] for word in words(text))


def _date(text: str) -> date | None:
    """The first day of a year, month or day; None when there is no such day."""
    match = _DATE.fullmatch(normalise(text).strip(" .,;"))
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _value(text: str, *, quoted: bool) -> str:
    value = " ".join(_ANY_QUOTE.sub(" ", text).split())
    return value if quoted else value.rstrip(",;")


def _read_field(reading: _Reading, minus: str, name: str, typed: str, *, quoted: bool) -> bool:
    """Read `field:value`; False, with nothing read, when it is none."""
    name = name.lower()
    if name in ("before", "after") and not minus:
        day = _date(typed)
        if day is not None:
            reading.read_date(name, day)
        elif words(typed):
            reading.note("The date \u201c{}\u201d was read as a word.", typed)
            reading.plain.append(typed)
            reading.read_words(typed)
        return True
    value = _value(typed, quoted=quoted)
    if name not in ALIASES or not words(value):
        return False
    reading.read_filter(name, value, excluded=bool(minus))
    return True


def _read_quoted(reading: _Reading, match: re.Match[str]) -> None:
    minus, name, quoted = match["minus"], match["field"], match["quoted"]
    if name and _read_field(reading, minus, name, quoted, quoted=True):
        return
    if minus:
        # The star of a phrase is no operator.
        reading.read_negation(f"{name or ''} {quoted} ")
        return
    if name:
        reading.read_words(name)
    reading.plain.append(f"{name or ''} {quoted}")
    reading.read_phrase(quoted)


def _read_chunk(reading: _Reading, chunk: str) -> None:
    match = _FIELD.fullmatch(chunk)
    if match and _read_field(reading, match["minus"], match["field"], match["value"], quoted=False):
        return
    match = _NEGATED.fullmatch(chunk)
    if match:
        reading.read_negation(match["rest"])
        return
    reading.plain.append(chunk.rstrip("*"))
    match = _SINGLE_QUOTED.fullmatch(chunk)
    if match:
        reading.read_phrase(match["word"])
    elif chunk.endswith("*"):
        reading.read_prefix(chunk)
    else:
        reading.read_words(chunk)


def _items(text: str) -> Iterator[re.Match[str]]:
    """Quoted stretches and runs without spaces, opening brackets in front of them skipped."""
    position = 0
    while True:
        opening = _OPENING.match(text, position)
        position = opening.end() if opening else position
        match = _ITEM.match(text, position)
        if match is None:
            return
        yield match
        position = match.end()


def _cut(text: str) -> str:
    """At most `MAX_CHARACTERS`, to the end of a word where there is one."""
    if len(text) <= MAX_CHARACTERS:
        return text
    head = text[:MAX_CHARACTERS]
    return head.rpartition(" ")[0] or head


def _unique(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))


def parse(text: str) -> ParsedQuery:
    """Read what a person typed. Never raises; of an endless text the beginning is read.

    Every query `parse` returns can be written again: `parse(render(query)) == query`.
    """
    reading = _Reading(truncated=len(text) > MAX_CHARACTERS)
    for match in _items(_cut(clean(text[: MAX_CHARACTERS + 1]))):
        if match["quoted"] is not None:
            _read_quoted(reading, match)
        else:
            _read_chunk(reading, match["chunk"])
    if reading.truncated:
        reading.notes.append("The question was too long; only its beginning was used.")
    plain = " ".join(" ".join(reading.plain).split())
    return ParsedQuery(
        words=tuple(reading.words),
        phrases=_unique(reading.phrases),
        prefixes=_unique(reading.prefixes),
        negations=_unique(reading.negations),
        filters=_unique(reading.filters),
        after=reading.after,
        before=reading.before,
        notes=tuple(reading.notes),
        plain=plain if words(plain) else "",
        truncated=reading.truncated,
    )
