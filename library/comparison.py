"""What is different between two texts, line by line."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

CONTEXT = 2
"""Unchanged lines shown around a change."""
MAX_LINES = 2_000
"""Of each side, beyond what both begin and end with: comparing takes time by their product."""


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left_out"
    """Stands for unchanged lines that are not shown; its text is empty."""


class Line(NamedTuple):
    """A line of a comparison."""

    change: Change
    text: str


def compare(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """The changes with a little around them, in the order of the new text; empty for the same texts."""
    if list(old) == list(new):
        return []
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    lines = [Line(Change.SAME, text) for text in old[:start]]
    lines += _changed(before, after)
    lines += [Line(Change.SAME, text) for text in old[len(old) - end :]]
    return _shortened(lines)


def _changed(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    removed = [Line(Change.REMOVED, text) for text in before]
    added = [Line(Change.ADDED, text) for text in after]
    if max(len(before), len(after)) > MAX_LINES:
        return removed + added
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            lines += [Line(Change.SAME, text) for text in before[old_from:old_to]]
        else:
            lines += removed[old_from:old_to] + added[new_from:new_to]
    return lines


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((count for count, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _shortened(lines: list[Line]) -> list[Line]:
    near = {
        close
        for place, line in enumerate(lines)
        if line.change is not Change.SAME
        for close in range(place - CONTEXT, place + CONTEXT + 1)
    }
    shown: list[Line] = []
    for place, line in enumerate(lines):
        if place in near:
            shown.append(line)
        elif not shown or shown[-1].change is not Change.LEFT_OUT:
            shown.append(Line(Change.LEFT_OUT, ""))
    return shown
