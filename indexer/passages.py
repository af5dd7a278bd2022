"""Cuts the text of a document into passages short enough for the embedding model. Deterministic, loses no word.

A passage is a stretch of one section. What is embedded is the title, the heading and the passage, together at most
256 model tokens; what is stored and shown is the passage alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.content import Place, Section
from search.embedding import Embedder

VERSION = 1
"""Part of the content hash: another way of cutting re-indexes everything."""
MAX_TITLE = 64
"""Tokens of the title in front of each passage; a longer one is cut."""
MAX_HEADING = 32
MAX_CHARACTERS = 2_000
"""Tables of figures and encoded data can be very long in few tokens."""

Count = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE_END = re.compile(r"[.!?؟۔…][\"'”’»)\]]*(?:\s+|(?<=[؟۔]))|\n(?=\s*(?:[-*•–▪]|\d+[.)]|\([a-z\d]{1,4}\)|[A-Z]))")
_LAST_WORD = re.compile(r"[\w.]+$")
_WORD = re.compile(r"\S+")
_ROUGH = re.compile(r"\w+|[^\w\s]")
_ABBREVIATIONS = frozenset(
    """
    al approx art arts asst c ca capt cf ch cl co col corp dept dist dr e.g ed eds esp est etc fig figs gen gov hon
    i.e ibid inc insp jr lt ltd maj messrs mr mrs ms mt no nos op p para paras pp prof pt pvt r.a reg rev rs
    s sc sec secs sen sgt sr ss st sub supt u.k u.n u.s viz v vol vols vs
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - a list of ninety quoted words is no easier to read
)


@dataclass(frozen=True, slots=True)
class PassageText:
    """One passage before it has a vector."""

    text: str
    place: Place
    embedded: str
    """What the model reads; empty when it does not know the script, so that the passage has no vector."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch that is not cut any further, with its length in tokens."""

    start: int
    end: int
    tokens: int
    known: bool


def split(title: str, sections: Iterable[Section], embedder: Embedder) -> Iterator[PassageText]:
    """The passages of a document in reading order; none for sections without text."""
    heads = _Heads(title, embedder)
    for section in sections:
        head, taken = heads.of(section.place)
        room = embedder.room - taken
        for unit in _pack(_Cutter(section.text, embedder, room).units(), room):
            text = section.text[unit.start : unit.end]
            yield PassageText(text, section.place, f"{head}{text}" if unit.known else "")


def embedded_title(title: str, embedder: Embedder) -> str:
    """What the model reads for the title's own vector; empty when it does not know the script."""
    return title.strip() if title.strip() and embedder.knows(title) else ""


class _Heads:
    """What stands in front of the passages: title, and heading where the place has one of its own."""

    def __init__(self, title: str, embedder: Embedder) -> None:
        self._embedder = embedder
        self._title = self._short(title, MAX_TITLE)
        self._known: dict[str, tuple[str, int]] = {}

    def of(self, place: Place) -> tuple[str, int]:
        """The text in front and its length in tokens. A file name is no heading: it says what no reader asks."""
        heading = place.label if place.source == "body" else ""
        if heading not in self._known:
            short = self._short(heading, MAX_HEADING)
            lines = [line for line in (self._title, short if short != self._title else "") if line]
            tokens = sum(self._embedder.count_tokens(lines)) if lines else 0
            self._known[heading] = ("".join(f"{line}\n" for line in lines), tokens)
        return self._known[heading]

    def _short(self, text: str, limit: int) -> str:
        text = " ".join(text.split())
        if not text or not self._embedder.knows(text):
            return ""
        count = self._embedder.count_tokens
        first = next(_fill(text, [(0, len(text))], count, limit), None)
        return text[first.start : first.end].strip() if first else ""


class _Cutter:
    """Cuts one section into units that each fit: paragraphs, else sentences, else words, else letters."""

    def __init__(self, text: str, embedder: Embedder, room: int) -> None:
        self._text = text
        self._embedder = embedder
        self._room = room

    def units(self) -> Iterator[_Unit]:
        """Units in order, each short enough for a passage of its own."""
        paragraphs = list(_trimmed(self._text, _between(self._text, _PARAGRAPH.finditer(self._text))))
        known = [self._embedder.knows(self._text[start:end]) for start, end in paragraphs]
        for same, run in _runs(paragraphs, known):
            # In a script the model does not know its tokens are single letters; passages are then measured in words.
            count = self._embedder.count_tokens if same else _rough_counts
            yield from (_Unit(one.start, one.end, one.tokens, same) for one in self._fitting(run, count))

    def _fitting(self, spans: Sequence[Span], count: Count) -> Iterator[_Unit]:
        for span, tokens in zip(spans, count([self._text[start:end] for start, end in spans]), strict=True):
            if self._fits(span, tokens):
                yield _Unit(*span, tokens, known=True)
            else:
                yield from self._sentences(span, count)

    def _sentences(self, span: Span, count: Count) -> Iterator[_Unit]:
        spans = list(_trimmed(self._text, _sentence_spans(self._text, span)))
        for one, tokens in zip(spans, count([self._text[start:end] for start, end in spans]), strict=True):
            if self._fits(one, tokens):
                yield _Unit(*one, tokens, known=True)
            else:
                yield from _fill(self._text, [one], count, self._room)

    def _fits(self, span: Span, tokens: int) -> bool:
        return tokens <= self._room and span[1] - span[0] <= MAX_CHARACTERS


def _pack(units: Iterable[_Unit], room: int) -> Iterator[_Unit]:
    """Join neighbours while they fit together."""
    whole: _Unit | None = None
    for unit in units:
        if whole is not None and whole.known is unit.known and _fit(whole, unit, room):
            whole = _Unit(whole.start, unit.end, whole.tokens + unit.tokens, whole.known)
            continue
        if whole is not None:
            yield whole
        whole = unit
    if whole is not None:
        yield whole


def _fit(left: _Unit, right: _Unit, room: int) -> bool:
    return left.tokens + right.tokens <= room and right.end - left.start <= MAX_CHARACTERS


def _fill(text: str, spans: Iterable[Span], count: Count, room: int) -> Iterator[_Unit]:
    """Cut spans at words into units as long as fit; a word that does not fit alone is cut at letters."""
    found = [match.span() for start, end in spans for match in _WORD.finditer(text, start, end)]
    words = _short_words(text, found, count, room)
    return _pack((_Unit(*span, tokens, known=True) for span, tokens in words), room)


def _short_words(text: str, spans: Sequence[Span], count: Count, room: int) -> Iterator[tuple[Span, int]]:
    for (start, end), tokens in zip(spans, count([text[start:end] for start, end in spans]), strict=True):
        if (tokens <= room and end - start <= MAX_CHARACTERS) or end - start == 1:
            yield (start, end), tokens
        else:
            middle = (start + end) // 2
            yield from _short_words(text, [(start, middle), (middle, end)], count, room)


def _sentence_spans(text: str, span: Span) -> Iterator[Span]:
    start = span[0]
    for match in _SENTENCE_END.finditer(text, *span):
        if match.end() < span[1] and _ends_sentence(text, start, match):
            yield start, match.end()
            start = match.end()
    yield start, span[1]


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """A full stop is none after an abbreviation, an initial or a number in a list, nor before a small letter."""
    if text[match.start()] not in ".…":
        return True
    if text[match.end()].islower():
        return False
    word = _LAST_WORD.search(text, max(start, match.start() - 20), match.start())
    last = word.group().lower() if word else ""
    return last not in _ABBREVIATIONS and not (len(last) == 1 and last.isalpha())


def _between(text: str, breaks: Iterable[re.Match[str]]) -> Iterator[Span]:
    start = 0
    for match in breaks:
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _trimmed(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans without white space around them; empty ones are left out."""
    for start, end in spans:
        part = text[start:end]
        if stripped := part.strip():
            begin = start + part.index(stripped[0])
            yield begin, begin + len(stripped)


def _runs(spans: Sequence[Span], known: Sequence[bool]) -> Iterator[tuple[bool, list[Span]]]:
    run: list[Span] = []
    for position, span in enumerate(spans):
        run.append(span)
        if position + 1 == len(spans) or known[position + 1] is not known[position]:
            yield known[position], run
            run = []


def _rough_counts(texts: Sequence[str]) -> list[int]:
    return [3 * len(_ROUGH.findall(text)) // 2 for text in texts]
