"""The order of what the engine returned for a question."""

from datetime import date

from search.engine import EngineResult, Sort
from search.fusion import Ranked, fuse
from search.results import Mode
from search.service.question import POOL, Question
from search.term_weights import share_of
from search.text import title_key


def rank(question: Question, result: EngineResult, today: date) -> list[Ranked]:
    """Fused by relevance; as the engine ordered them where another order was asked for, or nothing at all."""
    if question.query.sort is not Sort.RELEVANCE or question.mode is Mode.BROWSE:
        return [Ranked.unranked(one) for one in result.candidates]
    return fuse(
        result.candidates,
        today=today,
        title_key=title_key(question.parsed.plain),
        weights=question.weights,
        spelled=share_of(question.spelled, question.weights),
        pool=POOL,
        floor=question.query.floor,
    )
