"""What both queues promise: the thread of one machine, and Redis with workers."""

import logging
import threading

import pytest

from core.errors import Unavailable


def test_what_was_asked_for_runs(bench):
    bench.queue.enqueue("drain")
    bench.queue.enqueue("verify")
    bench.finish()
    assert sorted(bench.ran) == ["drain", "verify"]
    assert bench.queue.state().waiting == 0


def test_a_job_can_be_asked_for_again(bench):
    for _ in range(3):
        bench.queue.enqueue("drain")
        bench.finish()
    assert bench.ran == ["drain"] * 3


def test_a_name_that_waits_is_not_queued_twice(bench):
    gate = threading.Event()
    bench.jobs["verify"] = lambda: gate.wait(60)
    # The thread of one machine is busy meanwhile; the worker of the other has not begun.
    bench.queue.enqueue("verify")
    for _ in range(50):
        bench.queue.enqueue("drain")
    gate.set()
    bench.finish()
    assert bench.ran == ["verify", "drain"]


def test_a_name_asked_for_by_many_at_once_is_queued_once(bench):
    gate = threading.Event()
    bench.jobs["verify"] = lambda: gate.wait(60)
    bench.queue.enqueue("verify")
    threads = [threading.Thread(target=bench.queue.enqueue, args=("drain",)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gate.set()
    bench.finish()
    assert bench.ran.count("drain") == 1


def test_what_is_asked_for_while_the_job_runs_is_not_lost(bench):
    """The job may have looked before the change was made."""

    def once() -> None:
        bench.jobs.pop("drain")
        bench.queue.enqueue("drain")

    bench.jobs["drain"] = once
    bench.queue.enqueue("drain")
    bench.finish()
    assert bench.ran == ["drain", "drain"]


@pytest.mark.parametrize("error", [ValueError("restricted words"), Unavailable("The engine is down.")])
def test_a_failing_job_does_not_keep_the_next_from_running(bench, caplog, error):
    def fail() -> None:
        raise error

    bench.jobs["bad"] = fail
    with caplog.at_level(logging.WARNING, logger="core.jobs"):
        bench.queue.enqueue("bad")
        bench.queue.enqueue("drain")
        bench.finish()
    assert bench.ran == ["bad", "drain"]
    assert any("job bad" in record.getMessage() for record in caplog.records)


def test_an_unknown_name_is_a_mistake_of_the_caller(bench):
    with pytest.raises(KeyError):
        bench.queue.enqueue("nothing")


def test_it_can_be_closed_twice(bench):
    bench.queue.enqueue("drain")
    bench.finish()
    bench.queue.close()
    bench.queue.close()
