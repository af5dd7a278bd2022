"""The panel is blind, and two of it are needed; the seats follow from the allocation, or from a reason."""

from datetime import UTC, datetime

import pytest

from core.access import Viewer
from core.clock import FixedClock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.people import Organisation
from tests.functional.nominations.conftest import Course
from tests.functional.nominations.conftest import on_both_databases as settings  # noqa: F401
from training.ledger.service import Choice, Preview, RoundDraft, decide_round, preview_round
from training.nominations import merit, queries, service
from training.nominations.drafts import StepDraft
from training.opportunities.models import Opportunity

AFTER = datetime(2026, 12, 12, tzinfo=UTC)


def panel(course: Course, opportunity: int) -> None:
    with course.world.work(course.staff) as work:
        for one in course.scorers[:2]:
            service.add_panelist(work, course.staff, opportunity, one.user_id)
        service.add_panelist(work, course.staff, opportunity, course.scorers[2].user_id, is_third=True)


def scored(course: Course, opportunity: int, officer: Viewer, share: float) -> int:
    number = course.nominate(officer, opportunity)
    for one in course.scorers[:2]:
        course.score(one, number, share)
    return number


def look(course: Course, opportunity: int) -> Preview:
    with course.world.database.reading() as session:
        return preview_round(session, course.staff, opportunity, course.world.clock.now().date())


def decide(course: Course, opportunity: int, who: Viewer | None = None, **values: object) -> None:
    draft = RoundDraft.model_validate(
        {"fingerprint": look(course, opportunity).fingerprint, "reason": "by the shares", **values}
    )
    with course.world.work(who or course.staff) as work:
        decide_round(work, who or course.staff, opportunity, draft)


def test_the_median_of_two_and_the_third_at_a_gap(course: Course) -> None:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity)
    panel(course, opportunity)
    first, second, third = course.scorers
    course.score(first, number, 0.5)
    assert course.get(number).merit is None
    with pytest.raises(Forbidden):
        course.score(third, number, 0.7)
    course.score(second, number, 0.8)
    assert (course.get(number).merit, course.get(number).state) == (None, "screened")
    course.score(third, number, 0.7)
    assert (course.get(number).merit, course.get(number).state) == (70.0, "scored")


def test_a_scorer_with_a_conflict_is_barred_and_what_he_gave_no_longer_counts(course: Course) -> None:
    opportunity = course.opportunity()
    panel(course, opportunity)
    number = scored(course, opportunity, course.officers["north"][0], 0.8)
    first = course.scorers[0]
    with course.world.work(first) as work:
        service.declare_conflict(work, first, number, "He is my cousin")
    assert course.get(number).merit is None
    with pytest.raises(NotFound):
        course.score(first, number, 0.9)


def test_who_acted_upon_a_nomination_does_not_score_it(course: Course) -> None:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity)
    with course.world.work(course.staff) as work:
        service.add_panelist(work, course.staff, opportunity, course.boss["north"].user_id)
    with pytest.raises(NotFound):
        course.score(course.boss["north"], number, 1.0)
    with pytest.raises(Invalid), course.world.work(course.staff) as work:
        service.add_panelist(work, course.staff, opportunity, course.officers["north"][0].user_id)


def test_a_scorer_who_leaves_leaves_his_scores_and_somebody_else_takes_over(course: Course) -> None:
    opportunity = course.opportunity()
    panel(course, opportunity)
    one, two = (course.nominate(officer, opportunity) for officer in course.officers["north"][:2])
    first, second, _third = course.scorers
    course.score(first, one, 0.8)
    with course.world.work(first) as work:
        service.leave_panel(work, first, opportunity, first.user_id)
    with pytest.raises(NotFound):
        course.score(first, two, 0.8)
    course.score(second, one, 0.7)
    assert course.get(one).merit == 75.0
    with course.world.work(course.staff) as work:
        service.add_panelist(work, course.staff, opportunity, course.other_staff.user_id)
    for who in (second, course.other_staff):
        course.score(who, two, 0.9)
    assert course.get(two).merit == 90.0


def test_a_scorer_sees_no_names_even_when_he_is_of_the_unit(course: Course) -> None:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity)
    with course.world.work(course.staff) as work:
        service.add_panelist(work, course.staff, opportunity, course.other_staff.user_id)
    with course.world.database.reading() as session:
        with pytest.raises(NotFound):
            queries.get_nomination(session, course.other_staff, number)
        assert queries.find_titles(session, course.other_staff, [number]) == {}
        assert queries.list_of(session, course.other_staff, opportunity) == []
        with pytest.raises(Forbidden):
            preview_round(session, course.other_staff, opportunity, course.world.clock.now().date())


def test_text_that_names_the_candidate_is_masked() -> None:
    words = ["Amina Bashir", "Amina", "Bashir", "North Police"]
    text = "I, amina bashir of North Police, lead Aminabad station."
    assert merit.blind(text, words) == f"I, {merit.HIDDEN} of {merit.HIDDEN}, lead Aminabad station."
    assert merit.names_in(text, words)
    assert not merit.names_in("I lead a station.", words)


def test_seats_go_by_the_shares_and_everybody_is_told_why(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1, seat_cap=1)
    panel(course, opportunity)
    numbers = {
        key: [scored(course, opportunity, officer, share) for officer, share in zip(group[:2], shares, strict=True)]
        for (key, group), shares in zip(course.officers.items(), ((0.7, 0.9), (0.95, 0.4)), strict=True)
    }
    clock.set(AFTER)
    decide(course, opportunity)
    # North is nine times as strong: its best candidate has the seat although one of the south has the better score.
    states = {key: [course.get(one).state for one in group] for key, group in numbers.items()}
    assert states == {"north": ["reserve", "selected"], "south": ["reserve", "not_selected"]}
    assert {course.get(one).reason for group in numbers.values() for one in group} == {"by the shares"}
    with pytest.raises(Conflict):
        decide(course, opportunity)


def test_a_departure_needs_its_reason_and_never_goes_below_the_floor(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    best = scored(course, opportunity, course.officers["north"][0], 0.9)
    other = scored(course, opportunity, course.officers["south"][0], 0.8)
    weak = scored(course, opportunity, course.officers["south"][1], 0.5)
    clock.set(AFTER)
    swap = {best: Choice(verb="reserve"), other: Choice(verb="select")}
    with pytest.raises(Invalid) as refused:
        decide(course, opportunity, choices=swap)
    assert set(refused.value.fields) == {f"override-{best}", f"override-{other}"}
    with pytest.raises(Invalid) as refused:
        decide(course, opportunity, choices={weak: Choice(verb="select", override="please")})
    assert set(refused.value.fields) == {f"choice-{weak}"}
    with pytest.raises(Invalid, match="seats"):
        decide(course, opportunity, choices={other: Choice(verb="select", override="both are wanted")})
    told = {key: Choice(verb=choice.verb, override="The host asked for the south") for key, choice in swap.items()}
    decide(course, opportunity, choices=told)
    assert (course.get(other).state, course.get(other).override_reason) == ("selected", "The host asked for the south")


def test_what_changed_since_the_preview_is_not_decided(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    number = scored(course, opportunity, course.officers["north"][0], 0.9)
    clock.set(AFTER)
    seen = look(course, opportunity).fingerprint
    course.score(course.scorers[0], number, 0.85)
    with pytest.raises(Conflict):
        decide(course, opportunity, fingerprint=seen)
    decide(course, opportunity)


def test_nothing_is_decided_before_the_deadline_or_while_somebody_waits(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    scored(course, opportunity, course.officers["north"][0], 0.9)
    with pytest.raises(Conflict, match="deadline"):
        decide(course, opportunity)
    waiting = course.nominate(course.officers["south"][0], opportunity, until="approved")
    clock.set(AFTER)
    with pytest.raises(Conflict, match="neither"):
        decide(course, opportunity)
    course.move(course.staff, waiting, "decline", "The host cannot wait")
    decide(course, opportunity)


def decided(course: Course, clock: FixedClock) -> tuple[int, int, int]:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    best = scored(course, opportunity, course.officers["north"][0], 0.9)
    second = scored(course, opportunity, course.officers["north"][1], 0.8)
    clock.set(AFTER)
    decide(course, opportunity)
    return opportunity, best, second


def test_a_seat_that_becomes_free_goes_to_the_first_of_the_reserve_list(course: Course, clock: FixedClock) -> None:
    opportunity, best, second = decided(course, clock)
    with pytest.raises(Conflict), course.world.work(course.staff) as work:
        service.promote_next(work, course.staff, opportunity, "early")
    course.move(course.officers["north"][0], best, "withdraw", "ill")
    with course.world.work(course.staff) as work:
        service.promote_next(work, course.staff, opportunity, "the first one withdrew")
    row = course.get(second)
    assert (row.state, row.seat_number, row.replaces_id) == ("selected", 1, best)


def test_a_candidate_of_a_dissolved_organisation_keeps_his_nomination_without_a_claim(
    course: Course, clock: FixedClock
) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    scored(course, opportunity, course.officers["north"][0], 0.95)
    south = scored(course, opportunity, course.officers["south"][0], 0.7)
    with course.world.work() as work:
        north = work.session.get(Organisation, course.bodies["north"])
        assert north is not None
        north.retired_at = work.now
    clock.set(AFTER)
    first, *_ = look(course, opportunity).allocation.seats
    assert (first.candidate.id, look(course, opportunity).allocation.reserve[0].entitled_to) == (south, 0)
    decide(course, opportunity)


def test_an_appeal_is_decided_by_another_person(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    number = scored(course, opportunity, course.officers["south"][0], 0.5)
    clock.set(AFTER)
    decide(course, opportunity)
    officer = course.officers["south"][0]
    with course.world.work(officer) as work:
        service.appeal_decision(work, officer, number, StepDraft(reason="My certificate was not read"))
    with pytest.raises(Forbidden), course.world.work(course.staff) as work:
        service.answer_appeal(work, course.staff, number, StepDraft(reason="no"), is_upheld=False)
    with course.world.work(course.other_staff) as work:
        service.answer_appeal(work, course.other_staff, number, StepDraft(reason="It was not"), is_upheld=True)
    assert (course.get(number).state, course.get(number).reserve_number) == ("reserve", 1)
    with pytest.raises(Forbidden), course.world.work(officer) as work:
        service.appeal_decision(work, officer, number, StepDraft(reason="again"))


def test_the_seats_of_the_opportunity_count_as_decided(course: Course, clock: FixedClock) -> None:
    opportunity, _best, _second = decided(course, clock)
    with course.world.database.reading() as session:
        offer = session.get(Opportunity, opportunity)
        assert offer is not None
        assert offer.state == "decided"
