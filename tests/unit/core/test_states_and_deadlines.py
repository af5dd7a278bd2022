"""The seams of life cycles and deadlines, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.audit import AuditEvent
from core.content import ContentRef
from core.deadlines import Deadline, drop_deadlines, fire_deadlines, list_open, meet_deadline, set_deadline
from core.errors import Conflict, Invalid
from core.notices import Notice
from core.people import Role
from core.states import Lifecycle, Transition, move
from events_calendar.kinds import LIFECYCLE
from tests.architecture.source import ROOT
from tests.factories import World

REF = ContentRef("thing", 7)
DAY = timedelta(days=1)
DOOR = Lifecycle(
    "door",
    "shut",
    (Transition("open", ("shut",), "open"), Transition("lock", ("shut", "open"), "locked", wants=("reason",))),
)


def test_a_life_cycle_knows_its_states_and_what_is_possible():
    assert DOOR.states == ("shut", "open", "locked")
    assert DOOR.verbs_from("shut") == ("open", "lock")
    assert DOOR.verbs_from("locked") == ()
    assert "shut --> locked: lock (reason)" in DOOR.drawing()


def test_a_life_cycle_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="twice"):
        Lifecycle("door", "shut", (Transition("open", ("shut",), "open"),) * 2)
    with pytest.raises(ValueError, match="no way leads"):
        Lifecycle("door", "shut", (Transition("open", ("ajar",), "open"),))


def test_a_change_is_audited_wants_what_it_wants_and_conflicts_in_another_state(world: World):
    with world.work() as work:
        assert move(work, DOOR, "shut", "lock", ref=REF, given={"reason": "Night"}) == "locked"
    with pytest.raises(Invalid) as refused, world.work() as work:
        move(work, DOOR, "shut", "lock", ref=REF, given={"reason": " "})
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Conflict), world.work() as work:
        move(work, DOOR, "locked", "open", ref=REF)
    with world.database.reading() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "door.lock")).all()
    assert [event.details for event in events] == [{"before": "shut", "after": "locked"}]


def test_the_docs_draw_the_life_cycle_that_the_code_has():
    from_docs = (ROOT / "docs" / "calendar.md").read_text()
    assert LIFECYCLE.drawing() in from_docs


def told(world: World) -> list[tuple[int, str]]:
    with world.database.reading() as session:
        return [(row.user_id, row.event) for row in session.exec(select(Notice).order_by(Notice.id)).all()]


def fire(world: World) -> int:
    with world.work() as work:
        return fire_deadlines(work, {})


def test_a_deadline_reminds_falls_due_and_escalates_each_once(world: World):
    body = world.organisation("cid")
    person, chief = world.person("amina", body), world.person("chief", body, Role.FOCAL_POINT)
    with world.work() as work:
        set_deadline(
            work.session,
            REF,
            "thing.report",
            work.now + 3 * DAY,
            user_id=person,
            organisation_id=body,
            remind_before=DAY,
            escalate_after=DAY,
            escalate_to=Role.FOCAL_POINT,
        )
    assert fire(world) == 0
    for _day in range(6):
        world.clock.advance(DAY)
        fire(world)
        assert fire(world) == 0, "nothing fires twice"
    assert told(world) == [
        (person, "thing.report.reminder"),
        (person, "thing.report.due"),
        (person, "thing.report.escalated"),
        (chief, "thing.report.escalated"),
    ]


def test_after_a_pause_only_the_last_step_is_told(world: World):
    person = world.person("amina", world.organisation("cid"))
    with world.work() as work:
        set_deadline(work.session, REF, "thing.report", work.now + 3 * DAY, user_id=person, remind_before=DAY)
    world.clock.advance(9 * DAY)
    fire(world)
    assert fire(world) == 0
    assert told(world) == [(person, "thing.report.due")]


def test_what_is_done_dropped_or_moved_does_not_fire(world: World):
    person = world.person("amina", world.organisation("cid"))
    with world.work() as work:
        for name in ("done", "dropped", "moved"):
            set_deadline(work.session, REF, name, work.now + DAY, user_id=person)
        assert meet_deadline(work.session, REF, "done", work.now, by=person) == 1
        assert meet_deadline(work.session, REF, "done", work.now, by=person) == 0
        drop_deadlines(work.session, REF, ["dropped"])
        set_deadline(work.session, REF, "moved", work.now + 5 * DAY, user_id=person)
    world.clock.advance(2 * DAY)
    assert fire(world) == 0
    with world.database.reading() as session:
        assert [row.name for row in list_open(session, person)] == ["moved"]
    world.clock.advance(4 * DAY)
    assert fire(world) == 1


def test_a_role_in_an_organisation_is_told_and_nobody_else(world: World):
    body, other = world.organisation("cid"), world.organisation("other")
    mine = world.person("amina", body, Role.FOCAL_POINT)
    world.person("bilal", body, Role.OFFICER)
    world.person("chandni", other, Role.FOCAL_POINT)
    with world.work() as work:
        set_deadline(work.session, REF, "thing.report", work.now, role=Role.FOCAL_POINT, organisation_id=body)
    fire(world)
    assert told(world) == [(mine, "thing.report.due")]
    with world.database.reading() as session:
        assert [row.ref for row in list_open(session, mine)] == [REF]


def test_a_deadline_with_a_handler_is_acted_upon_once(world: World):
    person = world.person("amina", world.organisation("cid"))
    seen: list[Deadline] = []
    with world.work() as work:
        set_deadline(work.session, REF, "thing.close", work.now, user_id=person)
    for _ in range(2):
        with world.work() as work:
            fire_deadlines(work, {"thing.close": lambda _work, row: seen.append(row)})
    assert [row.ref for row in seen] == [REF]
    assert told(world) == []
