"""One order from two legs: pure arithmetic, the same for both engines.

Both legs are measured by what they could reach, not by what the best document happens to reach: meaning by the cosine itself, words
by the score that the question's rarest word can give. So words weigh as much as they say, and where only common words match,
meaning decides. What else was tried, and how the weight was chosen: docs/decisions/0014. Then small boosts (METHODS
section 9), at most a fifth up or down in all.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, Self

from core.content import ContentRef, Signals
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


def _reached(candidates: Sequence[Candidate], rarest: float) -> list[float]:
    """What the words of each reach, in scores of a word of inverse document frequency `rarest`.

    A document without a title can have its words in the text only, and is measured by that.
    """
    in_text, in_title = FIELD_WEIGHTS["body"], FIELD_WEIGHTS["title"]
    reached = [
        (each.lexical or 0.0) / (rarest * SATURATION * (in_text + (in_title if each.title_key else 0.0)))
        for each in candidates
    ]
    most = max(reached, default=0.0)
    return [one * MOST_WORDS / most for one in reached] if most > MOST_WORDS else reached


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
    know (`search.weighing`). Candidates that only words found beyond the pool follow in lexical order: asking the engine for more depth adds at the end and moves nothing, so pages fit together. (That needs
    an engine that breaks ties of the lexical score by ref, as this does.)
    """
    near = [each for each in candidates if each.similarity is None or each.similarity >= floor]
    pooled = _pool(((each.lexical, each.ref) for each in candidates), pool)
    pooled |= _pool(((each.semantic, each.ref) for each in near), pool)
    chosen = [each for each in candidates if each.ref in pooled]
    weight_of_meaning *= 1 - (1 - KEPT_BY_MEANING) * spelled
    fused = []
    for each, reached in zip(chosen, _reached(chosen, max(weights, default=1.0)), strict=True):
        words = (1 - weight_of_meaning) * reached
        meaning = weight_of_meaning * max(0.0, each.semantic or 0.0)
        exact = bool(title_key) and (each.title_key == title_key or is_acronym_of(title_key, each.title_key))
        boost = boost_of(each.signals, today=today, is_exact=exact)
        fused.append(Ranked(each.ref, (words + meaning) * (1 + boost), words, meaning, boost, each))
    fused.sort(key=lambda hit: (-hit.score, hit.ref))
    return fused + _beyond(candidates, {hit.ref for hit in fused})
