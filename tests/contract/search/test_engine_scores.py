"""The unit of the words' scores: fusion measures them by what the rarest word can reach, so both engines must use the same."""

import math

import pytest

from search.engine import SATURATION, EngineQuery, LexicalQuery, SearchEngine, Word
from tests.contract.search.engine_model import MEMBER, document

DOCUMENTS = 60


def score_of(engine: SearchEngine, *words: str) -> float:
    """Of document 1, which has the words."""
    result = engine.run(EngineQuery(access=MEMBER, lexical=LexicalQuery(should=tuple(map(Word, words)))))
    (score,) = [one.lexical for one in result.candidates if one.ref.id == 1]
    assert score is not None
    return score


def body_of(number: int) -> str:
    """Two words: the first document has the rare one, the first twenty the other."""
    return f"{'lantern' if number == 1 else 'quay'} {'harbour' if number <= 20 else 'river'}"


def inverse_document_frequency(having: int, total: int) -> float:
    return math.log(1 + (total - having + 0.5) / (having + 0.5))


def test_a_word_once_in_a_text_of_usual_length_scores_its_inverse_document_frequency(engine: SearchEngine) -> None:
    engine.write([document(number, body=body_of(number)) for number in range(1, DOCUMENTS + 1)])
    rare, known = inverse_document_frequency(1, DOCUMENTS), inverse_document_frequency(20, DOCUMENTS)
    assert score_of(engine, "lantern") == pytest.approx(rare, rel=0.05)
    assert score_of(engine, "harbour") == pytest.approx(known, rel=0.05)
    assert score_of(engine, "lantern", "harbour") == pytest.approx(rare + known, rel=0.05)


def test_a_word_many_times_nears_what_it_can_reach(engine: SearchEngine) -> None:
    engine.write([document(number, body=body_of(number) + " again" * 50) for number in range(2, DOCUMENTS + 1)])
    engine.write([document(1, body="lantern " * 52)])
    most = SATURATION * inverse_document_frequency(1, DOCUMENTS)
    assert score_of(engine, "lantern") == pytest.approx(most, rel=0.05)
