"""Who gets a free seat: the one pure rule of the wait-list."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class InLine(NamedTuple):
    """Somebody who waits for a seat."""

    key: int
    organisation: int
    place: int
    """His number in the line."""


def allot(
    capacity: int | None, per_organisation: int | None, taken: Iterable[int], line: Iterable[InLine]
) -> list[InLine]:
    """Those of the line who get a seat now, in its order. `taken` are the organisations of the seats that are taken.

    The line is served strictly in the order of joining it; who cannot be seated because his organisation has all of its seats
    is passed over and keeps his place. Never more seats than `capacity`, nor than `per_organisation` for one organisation;
    None is no limit.
    """
    used = Counter(taken)
    total = used.total()
    served: list[InLine] = []
    for one in sorted(line, key=lambda waiting: waiting.place):
        if capacity is not None and total >= capacity:
            break
        if per_organisation is not None and used[one.organisation] >= per_organisation:
            continue
        used[one.organisation] += 1
        total += 1
        served.append(one)
    return served
