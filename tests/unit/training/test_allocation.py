"""Fair share of seats: the worked example of METHODS 3 to the digit, and what holds for every round."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.ledger.allocation import Allocation, Candidate, Claim, Ground, allocate, default_cap
from training.ledger.measures import Body, Weights, band, entitlements, gini, ratios

NAMES = "ABCDEF"
ENTITLED = dict(enumerate((0.276, 0.202, 0.198, 0.143, 0.087, 0.093)))
PAST = dict(enumerate((30.0, 22.0, 12.0, 3.0, 9.0, 1.0)))
CLAIMS = [Claim(key, ENTITLED[key], PAST[key]) for key in ENTITLED]
EVERYBODY = [Candidate(10 * key + number, key, 90 - number) for key in ENTITLED for number in range(9)]


def by_name(allocation: Allocation) -> dict[str, int]:
    return dict(sorted(Counter(NAMES[seat.candidate.organisation] for seat in allocation.seats).items()))


def gini_after(allocation: Allocation) -> float:
    got = Counter(seat.candidate.organisation for seat in allocation.seats)
    return gini(ratios({key: PAST[key] + got[key] for key in PAST}, ENTITLED).values())


def test_worked_example_before() -> None:
    found = ratios(PAST, ENTITLED)
    assert [f"{found[key]:.2f}" for key in ENTITLED] == ["1.41", "1.41", "0.79", "0.27", "1.34", "0.14"]
    assert f"{gini(found.values()):.2f}" == "0.32"


def test_worked_example_without_a_cap() -> None:
    result = allocate(EVERYBODY, CLAIMS, seats=8, floor=60, cap=8)
    assert by_name(result) == {"D": 5, "F": 3}
    assert f"{gini_after(result):.2f}" == "0.18"


def test_worked_example_with_the_cap() -> None:
    result = allocate(EVERYBODY, CLAIMS, seats=8, floor=60)
    assert result.cap == default_cap(8) == 3
    assert by_name(result) == {"C": 2, "D": 3, "F": 3}
    assert f"{gini_after(result):.2f}" == "0.20"


def test_a_seat_says_what_decided_it() -> None:
    first, *_ = allocate(EVERYBODY, CLAIMS, seats=8, floor=60).seats
    assert (NAMES[first.candidate.organisation], first.ground) == ("D", Ground.SHARE)
    assert first.deficit == pytest.approx(78 * 0.143 - 3)
    assert first.entitled_to == pytest.approx(78 * 0.143)
    assert first.rival is not None
    assert NAMES[first.rival.organisation] == "F"
    assert first.next_merit == 89
    # With that much more history D's deficit is the rival's: a little more and the rival has the seat.
    more = first.rival.history_needed
    for extra, winner in ((more - 0.01, "D"), (more + 0.01, "F")):
        claims = [replace(one, history=one.history + extra) if one.organisation == 3 else one for one in CLAIMS]
        seat = allocate(EVERYBODY, claims, seats=8, floor=60).seats[0]
        assert NAMES[seat.candidate.organisation] == winner


def test_who_is_at_the_cap_with_a_larger_deficit_is_named() -> None:
    last = allocate(EVERYBODY, CLAIMS, seats=8, floor=60).seats[-1]
    assert "D" in [NAMES[key] for key in last.capped]


def test_ties_inside_an_organisation() -> None:
    claim = [Claim(1, 1.0, 0.0)]
    never = Candidate(5, 1, 80, None, date(2015, 1, 1))
    long_ago = Candidate(4, 1, 80, date(2010, 1, 1), date(2001, 1, 1))
    lately = Candidate(3, 1, 80, date(2024, 1, 1), date(2000, 1, 1))
    veteran = Candidate(2, 1, 80, date(2024, 1, 1), date(1995, 1, 1))
    result = allocate([lately, veteran, long_ago, never], claim, seats=4, floor=60, cap=4)
    assert [seat.candidate.id for seat in result.seats] == [5, 4, 2, 3]


def test_seats_nobody_under_a_cap_can_fill_go_by_merit() -> None:
    claims = [Claim(1, 0.5, 0.0), Claim(2, 0.5, 9.0)]
    people = [Candidate(1, 1, 70), Candidate(2, 1, 90), Candidate(3, 2, 95), Candidate(4, 2, 99), Candidate(5, 2, 80)]
    result = allocate(people, claims, seats=4, floor=60, cap=1)
    assert [(seat.candidate.id, seat.ground) for seat in result.seats] == [
        (2, Ground.SHARE),
        (4, Ground.SHARE),
        (3, Ground.MERIT),
        (5, Ground.MERIT),
    ]
    assert [seat.candidate.id for seat in result.reserve] == [1]


def test_entitlement_has_three_parts() -> None:
    bodies = [Body(1, 300, 2), Body(2, 100, 0)]
    found = entitlements(bodies, Weights(0.4, 0.4, 0.2))
    assert found == {1: pytest.approx(0.2 + 0.3 + 0.2), 2: pytest.approx(0.2 + 0.1)}
    assert sum(entitlements([Body(1, 0), Body(2, 0)]).values()) == pytest.approx(1)


def test_bands_and_empty_measures() -> None:
    assert [band(ratio) for ratio in (0.84, 0.85, 1.15, 1.16)] == ["under", "fair", "fair", "over"]
    assert gini([]) == gini([0.0, 0.0]) == gini([2.0, 2.0]) == 0
    assert ratios({}, ENTITLED) == dict.fromkeys(ENTITLED, 0.0)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Candidate], list[Claim], int, int]:
    count = draw(st.integers(1, 5))
    parts = draw(st.lists(st.integers(1, 20), min_size=count, max_size=count))
    past = draw(st.lists(st.integers(0, 40), min_size=count, max_size=count))
    claims = [Claim(key, parts[key] / sum(parts), float(past[key])) for key in range(count)]
    days = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2026, 1, 1)))
    merits = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(40, 100), days), max_size=16))
    people = [Candidate(number, key, float(merit), day) for number, (key, merit, day) in enumerate(merits)]
    return people, claims, draw(st.integers(0, 10)), draw(st.integers(1, 5))


@settings(max_examples=150, deadline=None)
@given(rounds(), st.randoms())
def test_the_same_round_is_decided_alike_in_any_order(case: tuple, random) -> None:  # type: ignore[no-untyped-def]
    people, claims, seats, cap = case
    mixed_people, mixed_claims = list(people), list(claims)
    random.shuffle(mixed_people)
    random.shuffle(mixed_claims)
    once = allocate(people, claims, seats=seats, floor=60, cap=cap)
    assert allocate(mixed_people, mixed_claims, seats=seats, floor=60, cap=cap) == once


@settings(max_examples=150, deadline=None)
@given(rounds())
def test_floor_and_cap_hold_and_no_seat_is_wasted(case: tuple) -> None:  # type: ignore[type-arg]
    people, claims, seats, cap = case
    result = allocate(people, claims, seats=seats, floor=60, cap=cap)
    fit = [one for one in people if one.merit >= 60]
    placed = [*result.seats, *result.reserve]
    assert all(seat.candidate.merit >= 60 for seat in placed)
    assert len(result.seats) == min(seats, len(fit))
    assert Counter(seat.candidate.id for seat in placed) == Counter(one.id for one in fit)
    assert max(Counter(s.candidate.organisation for s in placed if s.ground is Ground.SHARE).values(), default=0) <= cap
    # By merit only when every organisation under its cap has nobody left.
    taken: Counter[int] = Counter()
    left = Counter(one.organisation for one in fit)
    for seat in placed:
        if seat.ground is Ground.MERIT:
            assert all(taken[key] >= cap for key, number in left.items() if number)
        taken[seat.candidate.organisation] += 1
        left[seat.candidate.organisation] -= 1


@settings(max_examples=200, deadline=None)
@given(rounds(), st.integers(1, 30), st.data())
def test_more_history_never_gains_a_seat(case: tuple, extra: int, data: st.DataObject) -> None:  # type: ignore[type-arg]
    people, claims, seats, cap = case
    lucky = data.draw(st.sampled_from(claims))
    after = [replace(one, history=one.history + extra) if one is lucky else one for one in claims]

    def got(these: list[Claim]) -> int:
        result = allocate(people, these, seats=seats, floor=60, cap=cap)
        return sum(seat.candidate.organisation == lucky.organisation for seat in result.seats)

    assert got(after) <= got(claims)
