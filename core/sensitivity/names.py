"""Names of persons beside an identifier, and names with a father's or a husband's.

A name alone is no secret: authors, teachers and offices have names. It becomes one beside a number that is a person's.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from core.sensitivity.lexicon import GIVEN, NOT_IN_NAMES, PERSONS, PERSONS_URDU, TITLES, URDU_NAMES
from core.sensitivity.model import Kind

Span = tuple[int, int]
Anchor = tuple[int, int, str]
CLOSE, FAR = 45, 110
"""How far from an identifier a name may stand: by its shape alone, and behind a word like `accused`."""
_STRONG = {Kind.ID_CARD, Kind.PASSPORT, Kind.PHONE, Kind.BANK_ACCOUNT, Kind.IMEI, Kind.IMSI}
"""Beside these, capital letters make a name. Beside the others they are as often those of a place or an office."""
_LETTERS = r"[^\W\d_]{1,19}+"
_WORD = rf"[A-ZÀ-ÖØ-ÞČĆĐŠŽİĞŞ](?:{_LETTERS}(?:['-]{_LETTERS}){{0,2}}+|'{_LETTERS})"
_RUN = re.compile(rf"(?<![\w'./@-]){_WORD}(?: {_WORD}){{0,5}}+")
_RUN_AT_END = re.compile(rf"(?<![\w'./@-]){_WORD}(?: {_WORD}){{0,3}} ?\Z")
_RUN_AT_START = re.compile(rf" ?{_WORD}(?: {_WORD}){{0,3}}+")
_PARENT = re.compile(r"(?<= )(?:(?i:[sdw]/o|[sdw]\. ?o\.)|(?:son|daughter|wife|widow) of)(?= )")
_URDU_PARENT = re.compile(r"(?<= )(?:ولد|ولدیت|بنت|دختر|زوجہ|بیوہ)(?= )")
_URDU_WORD = re.compile(r"[\u0621-\u06d3]{2,20}+")
_URDU_RUN = re.compile(r"(?<![\u0621-\u06d3])[\u0621-\u06d3]{2,20}+(?: [\u0621-\u06d3]{2,20}+){0,4}")
_PERSON_BEFORE = re.compile(rf"(?i:\b(?:{'|'.join(PERSONS)})[\.:,;]? ?\(?)\Z")
_BREAK = re.compile(
    r"(?<!\b[NMDT][oOrRse])(?<!\b[nN]os)(?<!\bMrs)(?<!\bTel)[.!?](?=\s)|۔|؟|\n[ \t]{0,8}\n|\n[ ]{0,3}[-*#|]"
)


def names_beside(text: str, anchors: Iterable[Anchor]) -> Iterator[Span]:
    """Names in a folded text: all with a parent's name, then those beside one of the identifiers."""
    yield from _with_parents(text)
    ordered = sorted(anchors)
    if not ordered:
        return
    starts = [start for start, _, _ in ordered]
    for start, end, is_marked in _candidates(text):
        if any(
            _is_beside(text, (start, end), is_marked, anchor) for anchor in _neighbours(ordered, starts, start, end)
        ):
            yield start, end


def _neighbours(ordered: Sequence[Anchor], starts: Sequence[int], start: int, end: int) -> Sequence[Anchor]:
    """The two identifiers before and the two behind: further ones are never nearer."""
    return ordered[max(0, bisect_left(starts, start) - 2) : bisect_left(starts, end) + 2]


def _is_beside(text: str, name: Span, is_marked: bool, anchor: Anchor) -> bool:  # noqa: FBT001 - private
    start, end, kind = anchor
    gap = (name[1], start) if name[1] <= start else (end, name[0])
    if kind not in _STRONG and not is_marked and not _is_known(text[name[0] : name[1]]):
        return False
    if not 0 <= gap[1] - gap[0] <= (FAR if is_marked else CLOSE):
        return False
    return _BREAK.search(text, gap[0], gap[1]) is None


def _is_known(name: str) -> bool:
    return any(word.casefold() in GIVEN or word in URDU_NAMES for word in name.split())


def _with_parents(text: str) -> Iterator[Span]:
    for link in _PARENT.finditer(text):
        before = _RUN_AT_END.search(text, max(0, link.start() - 80), link.start())
        after = _RUN_AT_START.match(text, link.end())
        if before and after:
            start, end, _ = _trimmed(text, before.start(), before.end())
            if start < end:
                last = _trimmed(text, after.start(), after.end())[1]
                yield start, max(last, link.end())
    for link in _URDU_PARENT.finditer(text):
        first = _urdu_before(text, link.start())
        last = _urdu_after(text, link.end())
        if first < link.start() and last > link.end():
            yield first, last


def _urdu_before(text: str, end: int) -> int:
    """Where the name before `ولد` begins: known names, at most four, or one word that is no title."""
    begin = max(0, end - 70)
    words = list(_URDU_WORD.finditer(text, begin, end))
    start = end
    for number, word in enumerate(reversed(words[-4:])):
        if text[word.end() : start].strip(" ") or word[0] in PERSONS_URDU:
            break
        if word[0] not in URDU_NAMES and number:
            break
        start = word.start()
    return start


def _urdu_after(text: str, start: int) -> int:
    end = start
    for number, word in enumerate(_URDU_WORD.finditer(text, start, start + 70)):
        if text[end : word.start()].strip(" ") or number == 4 or (number and word[0] not in URDU_NAMES):
            break
        end = word.end()
    return end


def _candidates(text: str) -> Iterator[tuple[int, int, bool]]:
    """What may be a name: start, end, and whether a word like `accused` stands before it."""
    for run in _RUN.finditer(text):
        start, end, is_marked = _trimmed(text, run.start(), run.end())
        is_marked = is_marked or _PERSON_BEFORE.search(text, max(0, start - 25), start) is not None
        words = text[start:end].split()
        if not words or any(word.casefold() in NOT_IN_NAMES for word in words):
            continue
        if any(word.isupper() for word in words) and not _is_known(text[start:end]):
            continue
        if len(words) >= 2 or is_marked:
            yield start, end, is_marked
    for run in _URDU_RUN.finditer(text):
        yield from _urdu_candidates(run)


def _urdu_candidates(run: re.Match[str]) -> Iterator[tuple[int, int, bool]]:
    """Within Urdu words, which have no capitals: two known names or more side by side."""
    words = list(_URDU_WORD.finditer(run[0]))
    at = 0
    while at < len(words):
        after = at
        while after < len(words) and words[after][0] in URDU_NAMES:
            after += 1
        if after - at >= 2:
            is_marked = at > 0 and words[at - 1][0] in PERSONS_URDU
            yield run.start() + words[at].start(), run.start() + words[after - 1].end(), is_marked
        at = max(after, at + 1)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """The run without titles and other words before and behind, and whether one of them was said of a person."""
    words = [(start + found.start(), start + found.end()) for found in re.finditer(r"\S{1,60}", text[start:end])]
    is_marked = False
    while words:
        first = text[words[0][0] : words[0][1]].casefold()
        if first not in TITLES and first not in PERSONS:
            break
        is_marked = is_marked or first in PERSONS
        words.pop(0)
    while words and text[words[-1][0] : words[-1][1]].casefold() in TITLES:
        words.pop()
    return (words[0][0], words[-1][1], is_marked) if words else (start, start, is_marked)
