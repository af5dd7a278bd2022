"""The exact values of rows as numbers: what filters ask for and facets count, in memory beside the other columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.engines.common import value_term

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Values:
    """Field and value of every row, each pair as a number. Immutable, as the rows it belongs to are."""

    pairs: tuple[tuple[str, str], ...]
    """Field and value by number."""
    numbers: Mapping[tuple[str, str], int]
    starts: Numbers
    """`(rows + 1,)`: where the numbers of each row begin in `flat`."""
    flat: NDArray[np.int32]

    @classmethod
    def none(cls) -> "Values":
        """Of no rows."""
        return cls((), {}, np.zeros(1, np.int64), np.empty(0, np.int32))

    def extended(self, added: Sequence[Mapping[str, Sequence[str]]]) -> "Values":
        """These and those of further rows, each row's by field."""
        numbers, flat, ends = dict(self.numbers), list[int](), list[int]()
        for values in added:
            flat += [numbers.setdefault((name, one), len(numbers)) for name, held in values.items() for one in held]
            ends.append(len(flat))
        return Values(
            tuple(numbers),
            numbers,
            np.concatenate([self.starts, len(self.flat) + np.array(ends, np.int64)]),
            np.concatenate([self.flat, np.array(flat, np.int32)]),
        )


class RowFacets:
    """The facet values of some rows: which rows have a value, and how often each occurs."""

    def __init__(self, values: Values, rows: Numbers) -> None:
        self._values = values
        self._size = len(rows)
        starts = values.starts[rows]
        counts = values.starts[rows + 1] - starts
        self._owner = np.repeat(np.arange(self._size), counts)
        # The places of all ranges in one array: each begins where it does in `flat` instead of where it does here.
        shift = np.repeat(starts - (np.cumsum(counts) - counts), counts)
        self._numbers = values.flat[np.arange(len(shift)) + shift]

    def any_of(self, name: str, wanted: Iterable[str]) -> Mask:
        """`(rows,)`: which of the rows hold one of those values of a field."""
        known = self._values.numbers
        chosen = [known[pair] for value in wanted if (pair := (name, value_term(value))) in known]
        holds = np.zeros(self._size, np.bool_)
        holds[self._owner[np.isin(self._numbers, chosen)]] = True
        return holds

    def counts(self, kept: Mask, names: Iterable[str]) -> dict[str, dict[str, int]]:
        """By field, how many of the kept rows hold each of its values; none that nobody holds."""
        counted = np.bincount(self._numbers[kept[self._owner]], minlength=len(self._values.pairs))
        found: dict[str, dict[str, int]] = {name: {} for name in names}
        for number in np.flatnonzero(counted).tolist():
            name, value = self._values.pairs[number]
            if name in found:
                found[name][value] = int(counted[number])
        return found
