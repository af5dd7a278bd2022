"""Choosing from arrays: the best vector of each row, and the first rows of an order without ordering all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from search.engines.embedded.kernels import Scores
from search.engines.embedded.values import Numbers


@dataclass(frozen=True, slots=True)
class VectorMatches:
    """Some vectors with their rows and scores, in the order of the file: a row's vectors stand together."""

    slots: Numbers
    owners: NDArray[np.int32]
    scores: Scores
    rows: NDArray[np.int32]
    """Each owner once."""
    best: Scores
    """The highest score of each of the rows."""
    best_at: Numbers
    """Where in `slots` it stands, first."""

    @classmethod
    def of(cls, slots: Numbers, owners: NDArray[np.int32], scores: Scores) -> Self:
        """With the best of each row found."""
        if not len(slots):
            return cls(slots, owners, scores, owners, scores, slots)
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        best = np.maximum.reduceat(scores, firsts)
        group = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=len(owners)))
        reached = np.flatnonzero(scores == best[group])
        return cls(slots, owners, scores, owners[firsts], best, reached[np.diff(group[reached], prepend=-1) != 0])

    def at_least(self, least: float) -> Self:
        """Those whose own score reaches it."""
        kept = self.scores >= least
        return type(self).of(self.slots[kept], self.owners[kept], self.scores[kept])


def foremost(places: Numbers, depth: int, order: Sequence[NDArray[Any]]) -> Numbers:
    """The first `depth` of the places by those numbers, in any order; more where the numbers do not tell them apart."""
    if not order or not 0 < depth < len(places):
        return places if depth > 0 else np.empty(0, np.int64)
    values = order[0][places]
    cut = nth_largest(values, depth)
    above = places[values > cut]
    return np.concatenate([above, foremost(places[values == cut], depth - len(above), order[1:])])


def nth_largest(values: NDArray[Any], n: int) -> Any:
    """The n-th from above, of at least n numbers."""
    return np.partition(values, len(values) - n)[len(values) - n]
