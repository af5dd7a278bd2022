"""Leases: renewed while the holder lives, lost by who stood still, and never taken from somebody else."""

import threading
from contextlib import nullcontext
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

import search.models  # noqa: F401 - registers its tables
from core import outbox
from core.clock import SystemClock
from core.errors import Unavailable
from core.files import FileText
from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus
from indexer.lease import LEASE, Lease
from indexer.texts import TextStage
from tests.factories import World
from tests.functional.processes import wait_for
from tests.unit.indexer.fakes import Bench, CountingEmbedder

SHORT = timedelta(seconds=4)
"""Renewed each second, which a busy machine still manages."""


@pytest.fixture
def living(world: World, tmp_path: Path) -> Bench:
    """An indexer in real time."""
    world.clock = SystemClock()  # type: ignore[assignment]
    return Bench(world, tmp_path / "files", CountingEmbedder())


def test_a_round_that_takes_longer_than_its_lease_keeps_its_marks(living):
    living.put(1)
    first = []

    def outlive() -> None:
        first.append(living.marks()[0].claimed_until)
        wait_for(lambda: living.world.clock.now() > first[0], "the end of the first lease")
        assert living.make().drain_once().claimed == 0

    living.source.on_load = outlive
    report = living.make(lease=SHORT).drain_once()
    assert (report.embedded, report.stopped) == (1, "")
    assert living.marks() == []


def test_who_stood_still_writes_nothing_and_another_goes_on(bench):
    bench.put(1)
    bench.put(2)
    bench.source.on_load = lambda: bench.world.clock.advance(LEASE + timedelta(seconds=1))
    report = bench.indexer.drain_once()
    assert "left to another process" in report.stopped
    assert bench.engine.batches == []
    bench.source.on_load = lambda: None
    assert bench.make().drain_once().embedded == 2
    assert bench.marks() == []


def test_who_stood_still_does_not_free_what_another_holds_now(bench):
    for number in range(1, 40):
        bench.put(number)
    other = []

    def overtaken() -> None:
        bench.source.on_load = lambda: None
        bench.world.clock.advance(LEASE + timedelta(seconds=1))
        with bench.world.work() as work:
            other.extend(outbox.claim(work.session, work.now, 100, LEASE))

    bench.source.on_load = overtaken
    assert bench.indexer.drain_once().stopped
    assert len(other) == 39
    assert all(mark.claimed_until for mark in bench.marks())


def test_only_ones_own_marks_are_renewed(bench):
    bench.put(1)
    bench.put(2)
    with bench.world.work() as work:
        (mine,) = outbox.claim(work.session, work.now, 1, LEASE)
        (theirs,) = outbox.claim(work.session, work.now, 1, 2 * LEASE)
        outbox.renew(work.session, [mine, theirs], work.now + LEASE, work.now + 5 * LEASE)
    now = bench.world.clock.now()
    assert [mark.claimed_until for mark in bench.marks()] == [now + 5 * LEASE, now + 2 * LEASE]


def test_a_mark_that_is_settled_is_not_brought_back(bench):
    bench.put(1)
    with bench.world.work() as work:
        claims = outbox.claim(work.session, work.now, 1, LEASE)
        outbox.settle(work.session, claims)
        outbox.renew(work.session, claims, work.now + LEASE, work.now + 2 * LEASE)
    assert bench.marks() == []


def test_a_holder_that_hangs_is_not_renewed_for_ever(living):
    clock = living.world.clock
    renewed = threading.Event()
    with Lease(
        living.world.database,
        clock,
        lambda *_: renewed.set(),
        until=clock.now() + SHORT / 20,
        length=SHORT / 20,
        longest=timedelta(0),
    ) as lease:
        wait_for(lambda: not lease.holds, "the end of the lease")
        with pytest.raises(Unavailable):
            lease.check()
    assert not renewed.is_set()


def test_a_file_whose_reader_lives_is_read_by_nobody_else(living, monkeypatch):
    monkeypatch.setattr("indexer.texts.LEASE", SHORT)
    sha256 = living.files.put(BytesIO(b"the text of a file"), limit=1_000).sha256
    with living.world.work() as work:
        work.session.add(FileText(sha256=sha256, media_type="text/plain", updated_at=work.now))

    class Slow:
        def extract(self, path: Path, media_type: str) -> Extraction:
            with living.world.database.reading() as session:
                first = session.get(FileText, sha256).claimed_until
            wait_for(lambda: living.world.clock.now() > first, "the end of the first lease")
            assert stage().run() == 0
            return Extraction(ExtractionStatus.OK, "")

    def stage() -> TextStage:
        return TextStage(
            database=living.world.database,
            clock=living.world.clock,
            files=living.files,
            limits=ExtractionLimits(),
            reader=lambda: nullcontext(Slow()),
        )

    assert stage().run() == 1
    with living.world.database.reading() as session:
        row = session.get(FileText, sha256)
    assert (row.status, row.attempts, row.claimed_until) == ("ok", 1, None)


def test_what_was_given_back_unfinished_is_counted_once(bench):
    bench.put(1, *(f"Sentence number {number} of a long text." for number in range(200)))
    bench.put(2)
    report = bench.make(seconds=0).drain_all()
    assert (report.claimed, report.embedded, report.unfinished) == (2, 2, 0)
    assert str(report).startswith("2 changes: embedded 2, vectors ")
