"""The two queues, each with a way to let its jobs run to the end."""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
from redis import Redis

from core.jobs import InlineQueue, Job, JobQueue
from core.jobs.remote import RedisAccess, RqQueue
from core.jobs.worker import JobWorker

PATIENCE = 60.0


@dataclass
class Bench:
    """A queue whose jobs do what a test puts into `jobs`, and what ran."""

    queue: JobQueue
    finish: Callable[[], None]
    """Let everything run that was asked for."""
    jobs: dict[str, Job]
    ran: list[str] = field(default_factory=list)


NAMES = ("drain", "verify", "bad")


def make_jobs(jobs: Mapping[str, Job], ran: list[str]) -> dict[str, Job]:
    """Looked up when they run, so that a test can still change them."""

    def job(name: str) -> None:
        ran.append(name)
        jobs.get(name, lambda: None)()

    return {name: lambda name=name: job(name) for name in NAMES}


@pytest.fixture
def access() -> Iterator[RedisAccess]:
    """A name of its own on the test server, removed afterwards."""
    access = RedisAccess(os.environ["IPCU_TEST_REDIS_URL"], prefix=f"t{uuid.uuid4().hex[:8]}")
    yield access
    remove(access)


def remove(access: RedisAccess) -> None:
    """Everything of one prefix, and of rq for it."""
    redis: Redis = access.connect()
    keys = [*redis.scan_iter(f"{access.prefix}*"), *redis.scan_iter(f"rq:*{access.prefix}*")]
    if keys:
        redis.delete(*keys)
    redis.close()


@pytest.fixture(params=["inline", pytest.param("redis", marks=pytest.mark.redis)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    jobs: dict[str, Job] = {}
    ran: list[str] = []
    table = make_jobs(jobs, ran)
    if request.param == "inline":
        inline = InlineQueue(table)
        yield Bench(inline, lambda: _idle(inline), jobs, ran)
        inline.close()
        return
    access = replace(request.getfixturevalue("access"))
    remote = RqQueue(access, dict.fromkeys(NAMES, 60.0))
    yield Bench(remote, lambda: JobWorker(remote, table).run(burst=True), jobs, ran)
    remote.close()


def _idle(queue: InlineQueue) -> None:
    assert queue.wait_idle(PATIENCE)
