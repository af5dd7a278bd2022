"""One order from two legs: pure arithmetic, the same for both engines.

Weighted sum of the legs, each divided by its best score and floored at 0, over a fixed pool per
leg. Measured on nine public collections (mean nDCG@10): BM25 0.525, dense 0.578, reciprocal rank
fusion 0.595, this 0.619; the weight and what else was tried: docs/decisions/0014. Then small boosts (METHODS section 9), at most a fifth up or down in all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from core.content import ContentRef, Signals
from search.engine import Candidate
from search.text import STOP_WORDS

WEIGHT_OF_MEANING = 0.7
CURRENT = 0.03
OVERDUE = -0.08
EVIDENCE_STEP = 0.02
"""Per step of the ladder 0..4 of the strength of evidence."""
SOLVED = 0.05
EXACT_TITLE = 0.15
BOOST_CAP = 0.20
_ACRONYM_LENGTHS = range(2, 11)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One hit in its final place, with the parts its place is explained by.

    For hits of the pool `score = (lexical_part + semantic_part) * (1 + boost)`, between 0 and 1.2.
    Hits beyond the pool have neither score nor boost, only their place.
    """

    ref: ContentRef
    score: float
    lexical_part: float
    """What the words contribute: the weight of words times the leg's score over its best."""
    semantic_part: float
    boost: float
    candidate: Candidate

    @classmethod
    def unranked(cls, candidate: Candidate) -> Self:
        """A hit whose place is its engine's word: of another order than relevance, or none."""
        return cls(candidate.ref, 0.0, 0.0, 0.0, 0.0, candidate)


def is_acronym_of(word: str, title: str) -> bool:
    """True when `word` is made of the initials of a title key, function words counted or not.

    The acronym itself may stand in the title: "mutual legal assistance mla".
    """
    if len(word) not in _ACRONYM_LENGTHS:
        return False
    others = [each for each in title.split() if each != word]
    significant = [each for each in others if each not in STOP_WORDS]
    return word in ("".join(each[0] for each in others), "".join(each[0] for each in significant))


def boost_of(signals: Signals, *, today: date, is_exact: bool) -> float:
    """The share by which a hit's score is raised or lowered, within `BOOST_CAP` either way.

    A record whose review is due today is still current.
    """
    boost = EVIDENCE_STEP * signals.evidence
    if signals.review_due is not None:
        boost += CURRENT if signals.review_due >= today else OVERDUE
    if signals.solved:
        boost += SOLVED
    if is_exact:
        boost += EXACT_TITLE
    return max(-BOOST_CAP, min(BOOST_CAP, boost))


def _pool(candidates: Iterable[tuple[float | None, ContentRef]], size: int) -> set[ContentRef]:
    """The best of one leg by score, ties by ref."""
    scored = sorted((-score, ref) for score, ref in candidates if score is not None)
    return {ref for _, ref in scored[:size]}


def _share(score: float | None, best: float) -> float:
    """A score as a share of its leg's best; 0 for none."""
    return max(0.0, score or 0.0) / best if best > 0 else 0.0


def _beyond(candidates: Sequence[Candidate], fused: set[ContentRef]) -> list[Ranked]:
    """What no pool holds, by its words."""
    left = [each for each in candidates if each.ref not in fused]
    left.sort(key=lambda each: (each.lexical is None, -(each.lexical or 0.0), each.ref))
    return [Ranked.unranked(each) for each in left]


def fuse(
    candidates: Sequence[Candidate],
    *,
    today: date,
    title_key: str,
    weight_of_meaning: float = WEIGHT_OF_MEANING,
    pool: int = 200,
    floor: float = -1.0,
) -> list[Ranked]:
    """All candidates in their final order, whatever order they came in. Ties go by ref.

    Only what is among the best `pool` of a leg is fused, with what both legs say of it: the meaning
    leg pools what is at least `floor` similar, as the engine was asked. `title_key` is the question's own, for the boost of an exact title or its acronym. A leg that found nothing
    leaves the whole weight to the other. Candidates that only words found beyond the pool follow in
    lexical order: asking the engine for more depth adds at the end and moves nothing, so pages fit
    together. (That needs an engine that breaks ties of the lexical score by ref, as this does.)
    """
    near = [each for each in candidates if each.similarity is None or each.similarity >= floor]
    pooled = _pool(((each.lexical, each.ref) for each in candidates), pool)
    pooled |= _pool(((each.semantic, each.ref) for each in near), pool)
    chosen = [each for each in candidates if each.ref in pooled]
    most_words = max((each.lexical for each in chosen if each.lexical is not None), default=None)
    most_meaning = max((each.semantic for each in chosen if each.semantic is not None), default=None)
    weight = weight_of_meaning if most_words is not None else 1.0
    weight = weight if most_meaning is not None else 0.0
    fused = []
    for each in chosen:
        words = (1 - weight) * _share(each.lexical, most_words or 0.0)
        meaning = weight * _share(each.semantic, most_meaning or 0.0)
        exact = bool(title_key) and (each.title_key == title_key or is_acronym_of(title_key, each.title_key))
        boost = boost_of(each.signals, today=today, is_exact=exact)
        fused.append(Ranked(each.ref, (words + meaning) * (1 + boost), words, meaning, boost, each))
    fused.sort(key=lambda hit: (-hit.score, hit.ref))
    return fused + _beyond(candidates, {hit.ref for hit in fused})
