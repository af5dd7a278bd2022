"""One order from two legs: pure arithmetic, the same for both engines.

Both legs are measured by what they could reach, not by what the best document happens to reach: meaning by the cosine itself, words
by the score that the question's rarest word can give. So words weigh as much as they say, and where only common words match,
meaning decides. What else was tried, and how the weight was chosen: docs/decisions/0014. Then small boosts (METHODS
section 9), at most a fifth up or down in all.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.content import ContentRef
from search.engine import SATURATION, Candidate
from search.engines.common import FIELD_WEIGHTS
from search.text import STOP_WORDS

WEIGHT_OF_MEANING = 0.88
KEPT_BY_MEANING = 0.1
"""What is left of that weight for a question of nothing but words that the model has to spell: who asks for a name wants it."""
MOST_WORDS = 2.0
"""What words count at most, in scores of the rarest word. The best hit reaches 1.2 to 1.9 at the median of the given
collections; a dictionary that does not know what is in the index would make words count for everything."""
CURRENT = 0.03
OVERDUE = -0.08
EVIDENCE_STEP = 0.02
"""Per step of the ladder 0..4 of the strength of evidence."""
SOLVED = 0.05
EXACT_TITLE = 0.15
BOOST_CAP = 0.20
Floats = NDArray[np.float64]
_ACRONYM_LENGTHS = range(2, 11)


class Ranked(NamedTuple):
    """One hit in its final place, with the parts its place is explained by. A tuple, as every search makes some hundreds.

    For hits of the pool `score = (lexical_part + semantic_part) * (1 + boost)`, between 0 and 1.4.
    Hits beyond the pool have neither score nor boost, only their place.
    """

    ref: ContentRef
    score: float
    lexical_part: float
    """What the words contribute: their weight times what they reach of the rarest word's score, at most `MOST_WORDS`."""
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
    if len(word) not in _ACRONYM_LENGTHS or " " in word:
        return False
    others = [each for each in title.split() if each != word]
    significant = [each for each in others if each not in STOP_WORDS]
    return word in ("".join(each[0] for each in others), "".join(each[0] for each in significant))


def boosts_of(candidates: Sequence[Candidate], *, today: date, title_key: str) -> Floats:
    """The share by which the score of each is raised or lowered, within `BOOST_CAP` either way.

    A record whose review is due today is still current; `title_key` is the question's, for an exact title or its acronym.
    """
    count, signals = len(candidates), [each.signals for each in candidates]
    boosts: Floats = EVIDENCE_STEP * np.fromiter((one.evidence for one in signals), np.float64, count)
    dues = (one.review_due for one in signals)
    boosts += np.fromiter((0.0 if due is None else CURRENT if due >= today else OVERDUE for due in dues), float, count)
    boosts += SOLVED * np.fromiter((one.solved for one in signals), np.float64, count)
    if title_key:
        for place, each in enumerate(candidates):
            if each.title_key == title_key or is_acronym_of(title_key, each.title_key):
                boosts[place] += EXACT_TITLE
    return boosts.clip(-BOOST_CAP, BOOST_CAP)


def _pool(scored: Sequence[tuple[float | None, ContentRef]], size: int) -> set[ContentRef]:
    """The best of one leg by score, ties by ref."""
    known = [(-score, ref) for score, ref in scored if score is not None]
    if len(known) > size:
        known.sort()
    return {ref for _, ref in known[:size]}


def _reached(candidates: Sequence[Candidate], rarest: float) -> Floats:
    """What the words of each reach, in scores of a word of inverse document frequency `rarest`.

    A document without a title can have its words in the text only, and is measured by that.
    """
    scores = np.fromiter((each.lexical or 0.0 for each in candidates), np.float64, len(candidates))
    titled = np.fromiter((bool(each.title_key) for each in candidates), np.float64, len(candidates))
    reached: Floats = scores / (rarest * SATURATION * (FIELD_WEIGHTS["body"] + FIELD_WEIGHTS["title"] * titled))
    most = float(reached.max(initial=MOST_WORDS))
    reached *= MOST_WORDS / most
    return reached


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
    weights: Sequence[float],
    spelled: float = 0.0,
    weight_of_meaning: float = WEIGHT_OF_MEANING,
    pool: int = 200,
    floor: float = -1.0,
) -> list[Ranked]:
    """All candidates in their final order, whatever order they came in. Ties go by ref.

    Only what is among the best `pool` of a leg is fused, with what both legs say of it: the meaning leg pools what is at least
    `floor` similar, as the engine was asked. `title_key` is the question's own, for the boost of an exact title or its acronym;
    `weights` the inverse document frequencies of its words, above 0, and `spelled` the share of them that the model does not
    know (`search.term_weights`). Candidates that only words found beyond the pool follow in lexical order: asking the engine for more depth adds at the end and moves nothing, so pages fit together. (That needs
    an engine that breaks ties of the lexical score by ref, as this does.)
    """
    near = [each for each in candidates if each.similarity is None or each.similarity >= floor]
    pooled = _pool([(each.lexical, each.ref) for each in candidates], pool)
    pooled |= _pool([(each.semantic, each.ref) for each in near], pool)
    chosen = [each for each in candidates if each.ref in pooled]
    weight_of_meaning *= 1 - (1 - KEPT_BY_MEANING) * spelled
    words = (1 - weight_of_meaning) * _reached(chosen, max(weights, default=1.0))
    cosines = np.fromiter((each.semantic or 0.0 for each in chosen), np.float64, len(chosen))
    meaning = weight_of_meaning * cosines.clip(min=0.0)
    boosts = boosts_of(chosen, today=today, title_key=title_key)
    scores = (words + meaning) * (1 + boosts)
    # Column by column, as `Ranked` has them: `_make` takes half the time of calling the class for each.
    columns = (column.tolist() for column in (scores, words, meaning, boosts))
    fused = list(map(Ranked._make, zip([each.ref for each in chosen], *columns, chosen, strict=True)))
    fused.sort(key=lambda hit: (-hit.score, hit.ref))
    return fused + _beyond(candidates, pooled)
