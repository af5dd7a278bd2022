"""Snippets with the matched words marked, the same for every engine: escape first, then `<mark>`.

The html is a plain `str`; webapp says that it is safe.
"""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from search.highlight.terms import HighlightTerms, Match, find_matches

_SENTENCE_END = re.compile(r"[.!?\u061f\u06d4\u3002][\"'\u201d\u2019)\]]*(?=\s)|\n")
_JOINS = re.compile(r"[\s\-\u2010\u2011\u200c]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST_FILLED = 0.6
"""A snippet may end at a sentence's end when that leaves it filled to this share."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text: without tags and unescaped, `html` is exactly `text[start:end]`.

    (But for unpaired surrogates, which no page can carry: they become U+FFFD.)
    """

    html: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """The pieces to show, in the order of the text."""

    pieces: tuple[Segment, ...]
    matched: int
    """How many distinct terms of the question the pieces show."""
    cut_before: bool
    """Text stands before the first piece: show an ellipsis."""
    cut_after: bool

    @property
    def html(self) -> str:
        """The pieces joined with an ellipsis; with one piece, just that piece."""
        return " \u2026 ".join(piece.html for piece in self.pieces)


def _escape(text: str) -> str:
    escaped = html.escape(text)
    return escaped if escaped.isascii() else _SURROGATE.sub("\ufffd", escaped)


def _marked(text: str, start: int, end: int, matches: Sequence[Match]) -> str:
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
    return _marked(text, 0, len(text), find_matches(text, terms))


# --- choosing -----------------------------------------------------------------------------------


def _densest(matches: Sequence[Match], width: int) -> tuple[int, int]:
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


def _spans(text: str, matches: Sequence[Match], width: int, count: int) -> list[tuple[int, int]]:
    """Up to `count` stretches that do not overlap, best first chosen, in the order of the text."""
    chosen: list[tuple[int, int]] = []
    rest = list(matches)
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
    matches = find_matches(text, terms)
    spans = _spans(text, matches, width, max(max_snippets, 1)) or [_around(text, 0, 0, width)]
    shown = {match.group for match in matches if any(match.start < end and match.end > start for start, end in spans)}
    return Snippet(
        pieces=tuple(Segment(_marked(text, low, high, matches), low, high) for low, high in spans),
        matched=len(shown),
        cut_before=bool(text[: spans[0][0]].strip()),
        cut_after=bool(text[spans[-1][1] :].strip()),
    )
