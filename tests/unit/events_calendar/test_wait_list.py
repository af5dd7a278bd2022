"""The wait-list over random histories: the order of joining, never oversold, never a seat lost."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from core.access import Viewer
from core.db import Database
from core.deadlines import fire_deadlines
from core.errors import Conflict
from events_calendar import service
from events_calendar.drafts import RegistrationDraft
from events_calendar.models import Registration, Standing
from events_calendar.queries import get_event
from events_calendar.seats import InLine, allot
from events_calendar.service.events import edit_event
from events_calendar.service.telling import OFFER
from tests.factories import World, event_draft
from webapp.parts import TABLES as TABLES

PEOPLE, BODIES = 9, 3
LINES = st.lists(
    st.builds(InLine, key=st.integers(1, 1000), organisation=st.integers(1, 4), place=st.integers(1, 1000)),
    max_size=30,
    unique_by=(lambda one: one.key, lambda one: one.place),
)
LIMITS = st.none() | st.integers(0, 8)


@given(LIMITS, LIMITS, st.lists(st.integers(1, 4), max_size=8), LINES)
def test_the_rule_seats_as_many_as_fit_and_nobody_before_his_turn(capacity, limit, taken, line):
    served = allot(capacity, limit, taken, line)
    used = Counter(taken) + Counter(one.organisation for one in served)
    room = float("inf") if capacity is None else max(capacity, len(taken))
    assert used.total() <= room
    assert served == sorted(served, key=lambda one: one.place)
    passed_over = [one for one in line if one not in served]
    is_full = capacity is not None and used.total() >= capacity
    for one in passed_over:
        has_all = limit is not None and used[one.organisation] >= limit
        assert is_full or has_all, "a seat was left empty beside somebody who could have had it"
        for other in served:
            same = other.organisation == one.organisation
            assert other.place < one.place or (has_all and not same), "somebody was served before his turn"


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["join", "join", "join", "leave", "accept", "wait", "grow"]), st.integers(0, PEOPLE - 1)),
    max_size=25,
)


class Story:
    """One event with people of three bodies, and what they do."""

    def __init__(self, capacity: int, limit: int | None) -> None:
        database = Database("sqlite://")
        SQLModel.metadata.create_all(database.engine)
        self.world, self.capacity, self.limit = World(database), capacity, limit
        bodies = [self.world.organisation(f"body-{number}") for number in range(BODIES)]
        self.host = self.world.viewer(self.world.person("host", bodies[0]))
        self.people: list[Viewer] = [
            self.world.viewer(self.world.person(f"person-{number}", bodies[number % BODIES]))
            for number in range(PEOPLE)
        ]
        self.event = self.world.event(self.host, capacity=capacity, organisation_seats=limit, offer_hours=6)

    def do(self, what: str, who: int) -> None:
        person = self.people[who]
        try:
            with self.world.work(person) as work:
                if what == "join":
                    service.register(work, person, self.event, RegistrationDraft())
                elif what == "leave":
                    service.withdraw(work, person, self.event)
                elif what == "accept":
                    service.accept_offer(work, person, self.event)
                elif what == "grow":
                    self.capacity += 1
                    draft = event_draft(
                        self.host.organisation_id,
                        capacity=self.capacity,
                        organisation_seats=self.limit,
                        offer_hours=6,
                    )
                    edit_event(work, self.host, self.event, draft)
                else:
                    self.world.clock.advance(timedelta(hours=4))
                    fire_deadlines(work, {OFFER: service.expire_offers})
        except Conflict:
            pass

    def rows(self) -> list[Registration]:
        with self.world.database.reading() as session:
            rows = session.exec(select(Registration).where(Registration.event_id == self.event)).all()
            return sorted(rows, key=lambda row: row.place_in_line)

    def check(self) -> None:
        rows = self.rows()
        seated = [row for row in rows if row.is_seated]
        line = [row for row in rows if row.standing == Standing.WAITING]
        used = Counter(row.organisation_id for row in seated)
        assert len(seated) <= self.capacity, "oversold"
        assert self.limit is None or all(count <= self.limit for count in used.values())
        assert len({row.place_in_line for row in rows}) == len(rows), "two people with one place"
        if len(seated) < self.capacity:
            assert all(self.limit is not None and used[row.organisation_id] >= self.limit for row in line), (
                "a seat is lost"
            )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.none() | st.integers(1, 2), ACTIONS)
def test_whatever_people_do_the_line_is_fair(capacity, limit, actions):
    story = Story(capacity, limit)
    for what, who in actions:
        before = {row.user_id: row for row in story.rows()}
        story.do(what, who)
        story.check()
        for row in story.rows():
            was = before.get(row.user_id)
            if not row.is_seated or (was is not None and was.is_seated):
                continue
            ahead = [
                one
                for one in before.values()
                if one.standing == Standing.WAITING
                and one.user_id != row.user_id
                and (was is None or not was.stands or one.place_in_line < was.place_in_line)
            ]
            still = {one.user_id for one in story.rows() if one.standing == Standing.WAITING}
            for one in ahead:
                assert one.user_id not in still or story.limit is not None, "somebody was served before his turn"
    story.world.database.close()


def test_who_comes_back_joins_the_end_of_the_line(world):
    body = world.organisation("cid")
    people = [world.viewer(world.person(name, body)) for name in ("host", "first", "second", "third")]
    event = world.event(people[0], capacity=1)

    def act(use_case, person, *more):
        with world.work(person) as work:
            return use_case(work, person, event, *more).standing

    assert act(service.register, people[1], RegistrationDraft()) == "confirmed"
    assert act(service.register, people[2], RegistrationDraft()) == "waiting"
    assert act(service.register, people[3], RegistrationDraft()) == "waiting"
    act(service.withdraw, people[2])
    assert act(service.register, people[2], RegistrationDraft()) == "waiting"
    act(service.withdraw, people[1])
    with world.database.reading() as session:
        get_event(session, people[3], event)
        standings = {row.user_id: row.standing for row in session.exec(select(Registration)).all()}
    assert standings[people[3].user_id] == "offered"
    assert standings[people[2].user_id] == "waiting"
