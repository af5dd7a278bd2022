"""Whether a question is answered at all by the best of what its asker may see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from search.embedding import RELIABLE, Embedder
from search.engine import EngineResult, Filters, Sort
from search.fusion import Ranked
from search.reliability import EXAMINED, AnsweredQuestions, confidence
from search.service.question import POOL, Question
from search.service.ranking import rank
from search.service.retrieval import Retrieval


class Judgement:
    """Decides, and remembers for a minute what was answered. Thread-safe."""

    def __init__(self, embedder: Embedder, retrieval: Retrieval) -> None:
        self._embedder = embedder
        self._retrieval = retrieval
        self._answered = AnsweredQuestions()

    def forget(self) -> None:
        """Decide everything anew."""
        self._answered = AnsweredQuestions()

    def is_answered(self, question: Question, result: EngineResult, ranked: Sequence[Ranked], today: date) -> bool:
        """Whether the best of all the viewer may see can be taken for an answer, whatever he narrows it to.

        It is not asked of a question in operators, whose every hit has what was asked for, nor without the meaning leg.
        """
        query, least = question.query, RELIABLE.get(self._embedder.digest)
        lexical = query.lexical
        if least is None or query.vector is None or lexical is None or lexical.must:
            return True
        if not result.total or result.without_vectors:
            return True
        if self._answered.has(query.access, question.asked):
            return True
        if query.filters != Filters() or query.sort is not Sort.RELEVANCE:
            query = replace(query, filters=Filters(), sort=Sort.RELEVANCE, facets=(), depth=POOL)
            result = self._retrieval.run(query)
            ranked = rank(replace(question, query=query), result, today)
        best = ranked[:EXAMINED]
        passages = self._retrieval.passages([one.ref for one in best])
        similarity = max((one.similarity for one in result.candidates if one.similarity is not None), default=0.0)
        found = confidence(best, passages, question.terms, question.weights, question.spelled, similarity)
        is_answered = found >= least
        if is_answered:
            self._answered.add(query.access, question.asked)
        return is_answered
