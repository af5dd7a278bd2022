"""What is closest to an object that somebody looks at."""

from datetime import date

from core.content import Card, ContentRef
from search.disclosure import Disclosure
from search.fusion import fuse
from search.query import build_lexical, parse
from search.reference import Reference
from search.service.question import QuestionReader
from search.service.retrieval import Retrieval
from search.term_weights import word_weights
from search.text import title_key


class Neighbours:
    """Finds the cards of what is most like an object. Thread-safe."""

    def __init__(self, reader: QuestionReader, reference: Reference, retrieval: Retrieval) -> None:
        self._reader = reader
        self._reference = reference
        self._retrieval = retrieval

    def find(self, told: Disclosure, ref: ContentRef, title: str, limit: int, today: date) -> list[Card]:
        """The best first, by the title as a question."""
        vector, _ = self._reader.vector_of(title)
        lexical = build_lexical(parse(title), self._reference.synonyms(told.session))
        floor = self._reader.floor
        query = told.query(
            without=[ref],
            is_personal=False,
            lexical=lexical,
            vector=vector,
            floor=floor,
            pool=limit * 4,
            depth=limit * 4,
        )
        candidates = self._retrieval.run_optional(query).candidates
        weights = word_weights(lexical, self._reference.dictionary(told.session))
        ranked = fuse(candidates, today=today, title_key=title_key(title), weights=weights, floor=floor)
        cards = told.cards([one.ref for one in ranked[: limit * 2]])
        return [cards[one.ref] for one in ranked if one.ref in cards][:limit]
