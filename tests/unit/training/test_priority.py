"""The arithmetic of METHODS section 1, to the digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.needs.priority import (
    PARTS,
    WEIGHTS,
    Asked,
    Named,
    Rating,
    borich,
    by_priority,
    by_strength,
    composite,
    coverage,
    mean_urgency,
    measure,
    one_body_one_vote,
    ranked_discrepancy,
    relevance,
    sensitivity,
    volume,
)

METHODS = [Rating(i, c) for i, c in zip((5, 5, 4, 5, 3), (2, 3, 3, 2, 3), strict=True)]
BODIES = {1: 41_200, 2: 2_350, 3: 420, 4: 310}


def test_the_borich_gap_of_the_worked_example():
    found = borich(METHODS)
    assert found is not None
    assert found.mean_importance == pytest.approx(4.4)
    assert found.gaps == (3, 2, 1, 3, 0)
    assert (found.sum_of_gaps, found.n) == (9, 5)
    assert found.mwds == pytest.approx(7.92)


def test_the_ranked_discrepancy_of_the_worked_example():
    assert ranked_discrepancy(METHODS) == pytest.approx(-80)
    assert ranked_discrepancy([Rating(1, 5), Rating(5, 1), Rating(3, 3), Rating(2, 4)]) == pytest.approx(25)


def test_the_range_of_the_gap():
    assert borich([Rating(5, 1)] * 3).mwds == 20
    assert borich([Rating(5, 5)]).mwds == 0
    assert borich([Rating(1, 5)]).mwds == -4


def test_relevance_urgency_and_volume():
    assert relevance(9, 12) == 0.75
    assert mean_urgency([6, 5, None, 4]) == 5
    found = volume([1200, 20, 30, None])
    assert (found.total, found.median, found.n) == (1250, 30, 3)


def test_no_answer_is_never_zero():
    assert relevance(0, 0) is None
    assert relevance(0, 4) == 0
    assert mean_urgency([None, None]) is None
    assert volume([None]) is None
    assert volume([0]).total == 0
    assert borich([]) is None
    assert ranked_discrepancy([]) is None
    assert coverage(5, None) is None
    assert coverage(0, 40) == 0
    assert coverage(60, 40) == 1


def test_the_composite_with_its_parts():
    found = composite(relevance=0.75, urgency=5, mwds=7.92, strategy=1, coverage=0.25)
    points = {name: round(found.points(name), 2) for name in PARTS}
    assert points == {"relevance": 18.75, "urgency": 24.0, "gap": 9.9, "strategy": 10.0, "uncovered": 7.5}
    assert found.priority == pytest.approx(70.15)
    assert sum(getattr(WEIGHTS, name) for name in PARTS) == pytest.approx(1)


def test_a_negative_gap_takes_nothing_away():
    assert composite(relevance=0, urgency=1, mwds=-4, strategy=0, coverage=1).priority == 0


def test_a_missing_part_is_left_out_and_the_others_scaled_up():
    whole = composite(relevance=1, urgency=6, mwds=20, strategy=1, coverage=0)
    assert whole.priority == pytest.approx(100)
    missing = composite(relevance=1, urgency=6, mwds=None, strategy=1, coverage=0)
    assert missing.missing == ("gap",)
    assert missing.points("gap") is None
    assert missing.priority == pytest.approx(100)
    assert composite(relevance=None, urgency=None, mwds=None, strategy=1, coverage=None).priority is None


def topic(key, *named, ratings=(), strategy=0.0, covered=0):
    given = tuple(Named(body, officers, urgency, BODIES[body]) for body, officers, urgency in named)
    return measure(Asked(key, given, tuple(ratings), strategy, covered), BODIES)


def test_three_orders_side_by_side():
    large = topic(1, (1, 900, 3))
    many = topic(2, (2, 10, 3), (3, 5, 3), (4, 5, 3))
    none = topic(3)
    assert [one.key for one in one_body_one_vote([large, none, many])] == [2, 1, 3]
    assert [one.key for one in by_strength([many, none, large])] == [1, 2, 3]
    assert large.strength_share == pytest.approx(41_200 / 44_280)
    assert [one.key for one in by_priority([none, large, many])] == [2, 1, 3]


def test_ties_go_to_the_higher_urgency_then_the_larger_volume_then_the_older():
    same = [topic(key, (2, officers, 4), strategy=0.5) for key, officers in ((3, 10), (2, 40), (1, 10))]
    assert [one.key for one in by_priority(same)] == [2, 1, 3]
    assert [one.key for one in one_body_one_vote([topic(1, (2, 10, 3)), topic(2, (3, 10, 5))])] == [2, 1]


def test_too_few_answers_are_indicative():
    assert not topic(1, (1, 5, 2), ratings=METHODS).is_indicative
    assert topic(1, (1, 5, 2), ratings=METHODS[:2]).is_indicative
    assert measure(Asked(1, (), (), 0), {1: 10, 2: 10}).is_indicative


def test_a_close_fifth_place_changes_with_the_weights_and_a_clear_one_does_not():
    clear = [topic(key, *((body, 10, 6) for body in BODIES)) for key in range(1, 6)] + [topic(6, (2, 5, 1))]
    assert sensitivity(clear) == []
    urgent = topic(6, (2, 10, 6))
    named = topic(7, (1, 10, 1), (2, 10, 1), (3, 10, 2), (4, 10, 6))
    head = [topic(key, *((body, 10, 6) for body in BODIES)) for key in range(1, 5)]
    found = sensitivity([*head, urgent, named])
    assert found
    assert all({*swing.left, *swing.entered} == {6, 7} for swing in found)
    assert ("urgency", 0.8) in {(swing.part, swing.factor) for swing in found}


ratings = st.builds(Rating, st.integers(1, 5), st.integers(1, 5))


@given(st.lists(ratings, min_size=1, max_size=30))
def test_measures_stay_in_their_ranges(given_ratings):
    found = borich(given_ratings)
    assert -20 <= found.mwds <= 20
    assert -100 <= ranked_discrepancy(given_ratings) <= 100
    assert 0 <= composite(relevance=1, urgency=6, mwds=found.mwds, strategy=0, coverage=0.5).priority <= 100


@given(st.lists(ratings, min_size=1, max_size=12), st.integers(1, 5), st.integers(0, 11))
def test_more_ability_never_makes_a_gap_larger(given_ratings, ability, place):
    place %= len(given_ratings)
    old = given_ratings[place]
    better = [*given_ratings]
    better[place] = Rating(old.importance, max(old.ability, ability))
    assert borich(better).mwds <= borich(given_ratings).mwds + 1e-9
