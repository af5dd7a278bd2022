"""The shown page: cards from the database, and of the index only the passages of the same revision."""

from collections.abc import Mapping, Sequence

from core.content import Card, ContentRef
from search.fusion import Ranked
from search.highlight import mark_all
from search.results import Hit
from search.service.extracts import extracts_of
from search.service.question import Question
from search.service.retrieval import Retrieval


def hits_of(
    question: Question, shown: Sequence[Ranked], cards: Mapping[ContentRef, Card], retrieval: Retrieval
) -> tuple[Hit, ...]:
    """A hit for each; one whose change waits to be indexed shows its summary and no passage: that may be deleted by now."""
    stored = retrieval.passages([one.ref for one in shown])
    return tuple(
        Hit(
            card=cards[one.ref],
            title_html=mark_all(cards[one.ref].title, question.terms),
            extracts=extracts_of(one, stored.get(one.ref), cards[one.ref], question.terms, question.mode),
            score=one.score,
            words_part=one.lexical_part,
            meaning_part=one.semantic_part,
        )
        for one in shown
    )
