"""PostgreSQL as the product uses it: one writer at a time, limits, two starts and two drains at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from core import outbox
from core.audit import AuditEvent, verify
from core.clock import FixedClock
from core.content import ContentRef
from core.db import Database, Limits, address_of
from core.errors import Unavailable
from core.uow import UnitOfWork
from tests.databases import create_postgres, drop_postgres
from tests.factories import NOW
from tests.functional.processes import ipcu
from webapp import migrations

pytestmark = pytest.mark.postgres
THREADS = 6


@pytest.fixture
def url():
    """A database of this test's own, without tables."""
    made = create_postgres()
    yield address_of(made).set(drivername="postgres").render_as_string(hide_password=False)
    drop_postgres(made)


@pytest.fixture
def database(url):
    migrations.upgrade(url)
    database = Database(url)
    yield database
    database.close()


def at_once(*jobs):
    """Run all at the same moment; the first failure is raised."""
    ready = threading.Barrier(len(jobs))

    def run(job):
        ready.wait(60)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(120) for future in [pool.submit(run, job) for job in jobs]]


def work(database):
    return UnitOfWork(database, FixedClock(NOW))


def test_two_starts_at_once_make_one_schema(url, tmp_path):
    starts = at_once(*[lambda: ipcu(tmp_path, "database", "upgrade", database_url=url)] * 2)
    assert [start.returncode for start in starts] == [0, 0], [start.stderr for start in starts]
    assert migrations.is_current(url)


def test_concurrent_writers_leave_one_unbroken_chain(database):
    def write():
        for number in range(20):
            with work(database) as unit:
                unit.audit("test.done", number=number)

    at_once(*[write] * THREADS)
    with database.reading() as session:
        verdict = verify(session)
    assert (verdict.events, verdict.problem) == (THREADS * 20, "")


def test_what_a_writer_read_still_holds_when_it_writes(database):
    def once():
        with work(database) as unit:
            if unit.session.exec(select(AuditEvent).where(col(AuditEvent.action) == "once")).first() is None:
                unit.audit("once")

    at_once(*[once] * THREADS)
    with database.reading() as session:
        assert len(session.exec(select(AuditEvent)).all()) == 1


def test_a_reader_sees_one_state_to_its_end(database):
    with database.reading() as session:
        assert not session.exec(select(AuditEvent)).all()
        with work(database) as unit:
            unit.audit("meanwhile")
        assert not session.exec(select(AuditEvent)).all()
    with database.reading() as session:
        assert len(session.exec(select(AuditEvent)).all()) == 1


def test_two_drains_at_once_share_the_marks_and_lose_none(database):
    refs = [ContentRef("record", number) for number in range(1, 201)]
    with work(database) as unit:
        for ref in refs:
            unit.mark_dirty(ref, "test")

    def drain():
        mine = []
        while True:
            with work(database) as unit:
                claims = outbox.claim(unit.session, NOW, 7, timedelta(minutes=3))
            if not claims:
                return mine
            mine += [one.ref for one in claims]
            with work(database) as unit:
                outbox.settle(unit.session, claims)

    done = [ref for mine in at_once(*[drain] * THREADS) for ref in mine]
    assert sorted(done) == refs
    with database.reading() as session:
        assert outbox.count_waiting(session) == 0


def test_a_statement_that_takes_too_long_says_try_again(database, url):
    hasty = Database(url, Limits(statement_seconds=0.2))
    with pytest.raises(Unavailable, match="does not answer"), hasty.reading() as session:
        session.execute(text("SELECT pg_sleep(30)"))
    with pytest.raises(Unavailable, match="Nothing was saved"), work(hasty) as unit:
        unit.session.execute(text("SELECT pg_sleep(30)"))
    hasty.close()


def test_a_writer_that_waits_too_long_for_another_says_try_again(database, url):
    hasty = Database(url, Limits(lock_seconds=0.2))
    with work(database) as first:
        first.audit("first")
        with pytest.raises(Unavailable, match="Nothing was saved"), work(hasty) as second:
            second.audit("second")
    hasty.close()
    with database.reading() as session:
        assert [event.action for event in session.exec(select(AuditEvent))] == ["first"]


def test_a_pool_that_is_used_up_says_try_again(database, url):
    small = Database(url, Limits(pool=1, overflow=0, pool_seconds=0.2))
    with small.reading() as holding:
        holding.execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="does not answer"), small.reading() as session:
            session.execute(text("SELECT 1"))
    small.close()


def test_a_transaction_that_stands_still_is_ended_and_frees_the_lock(database, url):
    idle = Database(url, Limits(idle_seconds=0.2))
    with pytest.raises(Unavailable, match="Nothing was saved"), work(idle) as stuck:
        stuck.audit("stuck")
        stuck.session.flush()
        with work(database) as other:
            other.audit("other")
        stuck.session.execute(text("SELECT 1"))
    idle.close()
    with database.reading() as session:
        assert [event.action for event in session.exec(select(AuditEvent))] == ["other"]


def test_connections_that_the_server_cut_are_replaced(database, url):
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    plain = address_of(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [address_of(url).database]
        )
    with database.reading() as session:
        assert session.execute(text("SHOW timezone")).scalar() == "UTC"
        assert session.execute(text("SHOW application_name")).scalar() == "ipcu"
