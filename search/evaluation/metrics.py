"""Measures of a ranked list against graded judgements, as trec_eval defines them.

Grades are whole numbers, 0 for what was not judged. A question without any positive grade has no measure here: what
matters for it is whether the list was empty.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Document = TypeVar("Document", bound=Hashable)
"""Whatever names a document: two of different kinds must have different names."""


def ndcg(ranked: Sequence[Document], grades: Mapping[Document, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth`, 0 to 1.

    Gain is the grade, discount log2(rank + 1), the ideal list holds all judged documents (Jaervelin and Kekaelaeinen
    2002, with the linear gain of trec_eval's `ndcg_cut`).
    """
    gained = sum(grades.get(one, 0) / math.log2(place + 1) for place, one in enumerate(ranked[:depth], start=1))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    ideal = sum(grade / math.log2(place + 1) for place, grade in enumerate(best, start=1))
    return gained / ideal if ideal else 0.0


def reciprocal_rank(ranked: Sequence[Document], grades: Mapping[Document, int], depth: int = 10) -> float:
    """One over the place of the first document with a positive grade; 0 when it is not among the first `depth`."""
    for place, one in enumerate(ranked[:depth], start=1):
        if grades.get(one, 0) > 0:
            return 1.0 / place
    return 0.0


def recall(ranked: Sequence[Document], grades: Mapping[Document, int], depth: int = 20) -> float:
    """Share of the documents with a positive grade that are among the first `depth`."""
    relevant = {one for one, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0
