"""Whether what was found answers: the share of the rare words beside the cosine."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import ContentRef, Place, Signals
from search.embedding import RELIABLE
from search.embedding.model_files import PACKAGED_DIGEST
from search.engine import AccessFilter, AnyOf, Candidate, LexicalQuery, Phrase, Prefix, StoredPassage, Word
from search.fusion import Ranked, fuse
from search.highlight import HighlightTerms, largest_share
from search.reliability import WEIGHT_OF_WORDS, AnsweredQuestions, confidence
from search.term_weights import (
    MOST_RARE_TERMS,
    RARE_UP_TO,
    out_of_vocabulary,
    rare_terms,
    share_of,
    spelled,
    word_weights,
)
from search.text.spelling import Dictionary

DICTIONARY = Dictionary([("police", 100), ("patrol", 40), ("patrols", 60), ("horse", 2), ("feeding", 10)])
REF = ContentRef("record", 1)


def weights_of(*nodes: Word | Phrase | AnyOf) -> tuple[float, ...]:
    return word_weights(LexicalQuery(should=nodes), DICTIONARY)


def hit(title: str = "") -> Ranked:
    candidate = Candidate(REF, 1.0, 0.4, 0, title, Signals())
    (ranked,) = fuse([candidate], today=date(2026, 1, 1), title_key="", weights=())
    return ranked


def told(*texts: str) -> list[StoredPassage]:
    return [StoredPassage(number, text, Place()) for number, text in enumerate(texts)]


def test_rare_words_weigh_more_and_unknown_ones_most() -> None:
    police, patrol, horse, unknown = weights_of(
        Word("police"), Word("patrolling"), Word("horses"), Word("decompression")
    )
    assert police < patrol < horse < unknown
    assert patrol == pytest.approx(math.log(1 + 40.5 / 60.5))  # the form in most documents counts


def test_of_synonyms_the_most_frequent_counts_and_of_a_phrase_the_rarest_word() -> None:
    either, both = weights_of(AnyOf((Word("horse"), Word("police"))), Phrase(("police", "horse")))
    assert (either, both) == weights_of(Word("police"), Word("horse"))


def test_an_empty_dictionary_weighs_all_words_alike() -> None:
    weights = word_weights(LexicalQuery(should=(Word("a"), Word("b"))), Dictionary())
    assert weights[0] == weights[1] > 0


def test_words_count_where_they_stand_together() -> None:
    query = LexicalQuery(should=(Word("horse"), Word("feeding"), Word("patrol")))
    terms, weights = HighlightTerms.from_lexical(query), word_weights(query, DICTIONARY)
    apart = largest_share("", told("The stable.", "The horse.", "Feeding on patrol."), terms, weights)
    titled = largest_share("horse", told("The stable.", "The yard.", "Feeding on patrol."), terms, weights)
    begun = largest_share("", told("Of the horse.", "The yard.", "Feeding on patrol."), terms, weights)
    assert 0 < apart < 1
    assert titled == begun == 1.0
    assert largest_share("horse", told("Feeding on patrol."), terms, weights) == 1.0
    assert largest_share("", told("Nothing of it."), terms, weights) == 0.0
    assert largest_share("", (), HighlightTerms.from_lexical(LexicalQuery()), ()) == 0.0


def pieces(word: str) -> int:
    return 4 if word.startswith("zar") else 2


def test_words_the_model_spells_have_their_share_of_the_weights() -> None:
    def share(*should: Word | Phrase | AnyOf, must: tuple[Word | Prefix, ...] = ()) -> float:
        query = LexicalQuery(should=should, must=must)
        return share_of(spelled(query, pieces), [1.0] * len(should + must))

    assert share(Word("zarwani")) == 1.0
    assert share(Word("zarwani"), Word("custody"), Word("death"), Word("case")) == 0.25
    assert share(AnyOf((Word("zarwani"), Word("custody")))) == 0.0
    assert share(Phrase(("zarwani", "custody"))) == 0.0
    assert share(Word("horse"), must=(Word("zarwani"), Prefix("zar"))) == pytest.approx(1 / 3)
    assert share() == 0.0


def test_a_name_is_a_free_word_that_is_spelled_and_rare() -> None:
    dictionary = Dictionary([("zarwani", RARE_UP_TO), ("zardari", RARE_UP_TO + 1), ("horse", 1), ("police", 1000)])

    def named(*should: Word | Phrase | AnyOf, must: tuple[Word, ...] = ()) -> tuple[object, ...]:
        query = LexicalQuery(should=should, must=must)
        return rare_terms(query, spelled(query, pieces), dictionary)

    assert named(Word("zarwani"), Word("horse"), Word("zardari"), Word("zarunheard")) == (
        Word("zarwani"),
        Word("zarunheard"),
    )
    assert named(AnyOf((Word("zarwani"), Word("horse"))), must=(Word("zarwani"),)) == ()
    assert named() == ()
    assert len(named(*(Word(f"zar{number}") for number in range(64)))) == MOST_RARE_TERMS


def test_what_is_spelled_and_in_no_document_for_everybody_is_unheard_where_it_matters() -> None:
    query = LexicalQuery(should=(Word("zarwani"), Word("horse"), Word("zarunheard"), Word("unheard")))
    dictionary, flags = Dictionary([("zarwani", 1), ("horse", 1)]), (True, False, True, False)
    assert out_of_vocabulary(query, flags, (1, 1, 1, 1), dictionary) == (Word("zarunheard"),)
    assert out_of_vocabulary(query, flags, (5, 1, 1, 1), dictionary) == ()
    assert out_of_vocabulary(LexicalQuery(), (), (), dictionary) == ()


def test_similarity_and_words_add_up_and_all_the_words_are_enough() -> None:
    query = LexicalQuery(should=(Word("horse"), Word("unheard")))
    terms, weights = HighlightTerms.from_lexical(query), word_weights(query, DICTIONARY)

    def sure(text: str, similarity: float) -> float:
        return confidence([hit()], {REF: told(text)}, terms, weights, (False, False), similarity)

    assert sure("Nothing of it.", 0.4) == pytest.approx(0.4)
    assert sure("A horse.", 0.4) == pytest.approx(0.4 + WEIGHT_OF_WORDS * weights[0] / sum(weights))
    assert sure("A horse unheard of.", 0.0) == math.inf
    assert confidence([], {}, terms, weights, (False, False), 0.3) == pytest.approx(0.3)


def test_a_name_that_stands_there_counts_for_more_than_its_cosine_can_tell() -> None:
    query = LexicalQuery(should=(Word("zarwani"), Word("horse"), Word("patrol")))
    terms, weights = HighlightTerms.from_lexical(query), word_weights(query, DICTIONARY)
    strange, least = spelled(query, pieces), RELIABLE[PACKAGED_DIGEST]

    def sure(text: str, spelled: tuple[bool, ...]) -> float:
        return confidence([hit()], {REF: told(text)}, terms, weights, spelled, 0.3)

    assert sure("Of Zarwani.", strange) > least > sure("Of Zarwani.", (False,) * 3)
    assert sure("A patrol on horses.", strange) == pytest.approx(sure("A patrol on horses.", (False,) * 3))
    assert sure("Nothing of it.", strange) == 0.3


@given(st.lists(st.sampled_from(["horse", "patrol", "police", "feeding"]), max_size=6), st.floats(0, 1))
def test_more_words_never_make_it_less_sure(present: list[str], similarity: float) -> None:
    query = LexicalQuery(should=(Word("horse"), Word("patrol"), Word("feeding")))
    terms, weights = HighlightTerms.from_lexical(query), word_weights(query, DICTIONARY)
    sure = [
        confidence([hit()], {REF: told(" ".join(present[:count]))}, terms, weights, (False,) * 3, similarity)
        for count in range(len(present) + 1)
    ]
    assert sure == sorted(sure)


def test_answers_are_remembered_for_who_asked() -> None:
    answered = AnsweredQuestions()
    mine, yours = (AccessFilter(frozenset({name}), frozenset({"open"})) for name in ("me", "you"))
    answered.add(mine, "horses")
    assert answered.has(mine, "horses")
    assert not answered.has(yours, "horses")
    assert not answered.has(mine, "dogs")
    for number in range(5_000):
        answered.add(mine, str(number))
    assert answered.has(mine, "4999")
    assert not answered.has(mine, "horses")  # there is an end to what is kept
