"""Dirty marks: collapsed, leased, settled only when untouched, retried and parked."""

from datetime import timedelta

from sqlmodel import select

from core import outbox
from core.content import ContentRef
from core.outbox import DirtyMark
from tests.factories import World

REF = ContentRef("record", 7)
LEASE = timedelta(minutes=5)


def _mark(world: World, ref: ContentRef = REF) -> None:
    with world.work() as work:
        work.mark_dirty(ref, "edit")


def _claim(world: World, limit: int = 10) -> list[outbox.Claim]:
    with world.work() as work:
        return outbox.claim(work.session, work.now, limit, LEASE)


def _marks(world: World) -> list[DirtyMark]:
    with world.database.reading() as session:
        return list(session.exec(select(DirtyMark)))


def test_many_edits_of_one_object_are_one_mark(world: World) -> None:
    for _ in range(10):
        _mark(world)
    (mark,) = _marks(world)
    assert (mark.kind, mark.object_id, mark.touch) == ("record", 7, 10)


def test_a_claimed_mark_is_not_claimed_again_until_its_lease_ends(world: World) -> None:
    _mark(world)
    assert len(_claim(world)) == 1
    assert _claim(world) == []
    world.clock.advance(LEASE + timedelta(seconds=1))
    assert len(_claim(world)) == 1


def test_a_settled_mark_is_gone(world: World) -> None:
    _mark(world)
    claims = _claim(world)
    with world.work() as work:
        outbox.settle(work.session, claims)
    assert _marks(world) == []


def test_a_mark_touched_while_claimed_survives_and_is_due_at_once(world: World) -> None:
    _mark(world)
    claims = _claim(world)
    _mark(world)
    with world.work() as work:
        outbox.settle(work.session, claims)
    (again,) = _claim(world)
    assert again.touch == 2


def test_failures_back_off_and_the_eighth_parks(world: World) -> None:
    _mark(world)
    for attempt in range(outbox.MAX_ATTEMPTS):
        claims = _claim(world)
        assert len(claims) == 1, f"attempt {attempt}"
        with world.work() as work:
            outbox.fail(work.session, claims, "EngineError", work.now)
        assert _claim(world) == []
        world.clock.advance(timedelta(hours=1))
    with world.database.reading() as session:
        (parked,) = outbox.list_parked(session)
        assert outbox.count_waiting(session) == 0
    assert parked.error == "EngineError"


def test_a_parked_mark_is_tried_again_after_an_edit_or_on_demand(world: World) -> None:
    for wake in (lambda: _mark(world), lambda: _retry(world)):
        _mark(world)
        for _ in range(outbox.MAX_ATTEMPTS):
            with world.work() as work:
                outbox.fail(work.session, outbox.claim(work.session, work.now, 1, LEASE), "x", work.now)
            world.clock.advance(timedelta(hours=1))
        assert _claim(world) == []
        wake()
        claims = _claim(world)
        assert len(claims) == 1
        with world.work() as work:
            outbox.settle(work.session, claims)


def test_the_backlog_is_as_old_as_the_first_change_that_waits(world: World) -> None:
    with world.database.reading() as session:
        assert outbox.backlog(session, world.clock.now()) == outbox.Backlog(0, 0, 0.0)
    _mark(world)
    world.clock.advance(timedelta(minutes=1))
    _mark(world)
    _mark(world, ContentRef("record", 8))
    world.clock.advance(timedelta(minutes=1))
    with world.database.reading() as session:
        assert outbox.backlog(session, world.clock.now()) == outbox.Backlog(2, 0, 120.0)
    for _ in range(outbox.MAX_ATTEMPTS):
        with world.work() as work:
            first = [one for one in outbox.claim(work.session, work.now, 9, LEASE) if one.ref == REF]
            outbox.fail(work.session, first, "x", work.now)
        world.clock.advance(timedelta(hours=1))
    with world.database.reading() as session:
        parked = outbox.backlog(session, world.clock.now())
    assert (parked.waiting, parked.parked) == (1, 1)
    assert parked.oldest_seconds > 3600


def test_marks_of_a_failed_transaction_do_not_exist(world: World) -> None:
    try:
        with world.work() as work:
            work.mark_dirty(REF, "edit")
            raise RuntimeError
    except RuntimeError:
        pass
    assert _marks(world) == []


def _retry(world: World) -> None:
    with world.work() as work:
        assert outbox.retry_parked(work.session, work.now) == 1
