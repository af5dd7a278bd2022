"""What the doctor says of Redis, workers, scheduler and jobs, and whom a change wakes."""

import os
import uuid
from collections.abc import Iterator

import pytest

from core.clock import FixedClock
from core.jobs.remote import Pulse, RqQueue
from core.jobs.worker import JobWorker
from core.settings import Settings
from library.service import create_record
from library.service.records import release_record
from search.embedding import HashEmbedder
from tests.factories import World, draft
from tests.functional.processes import free_port, wait_for
from webapp.composition import VERIFY, build_runtime
from webapp.health import Finding, check_health
from webapp.migrations import upgrade
from webapp.runtime import DRAIN, Runtime

pytestmark = pytest.mark.redis


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of an instance that the migrations made, at the Redis of the tests."""
    own = {
        "data_dir": settings.data_dir / "site",
        "redis_url": os.environ["IPCU_TEST_REDIS_URL"],
        "redis_prefix": f"t{uuid.uuid4().hex[:8]}",
    }
    chosen = settings.model_copy(update=own)
    chosen.data_dir.mkdir()
    upgrade(chosen.database)
    return chosen


@pytest.fixture
def queue(runtime: Runtime) -> Iterator[RqQueue]:
    assert isinstance(runtime.jobs, RqQueue)
    yield runtime.jobs
    redis = runtime.jobs.access.connect()
    for pattern in (f"{runtime.jobs.access.prefix}*", f"rq:*{runtime.jobs.access.prefix}*"):
        for key in redis.scan_iter(pattern):
            redis.delete(key)
    redis.close()


def findings(runtime: Runtime) -> dict[str, Finding]:
    return {one.part: one for one in check_health(runtime)}


def test_missing_workers_and_schedulers_are_named_with_their_remedy(runtime, queue):
    sick = findings(runtime)
    assert sick["queue"].is_well
    assert not sick["workers"].is_well
    assert "ipcu worker" in sick["workers"].remedy
    assert not sick["scheduler"].is_well
    assert "ipcu scheduler" in sick["scheduler"].remedy
    with (
        Pulse(queue.access, queue.key("alive", "worker"), "w"),
        Pulse(queue.access, queue.key("alive", "scheduler"), "s"),
    ):
        wait_for(lambda: queue.state().workers + queue.state().schedulers == 2, "both signs of life")
        well = findings(runtime)
    assert well["workers"].is_well
    assert well["scheduler"].is_well
    assert well["jobs"].is_well


def test_failed_jobs_are_named(runtime, queue, caplog):
    def fail() -> None:
        raise ValueError("restricted")

    queue.enqueue(DRAIN)
    JobWorker(queue, {DRAIN: fail}).run(burst=True)
    sick = findings(runtime)["jobs"]
    assert (sick.is_well, sick.text) == (False, "1 failed within the last hour")
    assert "log" in sick.remedy


def test_an_unreachable_redis_is_named_and_the_rest_is_looked_at(settings, clock):
    away = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}"})
    runtime = build_runtime(away, web=False, clock=clock, embedder=HashEmbedder())
    found = findings(runtime)
    runtime.close()
    assert not found["queue"].is_well
    assert "IPCU_REDIS_URL" in found["queue"].remedy
    assert found["database"].is_well
    assert "workers" not in found


@pytest.mark.parametrize("web", [True, False], ids=["a server", "a command"])
def test_a_change_wakes_the_workers_and_is_not_indexed_by_who_made_it(
    settings: Settings, clock: FixedClock, queue: RqQueue, world: World, web: bool
):
    runtime = build_runtime(settings, web=web, clock=clock, embedder=HashEmbedder())
    author = world.viewer(world.person("amina", world.organisation("cid")))
    if web:
        runtime.start()
        assert queue.state().waiting == 1
    with runtime.work(author) as work:
        record = create_record(work, author, draft(author.organisation_id))
        release_record(work, record, publisher_id=author.user_id)
    assert queue.state().waiting == 1
    assert runtime.indexer.status().waiting == 1
    JobWorker(queue, runtime.table).run(burst=True)
    assert runtime.indexer.status().waiting == 0
    assert runtime.indexer.status().documents == 1
    runtime.close()


def test_the_comparison_of_an_empty_instance_is_no_failure(runtime, queue):
    queue.enqueue(VERIFY)
    JobWorker(queue, runtime.table).run(burst=True)
    assert queue.state().failed == 0
