"""Snippets with the matched words marked, the same for every engine: escape first, then `<mark>`.

Words match by stem, phrases by the stems of adjacent words, prefixes by their letters, all on the
tokens of the text as it was written. The html is a plain `str`; webapp says that it is safe.
"""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import NamedTuple, Self

from search.engine import AnyOf, LexicalQuery, Phrase, Prefix, StoredPassage, Word
from search.query.model import ParsedQuery
from search.query.steps import build_lexical
from search.synonyms import NO_SYNONYMS, SynonymTable
from search.text import normalise, stem, tokens

_SENTENCE_END = re.compile(r"[.!?\u061f\u06d4\u3002][\"'\u201d\u2019)\]]*(?=\s)|\n")
_JOINS = re.compile(r"[\s\-\u2010\u2011\u200c]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST_FILLED = 0.6
"""A snippet may end at a sentence's end when that leaves it filled to this share."""
_EXAMINED = 12
"""How many promising passages are looked at closely in a long document."""


class _Match(NamedTuple):
    start: int
    end: int
    group: int


@dataclass(slots=True)
class _Collector:
    """Sorts the leaves of a lexical tree by how they match."""

    words: dict[str, int] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], int] = field(default_factory=dict)
    prefixes: dict[str, int] = field(default_factory=dict)

    def add(self, leaf: Word | Phrase | Prefix, group: int) -> None:
        if isinstance(leaf, Word):
            self.words.setdefault(stem(leaf.text), group)
        elif isinstance(leaf, Prefix):
            self.prefixes.setdefault(leaf.text, group)
        else:
            self.phrases.setdefault(tuple(map(stem, leaf.words)), group)


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """What to mark. Leaves of one group, a term and its synonyms, count as one term."""

    words: dict[str, int]
    """Stem to group."""
    phrases: dict[str, tuple[tuple[tuple[str, ...], int], ...]]
    """First stem to the phrases that begin with it, longest first, each with its group."""
    prefixes: tuple[tuple[str, int], ...]
    needles: tuple[tuple[str, ...], ...]
    """By group: letters a text that has the term nearly always contains."""
    initials: frozenset[str]
    """First letters of everything; a stem keeps the first letter of its word."""

    @classmethod
    def from_query(cls, parsed: ParsedQuery, synonyms: SynonymTable = NO_SYNONYMS) -> Self:
        """The positive terms of a question with their synonyms, function words left out."""
        return cls.from_lexical(build_lexical(parsed, synonyms))

    @classmethod
    def from_lexical(cls, query: LexicalQuery) -> Self:
        """The leaves of a lexical tree; each node of it is one group."""
        nodes = dict.fromkeys((*query.should, *query.must))
        found = _Collector()
        needles = []
        for group, node in enumerate(nodes):
            leaves = node.options if isinstance(node, AnyOf) else (node,)
            for leaf in leaves:
                found.add(leaf, group)
            needles.append(tuple(dict.fromkeys(map(_needle, leaves))))
        by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for stems, group in sorted(found.phrases.items(), key=lambda item: -len(item[0])):
            by_first.setdefault(stems[0], []).append((stems, group))
        starts = (*found.words, *by_first, *found.prefixes)
        return cls(
            words=found.words,
            phrases={first: tuple(same) for first, same in by_first.items()},
            prefixes=tuple(found.prefixes.items()),
            needles=tuple(needles),
            initials=frozenset(start[0] for start in starts if start),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: without tags and unescaped, `html` is exactly `text[start:end]`.

    (But for unpaired surrogates, which no page can carry: they become U+FFFD.)
    """

    html: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """The pieces to show, in the order of the text."""

    pieces: tuple[Piece, ...]
    matched: int
    """How many distinct terms of the question the pieces show."""
    cut_before: bool
    """Text stands before the first piece: show an ellipsis."""
    cut_after: bool

    @property
    def html(self) -> str:
        """The pieces joined with an ellipsis; with one piece, just that piece."""
        return " \u2026 ".join(piece.html for piece in self.pieces)


# --- matching -----------------------------------------------------------------------------------


def _needle(leaf: Word | Phrase | Prefix) -> str:
    """Letters that every spelling of the term nearly always has.

    They are its stem without the ending Snowball rewrites: "party" is "parti", "hoping" "hope".
    """
    if isinstance(leaf, Prefix):
        return leaf.text
    word = leaf.text if isinstance(leaf, Word) else max(leaf.words, key=len)
    stemmed = stem(word)
    return stemmed[:-1] if len(stemmed) > 3 and stemmed[-1] in "iey" else stemmed


def _matches(text: str, terms: HighlightTerms) -> list[_Match]:
    """Every occurrence of every term, by start. A phrase is one match from first word to last."""
    cut = list(tokens(text))
    initials, known, phrases = terms.initials, terms.words, terms.phrases
    found = []
    for index, (start, end, word) in enumerate(cut):
        if word[0] not in initials:
            continue
        stemmed = stem(word)
        for stems, group in phrases.get(stemmed, ()):
            following = cut[index : index + len(stems)]
            if tuple(stem(token.text) for token in following) == stems:
                found.append(_Match(start, following[-1].end, group))
        if stemmed in known:
            found.append(_Match(start, end, known[stemmed]))
        for prefix, group in terms.prefixes:
            if word.startswith(prefix):
                found.append(_Match(start, end, group))
    return found


def coverage(text: str, terms: HighlightTerms) -> float:
    """Share of the distinct terms that occur in the text, 0 to 1; 0 when there are no terms."""
    if not terms.needles:
        return 0.0
    return len({match.group for match in _matches(text, terms)}) / len(terms.needles)


def _quick(lowered: str, terms: HighlightTerms) -> float:
    hits = 0
    for needles in terms.needles:
        for needle in needles:
            if needle in lowered:
                hits += 1
                break
    return hits / len(terms.needles) if terms.needles else 0.0


def quick_score(text: str, terms: HighlightTerms) -> float:
    """A guess at `coverage` without cutting the text: wrong where letters stand inside other words,
    and where text is written otherwise than its normal form.
    """
    return _quick(text.lower(), terms)


def _promising(passages: Sequence[StoredPassage], terms: HighlightTerms) -> list[int]:
    """Indexes of the few passages worth a close look: all are skimmed with `quick_score`."""
    scores = [quick_score(passage.text, terms) for passage in passages]
    if not any(scores) and terms.needles:
        scores = [_quick(normalise(passage.text).lower(), terms) for passage in passages]
    best = nlargest(_EXAMINED, range(len(scores)), key=lambda index: (scores[index], -index))
    return [index for index in best if scores[index]]


def _closely(text: str, terms: HighlightTerms) -> tuple[int, int]:
    """Distinct terms, and how often any of them occurs."""
    found = _matches(text, terms)
    return len({match.group for match in found}), len(found)


def best_passage(passages: Sequence[StoredPassage], terms: HighlightTerms) -> int:
    """Index of the passage with most of the distinct terms, then most occurrences, then the first.

    0 when none has any. Raises ValueError when there are no passages.
    """
    if not passages:
        raise ValueError("no passages")
    return max(
        _promising(passages, terms),
        key=lambda index: (*_closely(passages[index].text, terms), -index),
        default=0,
    )


def best_passages(
    passages: Sequence[StoredPassage], terms: HighlightTerms, *, nearest: int | None = None
) -> tuple[int, ...]:
    """Indexes of what to show of a document: the passage with most of the words, and that nearest
    in meaning (`nearest` is its ordinal, as `Candidate.passage`) where it is another.

    One that has all the words of the other is shown alone. Never empty, except for no passages.
    """
    if not passages:
        return ()
    by_words = best_passage(passages, terms)
    by_meaning = next((i for i, each in enumerate(passages) if each.ordinal == nearest), None)
    if by_meaning is None:
        return (by_words,)
    terms_there = _closely(passages[by_meaning].text, terms)[0]
    if terms_there >= _closely(passages[by_words].text, terms)[0]:
        return (by_meaning,)
    return (by_words, by_meaning)


# --- marking ------------------------------------------------------------------------------------


def _escape(text: str) -> str:
    escaped = html.escape(text)
    return escaped if escaped.isascii() else _SURROGATE.sub("\ufffd", escaped)


def _marked(text: str, start: int, end: int, matches: Sequence[_Match]) -> str:
    """`text[start:end]` escaped; marks that touch or have only spaces between them are one."""
    spans: list[list[int]] = []
    for match in matches:
        first, last = max(match.start, start), min(match.end, end)
        if first >= last:
            continue
        if spans and (first <= spans[-1][1] or _JOINS.fullmatch(text, spans[-1][1], first)):
            spans[-1][1] = max(last, spans[-1][1])
        else:
            spans.append([first, last])
    parts = []
    position = start
    for first, last in spans:
        parts.append(f"{_escape(text[position:first])}<mark>{_escape(text[first:last])}</mark>")
        position = last
    parts.append(_escape(text[position:end]))
    return "".join(parts)


def mark_all(text: str, terms: HighlightTerms) -> str:
    """The whole text as html with every match marked, for titles and whole passages."""
    return _marked(text, 0, len(text), _matches(text, terms))


# --- choosing -----------------------------------------------------------------------------------


def _densest(matches: Sequence[_Match], width: int) -> tuple[int, int]:
    """First and last position of the run of matches within `width` that has most distinct terms,
    then most matches, then stands first.
    """
    groups: Counter[int] = Counter()
    best = (0, 0)
    chosen = matches[0].start, matches[0].end
    first = 0
    for last, match in enumerate(matches):
        groups[match.group] += 1
        while first < last and match.end - matches[first].start > width:
            gone = matches[first].group
            groups[gone] -= 1
            if not groups[gone]:
                del groups[gone]
            first += 1
        score = (len(groups), last - first)
        if score > best:
            best = score
            chosen = matches[first].start, match.end
    return chosen


def _skip_spaces(text: str, position: int, limit: int) -> int:
    while position < limit and text[position].isspace():
        position += 1
    return position


def _start(text: str, first: int, lowest: int, wanted: int) -> int:
    """The start of the sentence that `first` stands in; a word's start near `wanted` if that is
    before `lowest`.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text, lowest, first)]
    if ends:
        return _skip_spaces(text, ends[-1], first)
    if lowest == 0:
        return 0
    for position in range(max(wanted, lowest), first):
        if text[position].isspace():
            return _skip_spaces(text, position, first)
    return first


def _end(text: str, last: int, start: int, limit: int) -> int:
    """The end of a sentence before `limit` if that fills the snippet, else the end of a word."""
    if limit >= len(text):
        return len(text)
    least = max(last, start + int((limit - start) * _LEAST_FILLED))
    ends = [match.end() for match in _SENTENCE_END.finditer(text, least, limit)]
    if ends:
        return ends[-1]
    for position in range(limit, last, -1):
        if text[position].isspace():
            return position
    return limit


def _around(text: str, first: int, last: int, width: int) -> tuple[int, int]:
    """At most `width` characters that hold `first` to `last`, cut at sentences where possible."""
    if len(text) <= width:
        return 0, len(text)
    if last - first >= width:
        return first, first + width
    room = width - (last - first)
    start = _start(text, first, max(0, first - room), first - room // 3)
    end = _end(text, last, start, start + width)
    if end == len(text) and end - start < width * _LEAST_FILLED:
        # Near the end of the text there is room for the sentences before.
        lowest = max(0, end - width)
        earlier = [match.end() for match in _SENTENCE_END.finditer(text, lowest, start)]
        start = 0 if lowest == 0 else _skip_spaces(text, min(earlier, default=start), start)
    while end > last and text[end - 1].isspace():
        end -= 1
    return start, end


def _spans(text: str, matches: list[_Match], width: int, count: int) -> list[tuple[int, int]]:
    """Up to `count` stretches that do not overlap, best first chosen, in the order of the text."""
    chosen: list[tuple[int, int]] = []
    rest = matches
    while rest and len(chosen) < count:
        start, end = _around(text, *_densest(rest, width), width)
        for earlier_start, earlier_end in chosen:
            if start < earlier_end and end > earlier_start:
                start, end = (earlier_end, end) if start > earlier_start else (start, earlier_start)
        if start < end:
            chosen.append((start, end))
        rest = [
            match
            for match in rest
            if all(match.end <= low or match.start >= high for low, high in (*chosen, (start, end)))
        ]
    return sorted(chosen)


def highlight(text: str, terms: HighlightTerms, *, width: int = 280, max_snippets: int = 1) -> Snippet:
    """Up to `max_snippets` stretches of at most `width` characters around the best matches.

    A stretch begins at a sentence where that leaves room for the matches. Without a match it is the
    beginning of the text; further ones are added only for matches that are not shown yet.
    """
    width = max(width, 1)
    matches = _matches(text, terms)
    spans = _spans(text, matches, width, max(max_snippets, 1)) or [_around(text, 0, 0, width)]
    shown = {match.group for match in matches if any(match.start < end and match.end > start for start, end in spans)}
    return Snippet(
        pieces=tuple(Piece(_marked(text, low, high, matches), low, high) for low, high in spans),
        matched=len(shown),
        cut_before=bool(text[: spans[0][0]].strip()),
        cut_after=bool(text[spans[-1][1] :].strip()),
    )
