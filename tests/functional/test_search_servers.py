"""The site on OpenSearch: chosen by settings, unhurt while the servers are away, and whole again by itself afterwards."""

import os
import uuid
from collections.abc import Iterator

import pytest

from core.clock import FixedClock
from core.outbox import count_waiting, list_parked
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.contract.search.conftest import remove
from tests.contract.search.faults import BUSY, Faulty
from tests.factories import World
from tests.functional.conftest import MakeUser, SignIn, new_app
from webapp.health import check_health
from webapp.migrations import upgrade
from webapp.runtime import Runtime, build_runtime

pytestmark = pytest.mark.opensearch


@pytest.fixture
def server() -> Iterator[Faulty]:
    """Between the site and the node."""
    with Faulty(os.environ["IPCU_TEST_OPENSEARCH_URL"]) as faulty:
        yield faulty


@pytest.fixture
def runtime(settings: Settings, clock: FixedClock, server: Faulty) -> Iterator[Runtime]:
    """The same runtime as in every functional test, but for one setting."""
    prefix = f"ipcu-test-{uuid.uuid4().hex[:12]}"
    own = {"data_dir": settings.data_dir / "site", "opensearch_url": server.url, "opensearch_prefix": prefix}
    chosen = settings.model_copy(update=own)
    chosen.data_dir.mkdir()
    upgrade(chosen.database)
    runtime = build_runtime(chosen, web=False, clock=clock, embedder=HashEmbedder())
    yield runtime
    runtime.close()
    remove(f"{prefix}-*")


def index_of(runtime: Runtime) -> tuple[bool, str, str]:
    finding = next(one for one in check_health(runtime) if one.part == "index")
    return finding.is_well, finding.text, finding.remedy


def test_the_site_goes_on_without_its_search_and_catches_up(
    server: Faulty, runtime: Runtime, world: World, make_user: MakeUser, sign_in: SignIn
) -> None:
    author = make_user("amina")
    me = sign_in(new_app(runtime).test_client(), author)
    viewer = world.viewer(author.id)
    first = world.record(viewer, title="Seized phones")
    assert not runtime.indexer.run_pending().drained.stopped
    assert f"/records/{first}" in me.get("/search?q=seized").text
    assert index_of(runtime)[0]

    server.fault = lambda *_: BUSY
    second = world.record(viewer, title="Seized drones")
    assert "overloaded" in runtime.indexer.run_pending().drained.stopped
    answer = me.get("/search?q=seized")
    assert answer.status_code == 503
    assert "overloaded" in answer.text
    for record in (first, second):
        assert me.get(f"/records/{record}").status_code == 200
    well, text, remedy = index_of(runtime)
    assert (well, "IPCU_OPENSEARCH_URL" in remedy) == (False, True), text
    with runtime.reading() as session:
        assert count_waiting(session) == 1
        assert not list_parked(session)

    server.fault = None
    assert not runtime.indexer.run_pending().drained.stopped
    assert f"/records/{second}" in me.get("/search?q=seized").text
    assert runtime.indexer.verify().is_clean
    with runtime.reading() as session:
        assert count_waiting(session) == 0
