"""The arithmetic of an assessment round (METHODS section 1). Pure: numbers in, numbers with their parts out.

No answer is never zero: a measure that nobody gave is None, and takes part in nothing. With fewer than `ENOUGH` answers a
measure is indicative only, and the page says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean, median

ENOUGH = 3
"""Fewer answers than this are indicative."""
FIRST = 5
"""The head of the list that the weights are tried on."""
SWING = 0.2
"""How far each weight is moved up and down."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one respondent says about one competency, each from 1 to 5."""

    importance: int
    ability: int


@dataclass(frozen=True, slots=True)
class Named:
    """One organisation names a topic. What it left open is None."""

    organisation_id: int
    officers: int | None = None
    urgency: int | None = None
    strength: int = 0
    """Of the organisation."""


def relevance(naming: int, answering: int) -> float | None:
    """`R = organisations naming the topic / organisations answering`; None as long as none answered."""
    return naming / answering if answering else None


def mean_urgency(values: Iterable[int | None]) -> float | None:
    """`U`, the mean of 1 (nice to have) to 6 (work suffers without it within a year) over those who gave one."""
    given = [value for value in values if value is not None]
    return fmean(given) if given else None


@dataclass(frozen=True, slots=True)
class Volume:
    """`V`: officers to be trained, and the median per organisation, so that one huge answer does not rule."""

    total: int
    median: float
    n: int


def volume(values: Iterable[int | None]) -> Volume | None:
    """Sum and median over the organisations that gave a number; None when none did."""
    given = [value for value in values if value is not None]
    return Volume(sum(given), median(given), len(given)) if given else None


@dataclass(frozen=True, slots=True)
class Borich:
    """Mean weighted discrepancy score with what it is made of."""

    n: int
    mean_importance: float
    mean_ability: float
    gaps: tuple[int, ...]
    """`D_i = I_i - C_i`, importance less ability, respondent by respondent."""
    mwds: float

    @property
    def sum_of_gaps(self) -> int:
        """The first factor: `MWDS = sum of gaps x mean importance / n`."""
        return sum(self.gaps)


def borich(ratings: Sequence[Rating]) -> Borich | None:
    """`MWDS = (sum of D_i x mean(I)) / N`, from -20 to 20 (Borich 1980); None without ratings.

    I = 5,5,4,5,3 and C = 2,3,3,2,3: mean I 4.4, D = 3,2,1,3,0, so 9 x 4.4 / 5 = 7.92.
    """
    if not ratings:
        return None
    importance = fmean(one.importance for one in ratings)
    gaps = tuple(one.importance - one.ability for one in ratings)
    ability = fmean(one.ability for one in ratings)
    return Borich(len(ratings), importance, ability, gaps, sum(gaps) * importance / len(ratings))


def ranked_discrepancy(ratings: Sequence[Rating]) -> float | None:
    """`RDM = 100 x (share with C > I - share with C < I)`: the more negative, the bigger the need. None without ratings."""
    if not ratings:
        return None
    above = sum(one.ability > one.importance for one in ratings)
    below = sum(one.ability < one.importance for one in ratings)
    return 100 * (above - below) / len(ratings)


def coverage(covered: int, officers: int | None) -> float | None:
    """`min(1, officers provided for / officers needing)`; None as long as nobody said how many need it."""
    if officers is None:
        return None
    return min(1.0, covered / officers) if officers else 1.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts. They add up to 1."""

    relevance: float = 0.25
    urgency: float = 0.30
    gap: float = 0.25
    strategy: float = 0.10
    uncovered: float = 0.10


WEIGHTS = Weights()
"""Our own design (METHODS section 1, [D]); the page of results shows them."""
PARTS = tuple(one.name for one in fields(Weights))


@dataclass(frozen=True, slots=True)
class Composite:
    """A priority with every part, each from 0 to 1; a part that nobody gave is None."""

    parts: Mapping[str, float | None]
    weights: Weights

    @property
    def missing(self) -> tuple[str, ...]:
        """Parts that nobody gave."""
        return tuple(name for name in PARTS if self.parts[name] is None)

    def points(self, name: str) -> float | None:
        """What a part adds to the priority."""
        value = self.parts[name]
        return None if value is None else 100 * self._weight(name) * value / self._known

    @property
    def priority(self) -> float | None:
        """`P`, 0 to 100, over the parts that are known: their weights are scaled up to 1. None when R, U and MWDS all are missing."""
        if all(self.parts[name] is None for name in ("relevance", "urgency", "gap")):
            return None
        return sum(points for name in PARTS if (points := self.points(name)) is not None)

    @property
    def _known(self) -> float:
        return sum(self._weight(name) for name in PARTS if self.parts[name] is not None)

    def _weight(self, name: str) -> float:
        return float(getattr(self.weights, name))


def composite(
    *,
    relevance: float | None,
    urgency: float | None,
    mwds: float | None,
    strategy: float,
    coverage: float | None,
    weights: Weights = WEIGHTS,
) -> Composite:
    """`P = 100 x (0.25 R + 0.30 (U-1)/5 + 0.25 max(0, MWDS)/20 + 0.10 S + 0.10 (1 - coverage))`."""
    parts = {
        "relevance": relevance,
        "urgency": None if urgency is None else (urgency - 1) / 5,
        "gap": None if mwds is None else max(0.0, mwds) / 20,
        "strategy": strategy,
        "uncovered": None if coverage is None else 1 - coverage,
    }
    return Composite(parts, weights)


@dataclass(frozen=True, slots=True)
class Asked:
    """A topic of a round with all that was answered about it."""

    key: int
    """Ascending with age."""
    named: tuple[Named, ...]
    ratings: tuple[Rating, ...]
    strategy: float
    """1 for a declared strategic theme, 0.5 for a cross-cutting one, else 0."""
    covered: int = 0
    """Officers provided for: seats firmly available, and those whose need the staff confirmed to be answered by knowledge."""


@dataclass(frozen=True, slots=True)
class Result:
    """The measures of one topic."""

    key: int
    naming: int
    answering: int
    relevance: float | None
    urgency: float | None
    urgency_n: int
    volume: Volume | None
    borich: Borich | None
    rdm: float | None
    strategy: float
    coverage: float | None
    strength_share: float | None
    """Share of the strength of all that answered which the naming ones have."""
    composite: Composite

    @property
    def priority(self) -> float | None:
        """The composite."""
        return self.composite.priority

    @property
    def is_indicative(self) -> bool:
        """Too few answers to lean on: organisations that answered, or respondents where there are any."""
        return self.answering < ENOUGH or (self.borich is not None and self.borich.n < ENOUGH)


def measure(asked: Asked, answering: Mapping[int, int], weights: Weights = WEIGHTS) -> Result:
    """All measures of a topic. `answering` has the strength of every organisation that answered the round."""
    urgency, officers = mean_urgency(one.urgency for one in asked.named), volume(one.officers for one in asked.named)
    rate, gap = relevance(len(asked.named), len(answering)), borich(asked.ratings)
    covered = coverage(asked.covered, officers.total if officers else None)
    strength = sum(answering.values())
    return Result(
        key=asked.key,
        naming=len(asked.named),
        answering=len(answering),
        relevance=rate,
        urgency=urgency,
        urgency_n=sum(one.urgency is not None for one in asked.named),
        volume=officers,
        borich=gap,
        rdm=ranked_discrepancy(asked.ratings),
        strategy=asked.strategy,
        coverage=covered,
        strength_share=sum(one.strength for one in asked.named) / strength if strength else None,
        composite=composite(
            relevance=rate,
            urgency=urgency,
            mwds=gap.mwds if gap else None,
            strategy=asked.strategy,
            coverage=covered,
            weights=weights,
        ),
    )


def by_priority(results: Iterable[Result]) -> list[Result]:
    """Highest priority first; ties go to the higher U, then the larger V, then the older. Those without a priority come last."""
    return sorted(results, key=lambda one: (-_or(one.priority, -1), *_ties(one)))


def one_body_one_vote(results: Iterable[Result]) -> list[Result]:
    """Every organisation that names a topic counts once, whatever its size; ties as in `by_priority`."""
    return sorted(results, key=lambda one: (-one.naming, *_ties(one)))


def by_strength(results: Iterable[Result]) -> list[Result]:
    """An organisation counts by its strength; ties as in `by_priority`."""
    return sorted(results, key=lambda one: (-_or(one.strength_share, -1), *_ties(one)))


@dataclass(frozen=True, slots=True)
class Swing:
    """One weight moved, and who leaves or enters the first five for it."""

    part: str
    factor: float
    left: tuple[int, ...]
    entered: tuple[int, ...]


def sensitivity(results: Sequence[Result], weights: Weights = WEIGHTS) -> list[Swing]:
    """Every move of a single weight by +-20 % that changes which topics are the first five; empty when none does."""
    head = [one.key for one in by_priority(results)[:FIRST]]
    found = []
    for part in PARTS:
        for factor in (1 - SWING, 1 + SWING):
            moved = replace(weights, **{part: getattr(weights, part) * factor})
            other = [replace(one, composite=replace(one.composite, weights=moved)) for one in results]
            keys = [one.key for one in by_priority(other)[:FIRST]]
            left, entered = (tuple(k for k in a if k not in b) for a, b in ((head, keys), (keys, head)))
            if left or entered:
                found.append(Swing(part, factor, left, entered))
    return found


def _ties(one: Result) -> tuple[float, float, int]:
    return -_or(one.urgency, 0), -(one.volume.total if one.volume else 0), one.key


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
