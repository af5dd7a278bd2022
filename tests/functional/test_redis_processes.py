"""The deployed way: a server that only serves, two workers, a scheduler, and a Redis that is flushed, stopped, started."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from core import outbox
from core.db import Database
from tests.databases import create_postgres, drop_postgres
from tests.factories import World
from tests.functional.house import OFF, Site, prepare
from tests.functional.killing.forked import AheadClock, Forked, ahead
from tests.functional.processes import Running, Server, ipcu, wait_for
from tests.private_servers import PrivateRedis

pytestmark = pytest.mark.redis

LEASE_OVER = 31.0
"""Seconds after which a killed worker's marks are another's. It once took three minutes."""


class Deployment(Site):
    """A server, two workers and a scheduler around one Redis."""

    def __init__(self, data: Path, redis: PrivateRedis, **settings: object) -> None:
        super().__init__(data)
        self.redis = redis
        self.settings = {**OFF, "redis_url": redis.url, "drain_seconds": 1, **settings}
        self.server = Server(data, **self.settings)
        self.workers = [Running(data, "worker", **self.settings) for _ in range(2)]
        self.scheduler = Running(data, "scheduler", **self.settings)
        self.processes = [self.server, *self.workers, self.scheduler]

    def ready(self) -> "Deployment":
        wait_for(self.server.answers, "the first answer")
        for worker in self.workers:
            wait_for(lambda worker=worker: worker.says("Worker started"), "the workers' start")
        wait_for(lambda: self.scheduler.says("Scheduler started"), "the scheduler's start")
        self.enter(self.server, self.server)
        return self

    def published(self, title: str, body: str) -> None:
        self.publish(self.server, self.write(self.server, title, body))

    def becomes_found(self, word: str, title: str) -> None:
        wait_for(lambda: self.officer.finds(self.server, word, title), f"{title!r} in search")

    def doctor(self) -> str:
        return ipcu(self.data, "doctor", **self.settings).stdout

    def flush(self) -> None:
        with Redis.from_url(self.redis.url) as client:
            client.flushall()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with PrivateRedis() as redis:
        deployment = Deployment(tmp_path_factory.mktemp("deployment"), redis)
        try:
            yield deployment.ready()
        finally:
            deployment.close()


def test_what_is_saved_is_found_through_the_workers(deployment):
    deployment.published("Marmoset protocol", "Count the marmosets before they are moved.")
    deployment.becomes_found("marmosets", "Marmoset protocol")


def test_redis_flushed_again_and_again_loses_nothing(deployment):
    for number in range(12):
        path = deployment.write(deployment.server, f"Flushed procedure {number}", f"Wombatword{number} stands here.")
        deployment.flush()
        deployment.publish(deployment.server, path)
        deployment.flush()
    for number in range(12):
        deployment.becomes_found(f"Wombatword{number}", f"Flushed procedure {number}")


def test_redis_stopped_and_started_the_site_goes_on_and_catches_up(deployment):
    deployment.redis.stop()
    deployment.published("Pangolin protocol", "Weigh the pangolin first.")
    assert deployment.officer.get(deployment.server, "/search", q="marmosets").status == 200
    said = deployment.doctor()
    assert "FAIL  queue        Redis does not answer (" in said
    assert "Start Redis, or mend IPCU_REDIS_URL" in said
    for process in (*deployment.workers, deployment.scheduler):
        wait_for(lambda process=process: process.says("Redis does not answer"), "the notice of its absence")

    deployment.redis.start()
    deployment.becomes_found("pangolin", "Pangolin protocol")
    wait_for(lambda: "workers      2 alive" in deployment.doctor(), "both workers' return")
    said = deployment.doctor()
    assert "ok    queue" in said
    assert "ok    scheduler    1 alive" in said
    for process in deployment.processes:
        assert process.output.count("Redis does not answer") <= 1, process.output
        assert "Traceback" not in process.output, process.output
        assert "rq.worker" not in process.output, "a log that tells every wake-up hides what matters"


def test_in_the_end_database_and_index_are_the_same(deployment):
    deployment.published("Last protocol", "In whatever order the tests run.")
    deployment.becomes_found("order", "Last protocol")
    assert ipcu(deployment.data, "index", "drain", **deployment.settings).returncode == 0
    verified = ipcu(deployment.data, "index", "verify", **deployment.settings)
    assert "no difference (0 waiting" in verified.stdout, verified.stdout + verified.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_worker_and_scheduler_well(tmp_path, number):
    prepare(tmp_path)
    with PrivateRedis() as redis:
        settings = {**OFF, "redis_url": redis.url}
        processes = [Running(tmp_path, "worker", **settings), Running(tmp_path, "scheduler", **settings)]
        try:
            for process, name in zip(processes, ("Worker", "Scheduler"), strict=True):
                wait_for(lambda process=process, name=name: process.says(f"{name} started"), "its start")
            for process, name in zip(processes, ("Worker", "Scheduler"), strict=True):
                assert process.stop(number) == 0, process.output
                assert f"{name} stopped" in process.output
                assert "Traceback" not in process.output, process.output
        finally:
            for process in processes:
                process.kill()


def test_a_scheduler_without_redis_says_that_there_is_nothing_to_do(tmp_path):
    refused = ipcu(tmp_path, "scheduler")
    assert refused.returncode == 1
    assert refused.stderr.startswith("ipcu: IPCU_REDIS_URL is not set.")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ipcu.sqlite3'}"
        return
    made = create_postgres()
    yield made
    drop_postgres(made)


def caught(pid: int, held: Callable[[], int]) -> bool:
    """Whether the process holds marks at the moment, which then stands still."""
    os.kill(pid, signal.SIGSTOP)
    if held():
        return True
    os.kill(pid, signal.SIGCONT)
    return False


def test_what_a_killed_worker_held_another_takes_over_soon(tmp_path, address, monkeypatch):
    monkeypatch.setattr(ahead, "value", 0.0)
    organisation = prepare(tmp_path, address)
    database = Database(address)
    world = World(database, AheadClock())
    author = world.viewer(world.person("zara", organisation))
    for number in range(200):
        world.record(author, title=f"Record {number}", body="Some words. " * 200)

    def held() -> int:
        with database.reading() as session:
            return outbox.count_leased(session, world.clock.now())

    def waiting() -> int:
        with database.reading() as session:
            return outbox.count_waiting(session)

    with PrivateRedis() as redis:
        settings = {**OFF, "database_url": address, "redis_url": redis.url, "drain_seconds": 1}
        processes = [Forked(tmp_path, "worker", **settings), Forked(tmp_path, "scheduler", **settings)]
        try:
            wait_for(lambda: caught(processes[0].pid, held), "the middle of a round")
            os.kill(processes[0].pid, signal.SIGKILL)
            ahead.value = LEASE_OVER
            processes.append(Forked(tmp_path, "worker", **settings))
            wait_for(lambda: waiting() == 0, "the end of what the killed worker held")
        finally:
            for process in processes:
                process.kill()
    verified = Forked(tmp_path, "index", "verify", **settings)
    wait_for(lambda: verified.is_over, "the end of the comparison")
    assert "no difference (0 waiting" in verified.output, verified.output
    database.close()
