"""One nomination from the rules to the report-back, and everything that can go wrong on the way."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import FixedClock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.people import User
from tests.functional.nominations.conftest import Course, full_profile, opportunity_draft
from tests.functional.nominations.conftest import on_both_databases as settings  # noqa: F401
from training.nominations import queries, service
from training.nominations.drafts import GateDraft, NominationDraft, ReportDraft, StepDraft
from training.nominations.models import ReportBack
from training.nominations.rules import BY_CODE
from training.opportunities.models import Opportunity


def state(course: Course, number: int) -> str:
    return course.get(number).state


def gates(course: Course, officer: int, opportunity: int) -> dict[str, bool]:
    with course.world.database.reading() as session:
        offer = session.get(Opportunity, opportunity)
        assert offer is not None
        return {
            one.rule.code: one.is_passed
            for one in service.eligibility(session, officer, offer, course.world.clock.now())
        }


def test_the_way_of_a_nomination_and_its_history(course: Course) -> None:
    officer = course.officers["north"][0]
    number = course.nominate(officer, course.opportunity())
    assert state(course, number) == "screened"
    with course.world.database.reading() as session:
        steps = [(step.verb, step.state) for step in queries.list_steps(session, number)]
        outcomes = queries.list_outcomes(session, number)
    assert steps == [
        ("start", "draft"),
        ("submit", "submitted"),
        ("endorse", "endorsed"),
        ("approve", "approved"),
        ("screen", "screened"),
    ]
    assert all(one.is_passed and one.source and one.text for one in outcomes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service_since": date(2026, 1, 1)}, "service"),
        ({"birth_year": 1960}, "age_short"),
        ({"passport_until": date(2027, 2, 11)}, "passport"),
        ({"clearance_until": date(2027, 1, 1)}, "clearance"),
        ({"post_topics": ["drones"]}, "relevance"),
        ({"languages": [{"code": "en", "level": "A2", "proof": ""}]}, "language"),
        ({"posting": ""}, "profile"),
    ],
)
def test_each_rule_says_no_for_its_own_reason(course: Course, changes: dict[str, object], code: str) -> None:
    officer, opportunity = course.officers["north"][0], course.opportunity()
    draft = full_profile(course.boss["north"].user_id, **changes)
    with course.world.work(officer) as work:
        revision = service.save_profile(work, officer, officer.user_id, draft).revision
    if code != "profile":
        with course.world.work(course.focal["north"]) as work:
            service.confirm_profile(work, course.focal["north"], officer.user_id, revision)
    found = gates(course, officer.user_id, opportunity)
    assert [key for key, is_passed in found.items() if not is_passed] == [code]
    with pytest.raises(Conflict):
        course.nominate(officer, opportunity)


def test_a_profile_that_was_changed_waits_for_its_confirmation_again(course: Course) -> None:
    officer, opportunity = course.officers["north"][0], course.opportunity()
    assert gates(course, officer.user_id, opportunity)["profile"]
    with course.world.work(officer) as work:
        service.save_profile(work, officer, officer.user_id, full_profile(course.boss["north"].user_id))
    assert not gates(course, officer.user_id, opportunity)["profile"]


def test_the_unit_switches_a_rule_off_and_two_changes_at_once_conflict(course: Course) -> None:
    officer = course.officers["north"][0]
    opportunity = course.opportunity(topics=["drones"])
    assert not gates(course, officer.user_id, opportunity)["relevance"]
    rule = BY_CODE["relevance"]
    off = GateDraft(text=rule.text, source=rule.source, is_active=False, revision=0)
    with course.world.work(course.staff) as work:
        service.set_gate(work, course.staff, "relevance", off)
    assert "relevance" not in gates(course, officer.user_id, opportunity)
    with pytest.raises(Conflict), course.world.work(course.staff) as work:
        service.set_gate(work, course.staff, "relevance", off)
    with pytest.raises(Forbidden), course.world.work(officer) as work:
        service.set_gate(work, officer, "relevance", off)


def test_one_live_nomination_at_a_time(course: Course) -> None:
    officer = course.officers["north"][0]
    course.nominate(officer, course.opportunity(), until="submitted")
    second = course.opportunity(title="Another course")
    assert not gates(course, officer.user_id, second)["one_live"]


def test_nobody_but_whose_step_it_is_takes_it(course: Course) -> None:
    number = course.nominate(course.officers["north"][0], course.opportunity(), until="submitted")
    for who in (course.focal["north"], course.boss["south"], course.staff):
        with pytest.raises((Forbidden, NotFound)):
            course.move(who, number, "endorse")
    course.move(course.boss["north"], number, "endorse")
    for who in (course.boss["north"], course.staff, course.officers["north"][0]):
        with pytest.raises(Forbidden):
            course.move(who, number, "approve")


def test_an_organisation_without_a_focal_point_is_approved_by_the_unit(course: Course) -> None:
    number = course.nominate(course.officers["north"][0], course.opportunity(), until="endorsed")
    with course.world.work() as work:
        focal = work.session.get(User, course.focal["north"].user_id)
        assert focal is not None
        focal.is_active = False
    course.move(course.staff, number, "approve")
    assert state(course, number) == "approved"


def test_a_deadline_that_passes_while_the_form_is_open_loses_nothing(course: Course, clock: FixedClock) -> None:
    officer, opportunity = course.officers["north"][0], course.opportunity()
    number = course.nominate(officer, opportunity, until="draft")
    clock.set(datetime(2026, 12, 11, tzinfo=UTC))
    with course.world.work(officer) as work:
        service.write_nomination(work, officer, number, NominationDraft(motivation="Written late", plan="x"))
    with pytest.raises(Conflict, match="deadline"):
        course.move(officer, number, "submit")
    assert (course.get(number).motivation, state(course, number)) == ("Written late", "draft")


def test_two_people_deciding_at_once(course: Course) -> None:
    number = course.nominate(course.officers["north"][0], course.opportunity(), until="submitted")
    seen = course.get(number).revision
    boss = course.boss["north"]
    with course.world.work(boss) as work:
        service.move_nomination(work, boss, number, "endorse", StepDraft(revision=seen))
    with pytest.raises(Conflict), course.world.work(boss) as work:
        service.move_nomination(work, boss, number, "decline", StepDraft(reason="no", revision=seen))
    assert state(course, number) == "endorsed"


def test_a_refusal_needs_its_reason_and_the_candidate_reads_it(course: Course) -> None:
    number = course.nominate(course.officers["north"][0], course.opportunity(), until="submitted")
    with pytest.raises(Invalid):
        course.move(course.boss["north"], number, "decline")
    course.move(course.boss["north"], number, "decline", "Needed at the laboratory in February")
    assert (state(course, number), course.get(number).reason) == (
        "not_selected",
        "Needed at the laboratory in February",
    )


def test_seats_are_not_lowered_below_those_given(course: Course) -> None:
    opportunity = course.opportunity()
    for officer in course.officers["north"][:2]:
        number = course.nominate(officer, opportunity)
        with course.world.work(course.staff) as work:
            row = queries.get_nomination(work.session, course.staff, number)
            service.take_step(work, row, "select", "the best", course.staff.user_id)
    draft = opportunity_draft(course.staff.organisation_id, seats=1)
    with pytest.raises(Invalid) as refused, course.world.work(course.staff) as work:
        service.change_opportunity(work, course.staff, opportunity, draft, zone=UTC)
    assert "seats" in refused.value.fields
    with course.world.database.reading() as session:
        offer = session.get(Opportunity, opportunity)
        assert offer is not None
        assert offer.seats == 2


def test_who_a_host_names_goes_through_the_rules_outside_the_shares(course: Course) -> None:
    opportunity, officer = course.opportunity(), course.officers["south"][0]
    with course.world.work(course.staff) as work:
        number = service.name_officer(work, course.staff, opportunity, officer.user_id, "asked for by letter").ref.id
    course.move(course.staff, number, "screen")
    with course.world.work(course.staff) as work:
        row = queries.get_nomination(work.session, course.staff, number)
        service.take_step(work, row, "select", "named", course.staff.user_id)
    with course.world.database.reading() as session:
        assert queries.count_seated(session, opportunity) == 0


def travelled(course: Course) -> tuple[int, int]:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity)
    with course.world.work(course.staff) as work:
        row = queries.get_nomination(work.session, course.staff, number)
        service.take_step(work, row, "select", "the best", course.staff.user_id)
    course.move(course.staff, number, "confirm")
    course.move(course.staff, number, "travel")
    return opportunity, number


def test_report_back_is_owed_reminded_of_once_and_done(course: Course, clock: FixedClock) -> None:
    _opportunity, number = travelled(course)
    officer, boss = course.officers["north"][0], course.boss["north"]
    with course.world.database.reading() as session:
        duty = session.get(ReportBack, number)
        assert duty is not None
        assert (duty.report_due, duty.share_due) == (date(2027, 3, 14), date(2027, 5, 13))
    counts = []
    for day in (1, 8, 9, 15, 16):
        clock.set(datetime(2027, 3, day, 8, tzinfo=UTC))
        with course.world.work() as work:
            counts.append(service.remind(work))
    assert counts == [0, 1, 0, 2, 0]
    with course.world.database.reading() as session:
        assert [row.id for row, _o, _u in queries.list_overdue(session, boss, clock.now().date())] == [number]
        assert queries.list_overdue(session, course.boss["south"], clock.now().date()) == []
    later = course.opportunity(
        title="Next", starts_on=date(2027, 9, 1), ends_on=date(2027, 9, 3), deadline=date(2027, 8, 1)
    )
    assert not gates(course, officer.user_id, later)["report_back"]
    with course.world.work(officer) as work:
        service.send_report(work, officer, number, ReportDraft(report="What I learned"))
    assert state(course, number) == "reported"
    with course.world.work(officer) as work:
        service.send_report(work, officer, number, ReportDraft(briefing="Section meeting, 3 April", briefed=14))
    assert state(course, number) == "closed"
    assert gates(course, officer.user_id, later)["report_back"]


def test_drafts_are_reminded_of_the_deadline_once_and_passed_ones_close(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity()
    course.nominate(course.officers["north"][0], opportunity, until="draft")
    counts = []
    for day in (1, 8, 9, 12):
        clock.set(datetime(2026, 12, day, tzinfo=UTC) + timedelta(hours=1))
        with course.world.work() as work:
            counts.append(service.remind(work))
    assert counts == [0, 1, 0, 0]
    with course.world.database.reading() as session:
        offer = session.get(Opportunity, opportunity)
        assert offer is not None
        assert offer.state == "closed"
