"""Needs and rounds through their services, on both databases."""

from datetime import date

import pytest
from pydantic import ValidationError

from core.access import Marking
from core.content import ContentRef
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.links import LinkState, find_link, links_from
from core.people import Role
from tests.makers import Wanted, make_need, make_record, need_draft
from training.needs import queries, service
from training.needs.drafts import (
    NamedTopicDraft,
    RatingDraft,
    ReplyDraft,
    RoundDraft,
    StepDraft,
    TopicDraft,
    VerdictDraft,
)
from training.needs.lifecycle import TRANSITIONS, steps_from
from training.needs.models import ANSWERED_BY, HANDED_TO, KIND, SAME, Cause, Extent, Status


@pytest.fixture
def bodies(world):
    return {key: world.organisation(key) for key in ("unit", "cid", "port")}


@pytest.fixture
def staff(world, bodies):
    return world.viewer(world.person("saira", bodies["unit"], Role.IPCU_STAFF))


@pytest.fixture
def focal(world, bodies):
    return world.viewer(world.person("bilal", bodies["cid"], Role.FOCAL_POINT))


@pytest.fixture
def amina(world, bodies):
    return world.viewer(world.person("amina", bodies["cid"], Role.OFFICER))


def propose(world, author, **changes):
    with world.work(author) as work:
        draft = need_draft(author.organisation_id, Wanted("Flying a drone at night"), **changes)
        return service.create_need(work, author, draft).ref.id


def move(world, viewer, number, verb, reason="", **more):
    with world.work(viewer) as work:
        return service.move_need(work, viewer, number, StepDraft(verb=verb, reason=reason, **more)).status


def get(world, viewer, number):
    with world.database.reading() as session:
        return queries.get_need(session, viewer, number)


def test_a_need_goes_through_its_life(world, amina, staff):
    number = propose(world, amina)
    assert move(world, staff, number, "open") == Status.OPEN
    assert move(world, staff, number, "plan") == Status.PLANNED
    assert move(world, staff, number, "meet", "Twelve officers fly at night.") == Status.MET
    assert get(world, amina, number).reason == "Twelve officers fly at night."
    assert move(world, staff, number, "reopen", "The certificates ran out.") == Status.OPEN


@pytest.mark.parametrize("step", TRANSITIONS, ids=lambda step: step.verb)
def test_every_step_is_refused_from_every_other_state(step):
    for status in Status:
        assert (step in steps_from(status, Cause.SKILL)) == (status in step.sources)


@pytest.mark.parametrize("cause", [Cause.PROCEDURE, Cause.EQUIPMENT, Cause.STAFFING])
def test_what_training_cannot_remove_is_referred_or_closed_and_nothing_else(world, amina, staff, cause):
    number = propose(world, amina, cause=cause)
    assert {one.verb for one in steps_from(Status.DRAFT, cause)} == {"refer", "close"}
    with pytest.raises(Conflict):
        move(world, staff, number, "open")
    with pytest.raises(Invalid) as refused:
        move(world, staff, number, "refer")
    assert "reason" in refused.value.fields
    assert get(world, staff, number).status == Status.DRAFT


def test_a_missing_procedure_becomes_a_task_of_somebody(world, amina, staff):
    number, task = propose(world, amina, cause=Cause.PROCEDURE), ContentRef("request", 5)
    step = StepDraft(verb="refer", reason="There is no SOP.")
    with pytest.raises(Invalid), world.work(staff) as work:
        service.refer_need(work, staff, number, step, None)
    assert get(world, staff, number).status == Status.DRAFT
    with world.work(staff) as work:
        service.refer_need(work, staff, number, step, task)
    with world.database.reading() as session:
        assert find_link(session, ContentRef(KIND, number), HANDED_TO, task).state == LinkState.CONFIRMED


def test_two_people_who_decide_at_once_do_not_overwrite_each_other(world, amina, staff):
    number = propose(world, amina)
    assert move(world, staff, number, "close", "It is a double.", status=Status.DRAFT) == Status.CLOSED
    with pytest.raises(Conflict):
        move(world, staff, number, "open", status=Status.DRAFT)
    assert get(world, staff, number).status == Status.CLOSED


def test_only_the_staff_move_and_only_keepers_see_a_draft(world, bodies, amina, focal, staff):
    number = propose(world, amina)
    stranger = world.viewer(world.person("olga", bodies["port"], Role.FOCAL_POINT))
    for keeper in (amina, focal, staff):
        assert get(world, keeper, number)
        with world.database.reading() as session:
            assert number in queries.find_titles(session, keeper, [number])
    with pytest.raises(NotFound):
        get(world, stranger, number)
    with world.database.reading() as session:
        assert not queries.list_needs(session, stranger)
    for person in (amina, focal):
        with pytest.raises(Forbidden):
            move(world, person, number, "open")


def test_staff_see_no_need_that_is_not_shared_with_them(world, amina, staff):
    number = propose(world, amina, marking=Marking.AMBER_STRICT)
    with pytest.raises(NotFound):
        move(world, staff, number, "open")
    with world.database.reading() as session:
        assert not queries.list_needs(session, staff)
        assert not queries.list_drafts_waiting(session, staff)


def test_an_outdated_edit_is_refused_and_only_the_source_widens(world, bodies, amina, focal, staff):
    number = propose(world, amina, marking=Marking.AMBER, listed_organisations=[bodies["unit"]])
    move(world, staff, number, "open")
    with pytest.raises(Conflict), world.work(focal) as work:
        draft = need_draft(bodies["cid"], Wanted("Changed in between"), revision=1)
        service.edit_need(work, focal, number, draft)
    wider = need_draft(bodies["cid"], Wanted("Shared with all"), marking=Marking.GREEN, revision=2)
    with pytest.raises(Forbidden), world.work(staff) as work:
        service.edit_need(work, staff, number, wider)
    with world.work(focal) as work:
        service.edit_need(work, focal, number, wider)
    assert get(world, staff, number).marking == Marking.GREEN


def test_a_judgement_is_kept_and_only_the_staff_judge(world, amina, staff):
    number, record = (
        make_need(world, amina, Wanted("Night flights")),
        make_record(world, amina, Wanted("Night flights")),
    )
    target = ContentRef("record", record)
    with pytest.raises(Forbidden), world.work(amina) as work:
        service.judge_answer(work, amina, number, target, VerdictDraft(extent=Extent.FULLY))
    with world.work(staff) as work:
        service.judge_answer(work, staff, number, target, VerdictDraft(extent=Extent.FULLY, why="It says it all."))
    with world.database.reading() as session:
        link = links_from(session, KIND, [number], ANSWERED_BY)[0]
        assert (link.extent, link.by, link.why) == ("fully", staff.user_id, "It says it all.")
        assert not queries.list_unanswered(session, staff, 5)
    with world.work(staff) as work:
        service.judge_answer(work, staff, number, target, VerdictDraft())
    other = make_need(world, amina, Wanted("Flights by night"))
    with world.database.reading() as session:
        assert links_from(session, KIND, [number], ANSWERED_BY)[0].state == LinkState.REJECTED
        assert len(queries.list_unanswered(session, staff, 5)) == 2
        like = queries.get_need(session, staff, other)
        assert queries.rejections_of_like(session, like) == {target: 1}


def test_requests_are_put_together_and_become_evidence(world, bodies, amina, staff):
    refs = [ContentRef("request", number) for number in (3, 1, 2)]
    with pytest.raises(Forbidden), world.work(amina) as work:
        service.confirm_same(work, amina, refs)
    with pytest.raises(Invalid), world.work(staff) as work:
        service.confirm_same(work, staff, refs[:1])
    with world.work(staff) as work:
        service.confirm_same(work, staff, refs)
        draft = need_draft(bodies["unit"], Wanted("Where do drone batteries go"))
        number = service.propose_need(work, staff, draft, refs).ref.id
    with world.work(staff) as work:
        # A fourth that means the same belongs to the need at once.
        service.confirm_same(work, staff, [refs[0], ContentRef("request", 9)])
        assert queries.needs_shown_by(work.session, [ContentRef("request", 9)]) == {number}
        assert find_link(work.session, refs[1], SAME, refs[0]).state == LinkState.CONFIRMED


def draft_round(**changes):
    topics = [
        TopicDraft(topic="drones", competency="plan a night flight", is_strategic=True),
        TopicDraft(topic="ethics", competency="refuse an unlawful order"),
    ]
    return RoundDraft(**{"title": "What we need", "due_on": date(2026, 12, 20), "topics": topics, **changes})


@pytest.fixture
def opened(world, staff):
    with world.work(staff) as work:
        number = service.open_round(work, staff, draft_round()).ref.id
    with world.database.reading() as session:
        return number, [one.id for one in queries.topics_of_round(session, number)]


def reply(world, viewer, number, body, *named):
    with world.work(viewer) as work:
        service.answer_round(work, viewer, number, ReplyDraft(organisation_id=body, named=list(named)))


def test_a_round_is_answered_rated_and_measured(world, bodies, focal, staff, amina, opened):
    number, (drones, _) = opened
    reply(world, focal, number, bodies["cid"], NamedTopicDraft(topic_id=drones, officers=40, urgency=6))
    reply(world, staff, number, bodies["port"], NamedTopicDraft(topic_id=drones))
    with world.work(amina) as work:
        service.rate_topics(work, amina, number, [RatingDraft(topic_id=drones, importance=5, ability=2)])
    with world.database.reading() as session:
        first, second = queries.measured(session, number)
    assert (first.naming, first.answering, first.urgency, first.urgency_n) == (2, 2, 6, 1)
    assert (first.volume.total, first.volume.n) == (40, 1)
    assert first.borich.mwds == 15
    assert (first.strategy, second.strategy) == (1.0, 0.5)
    assert (second.relevance, second.urgency, second.volume, second.coverage) == (0, None, None, None)
    assert first.is_indicative


def test_a_second_answer_replaces_the_first(world, bodies, focal, amina, opened):
    number, (drones, ethics) = opened
    reply(world, focal, number, bodies["cid"], NamedTopicDraft(topic_id=drones, officers=40))
    reply(world, focal, number, bodies["cid"], NamedTopicDraft(topic_id=ethics, officers=4))
    for ability in (2, 3):
        with world.work(amina) as work:
            service.rate_topics(work, amina, number, [RatingDraft(topic_id=drones, importance=5, ability=ability)])
    with world.database.reading() as session:
        first, second = queries.measured(session, number)
    assert (first.naming, second.naming, second.volume.total) == (0, 1, 4)
    assert (first.borich.n, first.borich.gaps) == (1, (2,))


def test_what_covers_a_topic_is_what_every_member_may_know(world, bodies, focal, staff, amina, opened):
    number, (drones, _) = opened
    reply(world, focal, number, bodies["cid"], NamedTopicDraft(topic_id=drones, officers=48))
    record = ContentRef("record", make_record(world, amina, Wanted("Night flights")))
    shared = make_need(world, amina, Wanted("Night flights"))
    hidden = make_need(world, amina, Wanted("Secret flights", Marking.AMBER_STRICT, organisations=(bodies["unit"],)))
    for need in (shared, hidden):
        with world.work(staff) as work:
            service.judge_answer(work, staff, need, record, VerdictDraft(extent=Extent.FULLY))
    with world.database.reading() as session:
        assert queries.measured(session, number)[0].coverage == 12 / 48


def test_nobody_answers_for_others_or_after_the_end(world, bodies, focal, staff, amina, opened):
    number, _ = opened
    with pytest.raises(Forbidden):
        reply(world, focal, number, bodies["port"])
    with pytest.raises(Forbidden):
        reply(world, amina, number, bodies["cid"])
    with pytest.raises(NotFound):
        reply(world, staff, number, 4711)
    with pytest.raises(Invalid):
        reply(world, focal, number, bodies["cid"], NamedTopicDraft(topic_id=4711))
    with world.work(staff) as work:
        service.close_round(work, staff, number)
    for act in (
        lambda: reply(world, focal, number, bodies["cid"]),
        lambda: reply(world, staff, number, bodies["cid"]),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(Conflict), world.work(staff) as work:
        service.close_round(work, staff, number)
    with pytest.raises(Conflict), world.work(amina) as work:
        service.rate_topics(work, amina, number, [])


def test_a_round_waits_for_focal_points_until_they_answered(world, bodies, focal, amina, opened):
    number, _ = opened
    with world.database.reading() as session:
        assert [one.id for one in queries.list_waiting(session, focal)] == [number]
        assert not queries.list_waiting(session, amina)
    reply(world, focal, number, bodies["cid"])
    with world.database.reading() as session:
        assert not queries.list_waiting(session, focal)


def test_a_round_needs_a_day_to_come_and_each_topic_once(world, staff, amina):
    with pytest.raises(Invalid) as refused, world.work(staff) as work:
        service.open_round(work, staff, draft_round(due_on=date(2026, 11, 19)))
    assert "due_on" in refused.value.fields
    with pytest.raises(ValidationError):
        draft_round(topics=[TopicDraft(topic="drones", competency="fly a drone")] * 2)
    with pytest.raises(Forbidden), world.work(amina) as work:
        service.open_round(work, amina, draft_round())


@pytest.mark.parametrize(
    "changes",
    [
        {"urgency": 7},
        {"urgency": 0},
        {"level_now": 4, "level_wanted": 3},
        {"officers": -1},
        {"topic": "astrology"},
        {"cross_cutting": "drones"},
        {"statement": "short"},
    ],
)
def test_a_need_that_does_not_hold_is_refused(changes):
    with pytest.raises(ValidationError):
        need_draft(1, Wanted("A title"), **changes)
