"""Work that is stopped: what it held is given back at once; and the progress of what takes long."""

import pytest

from core import outbox
from core.errors import Unavailable
from indexer.drain import Drain


def test_a_person_who_stops_a_drain_leaves_no_mark_under_lease(bench, monkeypatch):
    for number in range(1, 40):
        bench.put(number)

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Drain, "_write", stopped)
        with pytest.raises(KeyboardInterrupt):
            bench.indexer.drain_once()
    assert {mark.claimed_until for mark in bench.marks()} == {None}
    assert bench.indexer.drain_all().embedded == 39


def test_a_process_that_ends_stops_its_drain_and_another_goes_on(bench):
    for number in range(1, 40):
        bench.put(number)
    bench.indexer.stop()
    assert bench.indexer.run_pending().drained.claimed == 0
    assert {mark.claimed_until for mark in bench.marks()} == {None}
    assert bench.make().run_pending().drained.embedded == 39


def test_marks_another_process_holds_are_counted(bench):
    for number in range(1, 4):
        bench.put(number)
    with bench.world.work() as work:
        outbox.claim(work.session, work.now, 2, bench.indexer._limits.lease)
    with bench.world.database.reading() as session:
        assert outbox.count_leased(session, bench.world.clock.now()) == 2


def test_a_rebuild_shows_how_far_it_is_before_many_documents_are_done(bench):
    for number in range(1, 50):
        bench.put(number)
    seen = []
    bench.indexer.rebuild(lambda done, total, unit: seen.append((done, total, unit)))
    filled = [done for done, _, unit in seen if unit == "documents"]
    assert filled == [0, 16, 32, 48, 49]
    assert {unit for _, _, unit in seen} == {"documents", "comparing", "tidying"}


def test_a_comparison_ends_with_its_process_and_marks_nothing(bench):
    bench.put(1)
    bench.indexer.drain_all()
    bench.engine.now().clear()
    bench.indexer.stop()
    with pytest.raises(Unavailable, match="stopped before its end"):
        bench.indexer.verify()
    assert bench.marks() == []
    assert len(bench.make().verify().missing) == 1


def test_a_run_whose_time_is_up_says_so_and_another_goes_on(bench):
    for number in range(1, 70):
        bench.put(number)
    report = bench.indexer.run_pending(0)
    assert (report.is_cut_short, report.drained.claimed) == (True, 64)
    report = bench.indexer.run_pending()
    assert (report.is_cut_short, report.drained.claimed) == (False, 5)


def test_a_former_generation_is_brought_up_to_date_before_readers_get_it(bench, monkeypatch):
    bench.put(1)
    bench.put(2)
    bench.indexer.rebuild()
    former = bench.engine.current
    bench.indexer.rebuild()
    bench.put(1, title="Changed since")
    bench.put(3)
    bench.indexer.drain_all()
    promote = bench.engine.promote

    def look_first(name: str) -> None:
        assert {ref.id: one.title for ref, one in bench.engine.held[name].items()}[1] == "Changed since"
        assert {ref.id for ref in bench.engine.held[name]} == {1, 2, 3}
        # Somebody saves in the last moment before readers change over.
        bench.put(4)
        bench.indexer.drain_all()
        promote(name)

    monkeypatch.setattr(bench.engine, "promote", look_first)
    assert bench.indexer.promote(former).is_clean
    assert bench.engine.current == former
    assert {ref.id for ref in bench.engine.now()} == {1, 2, 3, 4}


def test_a_roll_back_that_is_killed_leaves_readers_where_they_were_and_goes_on(bench, monkeypatch):
    bench.put(1)
    bench.indexer.rebuild()
    former = bench.engine.current
    bench.indexer.rebuild()
    used = bench.engine.current

    def killed(name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bench.engine, "promote", killed)
        bench.indexer.promote(former)
    assert bench.engine.current == used
    bench.put(2)
    bench.indexer.drain_all()
    assert {ref.id for ref in bench.engine.held[former]} == {ref.id for ref in bench.engine.now()} == {1, 2}
    assert bench.indexer.promote(former).is_clean
    assert bench.engine.current == former
