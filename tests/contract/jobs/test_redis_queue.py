"""What Redis adds: limits of time, retries of named errors, periodic work asked for once, an absent server, foreign jobs."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from rq import Callback, Queue
from rq.registry import FailedJobRegistry, ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy.exc import IntegrityError, OperationalError

from core.errors import Conflict, Unavailable
from core.jobs import QueueState
from core.jobs.remote import STALE_SECONDS, Pulse, RedisAccess, RqQueue, count_alive
from core.jobs.schedule import Scheduler
from core.jobs.worker import JobWorker
from tests.functional.processes import free_port, wait_for
from tests.private_servers import PrivateRedis

pytestmark = pytest.mark.redis
LONG = {"drain": 3600.0, "verify": 3600.0}


@pytest.fixture
def queue(access: RedisAccess) -> RqQueue:
    return RqQueue(access, LONG)


def rq_queue(access: RedisAccess) -> Queue:
    return Queue(access.prefix, connection=access.connect(), serializer=JSONSerializer)


def raiser(error: BaseException) -> Callable[[], None]:
    def job() -> None:
        raise error

    return job


def work(queue: RqQueue, **jobs: Callable[[], None]) -> None:
    JobWorker(queue, jobs).run(burst=True)


AWAY = [Unavailable("The engine is down."), OperationalError("SELECT 1", {}, Exception("connection refused"))]
FAULTS = [
    Conflict("no"),
    IntegrityError("INSERT", {"title": "restricted"}, Exception("unique")),
    ValueError("restricted"),
]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_what_was_away_is_tried_again_later_and_not_for_ever(queue, access, error):
    queue.enqueue("drain")
    for _ in range(4):
        work(queue, drain=raiser(error))
        scheduled = ScheduledJobRegistry(queue=rq_queue(access))
        for one in scheduled.get_job_ids():
            scheduled.remove(one)
            rq_queue(access).push_job_id(one)
    assert not ScheduledJobRegistry(queue=rq_queue(access)).get_job_ids()
    assert queue.state() == QueueState(failed=1)


def test_a_job_tried_again_runs_by_the_scheduler(queue, access, monkeypatch):
    monkeypatch.setattr("core.jobs.worker.INTERVALS", (1,))
    ran: list[str] = []
    queue.enqueue("verify")
    work(queue, verify=raiser(AWAY[0]))
    assert queue.state().waiting == 0
    stop = threading.Event()
    thread = threading.Thread(target=Scheduler(queue, {}).run, args=(stop,))
    thread.start()
    wait_for(lambda: queue.state().waiting == 1, "the second try")
    stop.set()
    thread.join()
    work(queue, verify=lambda: ran.append("verify"))
    assert ran == ["verify"]
    assert queue.state() == QueueState()


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_fault_is_not_tried_again_and_its_text_stays_out_of_redis(queue, access, error, caplog):
    queue.enqueue("drain")
    with caplog.at_level(logging.CRITICAL):
        work(queue, drain=raiser(error))
    assert not ScheduledJobRegistry(queue=rq_queue(access)).get_job_ids()
    assert queue.state().failed == 1
    (failed,) = FailedJobRegistry(queue=rq_queue(access)).get_job_ids()
    said = str(rq_queue(access).fetch_job(failed).latest_result().exc_string)
    assert type(error).__name__ in said
    assert "restricted" not in said


def test_a_job_that_takes_too_long_is_ended_and_the_next_runs(access, caplog):
    queue = RqQueue(access, {"drain": 1.0, "verify": 60.0})
    ran: list[str] = []

    def endless() -> None:
        while True:
            try:
                threading.Event().wait(60)
            except Exception:
                # A job's own boundary, which must not take the limit for the failure of one document.
                ran.append("swallowed")

    queue.enqueue("drain")
    queue.enqueue("verify")
    with caplog.at_level(logging.ERROR, logger="core.jobs"):
        work(queue, drain=endless, verify=lambda: ran.append("verify"))
    assert ran == ["verify"]
    assert "job drain took longer than 1 seconds" in caplog.text
    assert queue.state().failed == 1


def test_finished_jobs_leave_nothing_behind(queue, access):
    redis = access.connect()
    for _ in range(3):
        queue.enqueue("drain")
        work(queue, drain=lambda: None)
    assert not [key for key in redis.scan_iter("rq:*") if f"{access.prefix}_drain".encode() in key]


def test_two_instances_share_a_server(access):
    queues = [RqQueue(replace(access, prefix=access.prefix + end), LONG) for end in ("", "-x")]
    ran: list[int] = []
    for queue in queues:
        queue.enqueue("drain")
    work(queues[1], drain=lambda: ran.append(1))
    assert ran == [1]
    assert [queue.state().waiting for queue in queues] == [1, 0]


def test_periodic_work_is_asked_for_once_by_many_schedulers_and_again_after_its_interval(queue):
    assert [queue.enqueue_every("drain", 3600) for _ in range(5)] == [True, False, False, False, False]
    assert queue.enqueue_every("verify", 0.05)
    work(queue, drain=lambda: None, verify=lambda: None)
    assert not queue.enqueue_every("drain", 3600)
    wait_for(lambda: queue.enqueue_every("verify", 0.05), "the end of the interval")


def test_schedulers_at_once_ask_once(queue):
    stop = threading.Event()
    threads = [
        threading.Thread(target=Scheduler(queue, {"drain": 3600.0, "verify": 3600.0}).run, args=(stop,))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    wait_for(lambda: queue.state().waiting == 2, "both jobs")
    stop.set()
    for thread in threads:
        thread.join()
    assert queue.state().waiting == 2


def test_who_forgot_everything_is_asked_again(queue, access):
    assert queue.enqueue_every("drain", 3600)
    redis = access.connect()
    redis.delete(*redis.scan_iter(f"*{access.prefix}*"))
    assert queue.enqueue_every("drain", 3600)


def test_workers_and_schedulers_alive_are_counted(queue, access):
    redis = access.connect()
    key = queue.key("alive", "worker")
    with Pulse(access, key, "one"), Pulse(access, key, "two"):
        wait_for(lambda: queue.state().workers == 2, "both signs of life")
        redis.zadd(key, {"dead": redis.time()[0] - STALE_SECONDS - 1})
        assert count_alive(redis, key) == 2
    assert queue.state().workers == 0


# --- without Redis ----------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody() -> RqQueue:
    """The queue of a server that is not there."""
    return RqQueue(RedisAccess(f"redis://127.0.0.1:{free_port()}/0"), LONG)


def test_without_redis_asking_does_no_harm_and_is_logged_once(nobody, caplog):
    with caplog.at_level(logging.WARNING, logger="core.jobs"):
        for _ in range(20):
            nobody.enqueue("drain")
    assert [record.getMessage().startswith("Redis does not answer") for record in caplog.records] == [True]
    assert nobody.state().problem.startswith("Redis does not answer (")


def test_a_worker_without_redis_waits_and_can_be_stopped(nobody):
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    JobWorker(nobody, {}).run()
    timer.join()


def test_redis_stopped_under_a_job_lets_it_end_and_the_worker_goes_on(caplog):
    with PrivateRedis() as redis:
        queue = RqQueue(RedisAccess(redis.url), LONG)
        ended = threading.Event()
        ran: list[str] = []

        def job() -> None:
            if not ran:
                redis.stop()
                ran.append("without Redis")
                ended.set()
            else:
                ran.append("with Redis")
                os.kill(os.getpid(), signal.SIGTERM)

        def come_back() -> None:
            assert ended.wait(60)
            redis.start()
            queue.enqueue_every("drain", 1)

        queue.enqueue("drain")
        helper = threading.Thread(target=come_back)
        helper.start()
        with caplog.at_level(logging.INFO, logger="core.jobs"):
            JobWorker(queue, {"drain": job}).run()
        helper.join()
        queue.close()
    assert ran == ["without Redis", "with Redis"]
    assert "The worker waits for it" in caplog.text
    assert "Redis answers again" in caplog.text


def test_a_worker_that_should_only_finish_says_that_redis_is_away(nobody):
    with pytest.raises(Unavailable, match="Redis does not answer"):
        JobWorker(nobody, {}).run(burst=True)


def test_who_is_not_let_in_is_told(access):
    url = access.url.replace("redis://", "redis://nobody@")
    queue = RqQueue(replace(access, url=url, password="wrong"), LONG)
    queue.enqueue("drain")
    problem = queue.state().problem
    assert "invalid username-password pair" in problem
    assert "wrong" not in problem.split()


# --- stopping -----------------------------------------------------------------------------------------------------------


def test_a_worker_that_is_stopped_lets_the_job_at_hand_end(queue):
    stopped, ran = threading.Event(), []

    def job() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped.wait(60)
        ran.append("to its end")

    queue.enqueue("drain")
    JobWorker(queue, {"drain": job}, on_stop=stopped.set).run()
    assert ran == ["to its end"]
    assert queue.state() == QueueState()


@pytest.mark.parametrize("where", ["_serve", "_execute"])
def test_a_signal_between_two_steps_is_no_accident(queue, monkeypatch, where):
    """It came while the worker neither waited nor worked."""
    former, stopped = getattr(JobWorker, where), []

    def interrupted(self, *arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return former(self, *arguments, **options)

    monkeypatch.setattr(JobWorker, where, interrupted)
    queue.enqueue("drain")
    JobWorker(queue, {"drain": lambda: None}, on_stop=lambda: stopped.append(1)).run()
    assert bool(stopped) == (where == "_execute")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_told_that_it_has_started_may_stop_it(queue, number):
    queue.enqueue("drain")
    ran = []
    JobWorker(queue, {"drain": lambda: ran.append(1)}, on_start=lambda: os.kill(os.getpid(), number)).run()
    assert ran == []


def test_a_job_that_does_not_end_is_ended(queue, monkeypatch, caplog):
    monkeypatch.setattr("core.jobs.worker.STOP_SECONDS", 1)

    def job() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        while True:
            threading.Event().wait(60)

    queue.enqueue("drain")
    with caplog.at_level(logging.ERROR, logger="core.jobs"):
        JobWorker(queue, {"drain": job}).run()
    assert "did not end within 1 seconds" in caplog.text


def test_the_handlers_of_before_are_back(queue):
    former = signal.getsignal(signal.SIGTERM)
    work(queue)
    assert signal.getsignal(signal.SIGTERM) is former


# --- jobs that are not ours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "put",
    [
        lambda queue: queue.enqueue_call("os.mkdir", args=("mine",)),
        lambda queue: queue.enqueue_call("core.jobs.worker.run", args=("drain",), kwargs={"more": 1}),
        lambda queue: queue.enqueue_call("core.jobs.worker.run", args=(1,)),
        lambda queue: queue.enqueue_call("core.jobs.worker.run", args=("drain",), on_success=Callback("os.getcwd")),
        lambda queue: Queue(queue.name, connection=queue.connection).enqueue_call(
            "core.jobs.worker.run", args=("drain",)
        ),
    ],
    ids=["another function", "more arguments", "no name", "a callback", "a pickle"],
)
def test_what_somebody_else_put_there_is_not_run(queue, access, put, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran: list[str] = []
    with caplog.at_level(logging.ERROR, logger="core.jobs"):
        put(rq_queue(access))
        queue.enqueue("verify")
        work(queue, drain=lambda: ran.append("drain"), verify=lambda: ran.append("verify"))
    assert ran == ["verify"]
    assert not list(tmp_path.iterdir())
    assert "not one of ours" in caplog.text


def test_time_is_not_wasted_while_redis_is_away(nobody, monkeypatch):
    """One attempt in a while: not one for each save."""
    tried: list[float] = []
    put = nobody._put
    monkeypatch.setattr(nobody, "_put", lambda name: (tried.append(time.monotonic()), put(name)))
    for _ in range(10):
        nobody.enqueue("drain")
    assert len(tried) == 1
