"""How far a difference between two systems could be chance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

RESAMPLES = 10_000
SEED = 20_261_124


class Interval(NamedTuple):
    """The mean of paired differences with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """True when zero lies outside."""
        return self.low > 0 or self.high < 0


def paired_interval(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Percentile bootstrap of `first - second`, question by question; the same numbers give the same interval.

    Raises ValueError for lists of different length, or none at all.
    """
    if len(first) != len(second) or not first:
        raise ValueError("two lists of the same questions are needed")
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    draw = np.random.default_rng(SEED)
    # How often each question is drawn, instead of which: (resamples, n) small counts.
    counts = draw.multinomial(len(differences), np.full(len(differences), 1 / len(differences)), size=RESAMPLES)
    low, high = np.percentile(counts @ differences / len(differences), [2.5, 97.5])
    return Interval(float(differences.mean()), float(low), float(high))
