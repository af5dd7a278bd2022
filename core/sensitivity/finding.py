"""Look for sensitive items, and put words in their place."""

import re
from collections.abc import Callable, Iterable, Iterator

from core.sensitivity import names
from core.sensitivity.folding import Folded, fold
from core.sensitivity.model import LABELS, Finding, Kind, Rules

BEFORE, AFTER = 60, 30
"""How far from an item the words that explain it may stand."""
_PARAGRAPH = re.compile(r"\n[ \t]{0,8}\n")


def find(text: str, rules: Rules) -> tuple[Finding, ...]:
    """Every sensitive item, in order of place, none overlapping another. Takes time proportional to the text."""
    folded = fold(text)
    # Sure ones first, then in the order of the patterns: where two fit the same characters the first one counts.
    found = sorted(_candidates(folded.text, rules), key=lambda one: (not one[0].is_sure, one[1]))
    taken = _Taken(len(folded.text))
    kept = [finding for finding, _ in found if taken.take(finding.start, finding.end)]
    if Kind.NAME not in rules.off:
        anchors = [(one.start, one.end, one.kind) for one in kept]
        persons = names.names_beside(folded.text, anchors)
        kept += [Finding(Kind.NAME, start, end, "") for start, end in persons if taken.take(start, end)]
    return tuple(_as_written(text, folded, one) for one in sorted(kept, key=lambda one: one.start))


def mask(text: str, findings: Iterable[Finding], label: Callable[[str], str] | None = None) -> str:
    """The text with the kind of each item in brackets in its place, so that a reader still knows what stood there."""
    name = label or (lambda kind: LABELS.get(kind, kind))
    pieces, done = [], 0
    for one in sorted(findings, key=lambda one: one.start):
        pieces += [text[done : one.start], f"[{name(one.kind)}]"]
        done = one.end
        if text[done : done + 1] in ("(", "[", ":"):
            # Right behind brackets these would make a link, or a definition that is not shown, of Markdown.
            pieces.append(" ")
    return "".join([*pieces, text[done:]])


def _candidates(text: str, rules: Rules) -> Iterator[tuple[Finding, int]]:
    for rank, pattern in enumerate(rules.patterns):
        if pattern.kind in rules.off:
            continue
        for match in pattern.shape.finditer(text):
            start, end = match.span("it" if "it" in pattern.shape.groupindex else 0)
            item = text[start:end]
            if pattern.holds is not None and not pattern.holds(item):
                continue
            if pattern.kind == Kind.EMAIL and not _is_wanted(item, rules):
                continue
            is_near = pattern.near is None or _is_near(pattern.near, text, start, end)
            if pattern.needs_near and not is_near:
                continue
            if pattern.unless is not None and pattern.unless.search(text[max(0, start - 2 * BEFORE) : start]):
                continue
            yield Finding(pattern.kind, start, end, item, is_near), rank


def _is_near(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    before = _PARAGRAPH.split(text[max(0, start - BEFORE) : start])[-1]
    return bool(words.search(before) or words.search(_PARAGRAPH.split(text[end : end + AFTER])[0]))


def _is_wanted(address: str, rules: Rules) -> bool:
    return rules.every_email or address.rpartition("@")[2].casefold() in rules.private_domains


def _as_written(text: str, folded: Folded, one: Finding) -> Finding:
    start, end = folded.place(one.start, one.end)
    return Finding(one.kind, start, end, text[start:end], one.is_sure)


class _Taken:
    """Characters that belong to an item already: one byte for each, so that many items cost no more than few."""

    def __init__(self, length: int) -> None:
        self._bytes = bytearray(length)

    def take(self, start: int, end: int) -> bool:
        """True when the stretch was free; now it is taken."""
        if self._bytes.find(1, start, end) >= 0:
            return False
        self._bytes[start:end] = b"\x01" * (end - start)
        return True
