"""Whether what a search found answers the question at all, or is only the least far from it.

No cosine tells a question without an answer from one of the same subject that has one; the share of the question's rare words
that stand together in one of the best hits, put beside the cosine, does. Pure functions but for `AnsweredQuestions`, which remembers.
"""

import math
import time
from collections.abc import Mapping, Sequence
from threading import Lock

from core.content import ContentRef
from search.engine import AccessFilter, StoredPassage
from search.fusion import Ranked
from search.highlight import HighlightTerms, largest_share
from search.term_weights import share_of

EXAMINED = 3
"""How many of the best hits are looked at."""
WEIGHT_OF_WORDS = 0.4
"""Twice that for words that the model has to spell: a cosine tells little of names and numbers of cases."""
_KEPT_SECONDS = 60.0
_MOST_KEPT = 4096


def confidence(
    best: Sequence[Ranked],
    passages: Mapping[ContentRef, Sequence[StoredPassage]],
    terms: HighlightTerms,
    weights: Sequence[float],
    spelled: Sequence[bool],
    similarity: float,
) -> float:
    """How far the best hits can be taken for an answer: the cosine of the nearest passage there is (`similarity`, 0 when none
    is near) plus `WEIGHT_OF_WORDS` times the share of the question's `weights` that stand together in one hit (`largest_share`), those
    that are `spelled` counted twice; infinite when all stand there.
    """
    counted = [weight * (1 + twice) for weight, twice in zip(weights, spelled, strict=True)]
    share = max(
        (largest_share(hit.candidate.title_key, passages.get(hit.ref, ()), terms, counted) for hit in best), default=0.0
    )
    if share >= 1.0:  # Who finds every word of his question in one place decides for himself.
        return math.inf
    return similarity + WEIGHT_OF_WORDS * share * (1 + share_of(spelled, weights))


class AnsweredQuestions:
    """Questions known to have an answer, by who asked: narrowing one must not ask again. Thread-safe.

    Only answers are remembered, for a minute: a question without one gets it as soon as there is one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: dict[tuple[AccessFilter, str], float] = {}

    def has(self, access: AccessFilter, text: str) -> bool:
        """Whether it was answered a moment ago."""
        return time.monotonic() < self._until.get((access, text), 0.0)

    def add(self, access: AccessFilter, text: str) -> None:
        """It was answered now."""
        with self._lock:
            if len(self._until) >= _MOST_KEPT:
                self._until.clear()
            self._until[access, text] = time.monotonic() + _KEPT_SECONDS
