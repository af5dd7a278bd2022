"""Merit (METHODS 3): the rubric, what it comes to, and when a third scorer is asked. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

FLOOR = 60.0
"""Nobody below gets a seat."""
GAP = 20.0
"""Two scores further apart than this ask for a third."""
SCORERS = 2
HIDDEN = "[…]"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rubric."""

    code: str
    label: str
    weight: float


RUBRIC: tuple[Criterion, ...] = (
    Criterion("relevance", "Relevance of the present role to the need", 0.30),
    Criterion("prerequisites", "Prerequisites and qualifications", 0.20),
    Criterion("record", "Training record and past course evaluations", 0.15),
    Criterion("appraisal", "Performance appraisal, by rank within the cohort", 0.10),
    Criterion("language", "Language and fitness for this course", 0.10),
    Criterion("plan", "Plan to pass the knowledge on", 0.15),
)


def total_of(criteria: Mapping[str, float]) -> float:
    """`M = 100 x sum(w_k s_k)` with every s_k in 0..1, to two decimals."""
    return round(100 * sum(one.weight * criteria.get(one.code, 0.0) for one in RUBRIC), 2)


def needs_third(totals: Sequence[float]) -> bool:
    """True when the first two are further apart than the gap and nobody else has scored."""
    return len(totals) == SCORERS and max(totals) - min(totals) > GAP


def final(totals: Sequence[float]) -> float | None:
    """The median; None while scores are missing."""
    if len(totals) < SCORERS or needs_third(totals):
        return None
    return round(median(totals), 2)


def blind(text: str, words: Iterable[str]) -> str:
    """The text without the names in it: what scorers read."""
    names = sorted({word for word in words if len(word) > 2}, key=len, reverse=True)
    if not names:
        return text
    pattern = "|".join(re.escape(name) for name in names)
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)


def names_in(text: str, words: Iterable[str]) -> bool:
    """True when the text names the candidate or his organisation."""
    return blind(text, words) != text
