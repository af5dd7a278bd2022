"""The site on OpenSearch: chosen by settings, unhurt while the servers are away, and whole again by itself afterwards."""

import os
import uuid
from collections.abc import Iterator

import pytest

from core.clock import FixedClock
from core.errors import Unavailable
from core.outbox import count_waiting, list_parked
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.contract.search.conftest import remove
from tests.contract.search.faults import BUSY, Answer, Fault, Faulty, healthy_about
from tests.factories import World
from tests.functional.conftest import MakeUser, SignIn, new_app
from tests.functional.processes import wait_for
from webapp.composition import build_runtime
from webapp.health import check_health
from webapp.migrations import upgrade
from webapp.runtime import Runtime

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
    own |= {"opensearch_replicas": 0, "drain_seconds": 0.2}
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


BLOCKED: Answer = (403, {"error": {"type": "cluster_block_exception", "reason": "read-only"}, "status": 403})
DENIED: Answer = (401, {"error": {"type": "security_exception", "reason": "no"}, "status": 401})


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda *_: DENIED, "does not let this program in"),
        (healthy_about("2.19.1"), "2.19.1 is too old"),
        (healthy_about(plugins=()), "no k-NN plugin"),
        (lambda *_: (200, {"version": {"number": "9.1.0"}}), "not OpenSearch"),
    ],
)
def test_the_wrong_server_or_password_is_said_in_the_log_on_the_page_and_by_the_doctor(
    server: Faulty,
    runtime: Runtime,
    world: World,
    make_user: MakeUser,
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    message: str,
) -> None:
    author = make_user("amina")
    me = sign_in(new_app(runtime).test_client(), author)
    record = world.record(world.viewer(author.id), title="Seized phones")
    server.fault = fault
    runtime.start()
    assert message in caplog.text
    answer = me.get("/search?q=seized")
    assert (answer.status_code, message in answer.text) == (503, True)
    for page in ("/", "/library", f"/records/{record}"):
        assert me.get(page).status_code == 200
    well, text, remedy = index_of(runtime)
    assert (well, message in text, "IPCU_OPENSEARCH_URL" in remedy) == (False, True, True)
    # The right server is used as soon as it is there: nothing is started again.
    server.fault = None
    wait_for(lambda: f"/records/{record}" in me.get("/search?q=seized").text, "the search working")


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


def current_name(runtime: Runtime) -> str:
    """The generation that readers use. How large it is changes by itself for a while."""
    current = runtime.indexer.status().current
    assert current is not None
    return current.name


@pytest.mark.parametrize("answer", [BUSY, (503, {"error": "no"}), BLOCKED], ids=["busy", "broken", "read-only"])
def test_a_rebuild_that_the_servers_do_not_take_leaves_readers_where_they_are_and_goes_on_later(
    server: Faulty, runtime: Runtime, world: World, make_user: MakeUser, sign_in: SignIn, answer: Answer
) -> None:
    author = make_user("amina")
    me = sign_in(new_app(runtime).test_client(), author)
    viewer = world.viewer(author.id)
    records = [world.record(viewer, title=f"Seized boat {number}") for number in range(3)]
    assert not runtime.indexer.run_pending().drained.stopped
    before = current_name(runtime)

    server.fault = lambda method, path, body: answer if "_bulk" in path else None
    with pytest.raises(Unavailable):
        runtime.indexer.rebuild()
    assert current_name(runtime) == before
    page = me.get("/search?q=seized").text
    assert all(f"/records/{record}" in page for record in records)
    records.append(world.record(viewer, title="Seized boat, late"))
    assert runtime.indexer.run_pending().drained.stopped

    server.fault = None
    report = runtime.indexer.rebuild()
    assert (report.promoted, report.resumed, report.comparison.is_clean) == (True, True, True)
    page = me.get("/search?q=seized").text
    assert all(f"/records/{record}" in page for record in records)
    assert not runtime.indexer.run_pending().drained.stopped
    with runtime.reading() as session:
        assert count_waiting(session) == 0
