"""The in-process queue."""

import logging
import threading

import pytest

from core.jobs import InlineQueue


def test_a_wake_up_that_is_waiting_is_not_queued_twice() -> None:
    gate, runs = threading.Event(), []

    def job() -> None:
        gate.wait(5)
        runs.append(1)

    queue = InlineQueue({"drain": job})
    for _ in range(50):
        queue.enqueue("drain")
    gate.set()
    assert queue.wait_idle(5)
    queue.close()
    assert 1 <= len(runs) <= 2


def test_a_failing_job_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []
    queue = InlineQueue({"bad": lambda: 1 // 0, "good": lambda: ran.append("good")})  # type: ignore[dict-item,return-value]
    with caplog.at_level(logging.CRITICAL):
        queue.enqueue("bad")
        queue.enqueue("good")
        assert queue.wait_idle(5)
    queue.close()
    assert ran == ["good"]


def test_an_unknown_name_is_a_mistake_of_the_caller() -> None:
    queue = InlineQueue({})
    with pytest.raises(KeyError):
        queue.enqueue("nothing")


def test_a_closed_queue_takes_no_more() -> None:
    ran: list[str] = []
    queue = InlineQueue({"job": lambda: ran.append("ran")})
    queue.close()
    queue.enqueue("job")
    assert ran == []
