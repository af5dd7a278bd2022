"""The unit of work: all or nothing, hooks strictly after."""

import logging
import threading

import pytest
from sqlmodel import select

from core.audit import AuditEvent
from core.content import ContentRef
from core.db import BUSY_TIMEOUT_MS
from core.errors import Unavailable
from core.people import Organisation
from core.uow import UnitOfWork
from tests.factories import World


def test_nothing_is_saved_and_no_hook_runs_when_the_block_fails(world: World) -> None:
    ran: list[str] = []
    with pytest.raises(RuntimeError), world.work() as work:
        work.session.add(Organisation(key="x", name="X", kind="police", default_marking="GREEN"))
        work.audit("organisation.added")
        work.after_commit(lambda: ran.append("hook"))
        raise RuntimeError
    with world.database.reading() as session:
        assert session.exec(select(Organisation)).all() == []
        assert session.exec(select(AuditEvent)).all() == []
    assert ran == []


def test_the_kick_comes_after_the_commit_and_only_with_marks(world: World) -> None:
    seen: list[int] = []

    def kick() -> None:
        with world.database.reading() as session:
            seen.append(len(session.exec(select(AuditEvent)).all()))

    with UnitOfWork(world.database, world.clock, on_dirty=kick) as work:
        work.audit("nothing.dirty")
    assert seen == []
    with UnitOfWork(world.database, world.clock, on_dirty=kick) as work:
        work.audit("something.dirty")
        work.mark_dirty(ContentRef("record", 1), "edit")
    assert seen == [2]


def test_a_failing_hook_does_not_undo_what_was_saved(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL), world.work() as work:
        work.audit("kept")
        work.after_commit(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    with world.database.reading() as session:
        assert [event.action for event in session.exec(select(AuditEvent))] == ["kept"]


def test_what_may_be_left_undone_does_not_wait_for_a_writer(world: World) -> None:
    with world.work() as work:
        work.audit("first")
        with pytest.raises(Unavailable), UnitOfWork(world.database, world.clock, waits=False) as hasty:
            hasty.audit("left.undone")
    with UnitOfWork(world.database, world.clock, waits=False) as hasty:
        hasty.audit("done")
    with world.reading() as session:
        assert [event.action for event in session.exec(select(AuditEvent))] == ["first", "done"]


def test_a_writer_after_one_that_did_not_wait_waits_as_ever(world: World) -> None:
    if not world.database.is_sqlite:
        return
    # The same connection serves both: what was set for the one must not hold for the other.
    with UnitOfWork(world.database, world.clock, waits=False) as hasty:
        hasty.audit("done")
    with world.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == BUSY_TIMEOUT_MS


def test_writers_wait_for_each_other_instead_of_failing(world: World) -> None:
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for step in range(10):
                with world.work() as work:
                    work.audit("step", None, thread=number, step=step)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with world.database.reading() as session:
        assert [event.number for event in session.exec(select(AuditEvent))] == list(range(1, 41))
