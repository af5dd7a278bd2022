"""The order of results."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content import ContentRef, Signals
from search.engine import SATURATION, Candidate
from search.fusion import BOOST_CAP, MOST_WORDS, WEIGHT_OF_MEANING, Ranked, boosts_of, fuse, is_acronym_of

TODAY = date(2026, 3, 1)
DAY = timedelta(days=1)
NO_SIGNALS = Signals()
QUICK = settings(max_examples=80, deadline=None)
SCORES = st.one_of(st.none(), st.floats(0.01, 30), st.sampled_from([1.0, 2.0]))
SIGNALS = st.builds(
    Signals,
    evidence=st.integers(0, 4),
    review_due=st.sampled_from([None, TODAY - DAY, TODAY, TODAY + DAY]),
    solved=st.booleans(),
)


def candidate(
    number: int,
    lexical: float | None = None,
    semantic: float | None = None,
    *,
    title_key: str = "",
    signals: Signals = NO_SIGNALS,
    kind: str = "practice",
) -> Candidate:
    return Candidate(ContentRef(kind, number), lexical, semantic, None, title_key, signals)


def ordered(*candidates: Candidate, **options: Any) -> list[int]:
    return [hit.ref.id for hit in fused(*candidates, **options)]


def fused(
    *candidates: Candidate, title_key: str = "", weights: Sequence[float] = (5.0,), **options: Any
) -> list[Ranked]:
    return fuse(candidates, today=TODAY, title_key=title_key, weights=weights, **options)


@st.composite
def lists_of_candidates(draw: st.DrawFn) -> list[Candidate]:
    rows = draw(st.lists(st.tuples(SCORES, SCORES, SIGNALS), max_size=25))
    return [
        candidate(number, lexical, semantic and semantic / 30, signals=signals)
        for number, (lexical, semantic, signals) in enumerate(rows)
    ]


FLOOR = 0.5


def as_returned(everything: list[Candidate], depth: int, pool: int) -> list[Candidate]:
    """What an engine returns of all matches at a depth: the best of the words and all that is near, with both scores, in no order."""
    by_words = sorted((each for each in everything if each.lexical), key=lambda each: (-(each.lexical or 0), each.ref))
    by_meaning = sorted(
        (each for each in everything if each.semantic), key=lambda each: (-(each.semantic or 0), each.ref)
    )
    known = {each.ref for each in by_meaning[:pool]}
    kept = {each.ref for each in by_words[:depth]}
    kept |= {each.ref for each in by_meaning[:pool] if (each.semantic or 0) >= FLOOR}
    compared = [each if each.ref in known else each._replace(semantic=None) for each in everything if each.ref in kept]
    return [each._replace(similarity=each.semantic) for each in compared]


@QUICK
@given(lists_of_candidates(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_arrival(everything, random) -> None:
    shuffled = list(everything)
    random.shuffle(shuffled)
    assert fused(*everything) == fused(*shuffled)


@QUICK
@given(lists_of_candidates(), st.integers(1, 8), st.integers(0, 10), st.integers(0, 10))
def test_reading_deeper_only_adds_at_the_end(everything, pool, shallow, more) -> None:
    depth = pool + shallow
    first = ordered(*as_returned(everything, depth, pool), pool=pool, floor=FLOOR)
    deeper = ordered(*as_returned(everything, depth + more, pool), pool=pool, floor=FLOOR)
    assert deeper[: len(first)] == first


@QUICK
@given(lists_of_candidates(), st.integers(1, 10))
def test_nothing_is_lost_or_doubled_and_scores_fall(everything, pool) -> None:
    hits = fused(*everything, pool=pool)
    assert sorted(hit.ref for hit in hits) == sorted(each.ref for each in everything)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    most = WEIGHT_OF_MEANING + (1 - WEIGHT_OF_MEANING) * MOST_WORDS
    assert all(0 <= score <= most * (1 + BOOST_CAP) + 1e-9 for score in scores)
    assert all(abs(hit.boost) <= BOOST_CAP for hit in hits)


def test_each_leg_is_measured_by_what_it_could_reach() -> None:
    once = SATURATION * 5.0
    """What a word of this frequency scores at most in a text."""
    hits = fused(candidate(1, once, 0.3), candidate(2, once / 2, 0.6), candidate(3, None, 0.5), weights=(1.0, 5.0, 2.0))
    assert [hit.ref.id for hit in hits] == [2, 3, 1]
    assert hits[0].lexical_part == pytest.approx((1 - WEIGHT_OF_MEANING) * 0.5)
    assert hits[0].semantic_part == pytest.approx(WEIGHT_OF_MEANING * 0.6)
    assert hits[2].score == pytest.approx((1 - WEIGHT_OF_MEANING) + WEIGHT_OF_MEANING * 0.3)


def test_common_words_alone_move_less_than_rare_ones() -> None:
    near, worded = candidate(1, None, 0.55), candidate(2, SATURATION, 0.45)
    assert ordered(near, worded, weights=(1.0,)) == [2, 1]
    assert ordered(near, worded, weights=(1.0, 6.0)) == [1, 2]


def test_who_asks_for_a_name_gets_what_has_it_first() -> None:
    near, named = candidate(1, None, 0.6), candidate(2, 5.0, 0.1)
    assert ordered(near, named) == [1, 2]
    assert ordered(near, named, spelled=1.0) == [2, 1]
    assert ordered(candidate(1, 5.0, 0.1), candidate(2, 5.0, 0.4), spelled=1.0) == [2, 1]  # meaning settles a tie


def test_a_document_without_a_title_is_measured_by_its_text() -> None:
    titled, bare = fused(candidate(1, 6.0, title_key="notes"), candidate(2, 4.0))
    assert titled.score == pytest.approx(bare.score)


def test_frequencies_that_do_not_know_the_index_leave_meaning_its_weight() -> None:
    hits = fused(candidate(1, 80.0, 0.1), candidate(2, 40.0, 0.4), candidate(3, None, 0.7), weights=(0.1,))
    assert max(hit.lexical_part for hit in hits) == pytest.approx((1 - WEIGHT_OF_MEANING) * MOST_WORDS)
    assert hits[0].ref.id == 3


def test_what_one_leg_pools_has_the_scores_of_both() -> None:
    hits = {hit.ref.id: hit for hit in fused(candidate(1, 9.0, 0.1), candidate(2, 3.0, 0.5), pool=1)}
    assert hits[1].semantic_part == pytest.approx(WEIGHT_OF_MEANING * 0.1)
    assert hits[2].lexical_part == pytest.approx((1 - WEIGHT_OF_MEANING) * 3 / (SATURATION * 5.0))


def test_a_leg_that_found_nothing_leaves_the_order_to_the_other() -> None:
    words = fused(candidate(1, 1.0), candidate(2, 3.0), candidate(3, 2.0))
    assert [hit.ref.id for hit in words] == [2, 3, 1]
    assert words[0].semantic_part == 0.0
    assert ordered(candidate(1, None, 0.2), candidate(2, None, 0.5)) == [2, 1]


def test_likeness_below_zero_counts_as_none() -> None:
    hits = fused(candidate(1, None, -0.2), candidate(2, 1.0, None), candidate(3, None, 0.5))
    assert [hit.ref.id for hit in hits] == [3, 2, 1]
    assert hits[-1].score == 0.0


def test_ties_go_by_kind_and_then_number() -> None:
    hits = fused(candidate(10, 1.0), candidate(9, 1.0), candidate(11, 1.0, kind="event"))
    assert [str(hit.ref) for hit in hits] == ["event:11", "practice:9", "practice:10"]


def test_beyond_the_pool_words_decide_and_boosts_do_not() -> None:
    strong = Signals(evidence=4, solved=True)
    hits = [candidate(n, 10.0 - n, signals=strong if n == 4 else Signals()) for n in range(5)]
    assert ordered(*hits, pool=2) == [0, 1, 2, 3, 4]


def test_candidates_of_neither_leg_follow_in_order_of_number() -> None:
    assert ordered(candidate(3), candidate(1), candidate(2, 1.0)) == [2, 1, 3]
    assert ordered() == []


def test_boosts_settle_what_is_close_and_no_more() -> None:
    overdue = Signals(review_due=TODAY - DAY)
    assert ordered(candidate(1, 10.0, signals=overdue), candidate(2, 9.5)) == [2, 1]
    assert ordered(candidate(1, 10.0, signals=overdue), candidate(2, 9.0)) == [1, 2]
    best = Signals(evidence=4, solved=True, review_due=TODAY)
    cases = (best, Signals(review_due=TODAY), Signals(), overdue)
    each = [candidate(n, title_key="x", signals=one) for n, one in enumerate(cases)]
    assert boosts_of(each[:1], today=TODAY, title_key="x").tolist() == [BOOST_CAP]
    raised, current, plain, lowered = boosts_of(each, today=TODAY, title_key="")
    assert raised > current > plain == 0.0 > lowered


def test_an_exact_title_or_its_acronym_is_lifted() -> None:
    other = candidate(1, 10.0, title_key="notes on red notices")
    exact = candidate(2, 9.0, title_key="mutual legal assistance")
    assert ordered(other, exact) == [1, 2]
    assert ordered(other, exact, title_key="mutual legal assistance") == [2, 1]
    assert ordered(other, exact, title_key="mla") == [2, 1]


@pytest.mark.parametrize(
    ("word", "title", "expected"),
    [
        ("mla", "mutual legal assistance", True),
        ("mla", "mutual legal assistance mla", True),
        ("coc", "chain of custody", True),
        ("cc", "chain of custody", True),
        ("mla", "multi lateral", False),
        ("m", "mutual", False),
        ("", "", False),
        ("mutual legal", "mutual legal", False),
    ],
)
def test_acronyms_are_initials(word: str, title: str, expected: bool) -> None:
    assert is_acronym_of(word, title) is expected
