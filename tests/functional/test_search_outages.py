"""The site on a real OpenSearch node that hangs, dies, fills its disk and comes back: what goes on, what is said, what waits.

It is a node of these tests' own, as others use the one of `IPCU_TEST_OPENSEARCH_URL` at the same time.
"""

import signal
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from core.access import Viewer
from core.clock import FixedClock
from core.errors import Unavailable
from core.outbox import count_waiting, list_parked
from core.settings import Settings
from search.embedding import HashEmbedder
from search.engines.opensearch import Access, Client
from tests.contract.search.faults import Answer, Faulty
from tests.contract.search.nodes import Node, own_node
from tests.factories import World
from tests.functional.conftest import MakeUser, SignIn, new_app
from tests.functional.processes import wait_for
from webapp.composition import build_runtime
from webapp.health import Finding, check_health
from webapp.migrations import upgrade
from webapp.runtime import Runtime

pytestmark = pytest.mark.opensearch


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with own_node(tmp_path_factory.mktemp("node")) as one:
        yield one


@pytest.fixture
def between(node: Node) -> Iterator[Faulty]:
    """Where a test can see a request pass, to end the node at that very moment."""
    with Faulty(node.url) as faulty:
        yield faulty


@pytest.fixture
def runtime(settings: Settings, clock: FixedClock, between: Faulty) -> Iterator[Runtime]:
    own = {
        "data_dir": settings.data_dir / "site",
        "opensearch_url": between.url,
        "opensearch_prefix": f"ipcu-test-{uuid.uuid4().hex[:12]}",
        "opensearch_replicas": 0,
        "opensearch_timeout": 2.0,
        "drain_seconds": 0.2,
    }
    chosen = settings.model_copy(update=own)
    chosen.data_dir.mkdir()
    upgrade(chosen.database)
    runtime = build_runtime(chosen, web=False, clock=clock, embedder=HashEmbedder())
    yield runtime
    runtime.close()


@dataclass
class Site:
    """What a signed-in officer sees, and what he and his colleagues write."""

    runtime: Runtime
    world: World
    person: FlaskClient
    viewer: Viewer

    def publish(self, title: str) -> int:
        return self.world.record(self.viewer, title=title)

    def finds(self, record: int, words: str) -> bool:
        answer = self.person.get(f"/search?q={words}")
        return answer.status_code == 200 and f"/records/{record}" in answer.text

    def says_why(self, words: str = "seized") -> str:
        """The page of a search that cannot be; everything else must be there, from the database alone."""
        answer = self.person.get(f"/search?q={words}")
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        return answer.text

    def goes_on(self, *records: int) -> None:
        for page in ("/", "/library", "/library/new", *(f"/records/{record}" for record in records)):
            assert self.person.get(page).status_code == 200, page
        listed = self.person.get("/library").text
        assert all(f"/records/{record}" in listed for record in records)

    def waiting(self) -> int:
        with self.runtime.reading() as session:
            assert not list_parked(session)
            return count_waiting(session)

    def ails(self, part: str) -> Finding:
        return next(one for one in check_health(self.runtime) if one.part == part and not one.is_well)


@pytest.fixture
def site(runtime: Runtime, world: World, make_user: MakeUser, sign_in: SignIn) -> Site:
    author = make_user("amina")
    person = sign_in(new_app(runtime).test_client(), author)
    assert author.id is not None
    return Site(runtime, world, person, world.viewer(author.id))


def ends_at(node: Node, between: Faulty, part: str, *, answered: bool = False) -> None:
    """Let the node die when a request with `part` in its address comes; `answered`: after it did what was asked."""
    lock = threading.Lock()

    def fault(method: str, path: str, body: bytes) -> Answer | None:
        with lock:
            if part not in path or between.fault is None:
                return None
            between.fault = None
            if answered:
                between._pass_on(method, path, body, {"content-type": "application/x-ndjson"})
            node.kill()
            return 502, {"error": "bad gateway"}

    between.fault = fault


def searches(between: Faulty) -> int:
    return sum("_msearch" in request for request in between.requests)


def test_stopped_before_during_and_after_a_search(node: Node, between: Faulty, site: Site) -> None:
    first = site.publish("Seized phones")
    site.runtime.start()  # from here on nothing is done by hand
    wait_for(lambda: site.finds(first, "seized"), "the first record being found")
    node.send(signal.SIGSTOP)
    try:
        assert "did not answer within" in site.says_why()
        second = site.publish("Seized drones")
        # Record pages show similar ones when they can; they must not wait for what has just failed.
        asked = searches(between)
        site.goes_on(first, second)
        assert searches(between) == asked
    finally:
        node.send(signal.SIGCONT)
    wait_for(lambda: site.finds(second, "drones"), "what was written meanwhile being found")
    ends_at(node, between, "_msearch")
    site.says_why()  # the search that it dies under
    site.says_why()
    third = site.publish("Seized boats")
    site.goes_on(first, second, third)
    assert site.waiting() >= 1
    assert "IPCU_OPENSEARCH_URL" in site.ails("index").remedy
    node.start_again()
    wait_for(lambda: site.finds(third, "boats"), "the site healing by itself")
    wait_for(lambda: site.waiting() == 0, "every mark being settled")
    assert site.runtime.indexer.verify().is_clean


@pytest.mark.parametrize("answered", [False, True])
def test_stopped_during_a_bulk_write(node: Node, between: Faulty, site: Site, answered: bool) -> None:
    first = site.publish("Seized phones")
    assert not site.runtime.indexer.run_pending().drained.stopped
    records = [site.publish(f"Seized boat {i}") for i in range(6)]
    ends_at(node, between, "_bulk", answered=answered)
    assert site.runtime.indexer.run_pending().drained.stopped
    assert site.waiting() == len(records)
    site.says_why()
    site.goes_on(first, *records[:2])
    node.start_again()
    site.runtime.start()
    wait_for(lambda: all(site.finds(record, "boat") for record in records), "the writes being done again")
    wait_for(lambda: site.waiting() == 0, "every mark being settled")
    assert site.runtime.indexer.verify().is_clean


@pytest.mark.parametrize("part", ["_bulk", "_forcemerge", "_aliases"])
def test_stopped_during_a_rebuild(node: Node, between: Faulty, site: Site, part: str) -> None:
    records = [site.publish(f"Seized boat {i}") for i in range(4)]
    assert not site.runtime.indexer.run_pending().drained.stopped
    ends_at(node, between, part)
    with pytest.raises(Unavailable):
        site.runtime.indexer.rebuild()
    with pytest.raises(Unavailable):  # and before it begins
        site.runtime.indexer.rebuild()
    site.goes_on(*records)
    node.start_again()
    wait_for(lambda: all(site.finds(record, "boat") for record in records), "readers being where they were")
    late = site.publish("Seized boat, late")
    assert not site.runtime.indexer.run_pending().drained.stopped
    report = site.runtime.indexer.rebuild()
    assert (report.promoted, report.resumed) == (True, True)
    assert report.comparison.is_clean
    assert all(site.finds(record, "boat") for record in (*records, late))
    assert all(one.is_well for one in check_health(site.runtime, ["index"]))


WATERMARKS = {f"cluster.routing.allocation.disk.watermark.{name}": "0.001%" for name in ("low", "high", "flood_stage")}


@pytest.fixture
def disk(node: Node) -> Iterator[Client]:
    """Where a disk counts as full can be changed; the node looks every ten seconds, and lifts its blocks by itself."""
    client = Client(Access((node.url,)))
    watching = {"cluster.routing.allocation.disk.threshold_enabled": True, "cluster.info.update.interval": "10s"}
    client.change("PUT", "/_cluster/settings", {"transient": watching})
    yield client
    client.change("PUT", "/_cluster/settings", {"transient": dict.fromkeys(WATERMARKS)})
    # The node would take it back by itself, a minute later.
    refusal = {"cluster.blocks.create_index": None}
    client.change("PUT", "/_cluster/settings", {"persistent": refusal, "transient": refusal})
    wait_for(lambda: "create_index" not in str(client.read("/_cluster/settings")), "new indices again", patience=120)
    client.change("PUT", "/_cluster/settings", {"transient": dict.fromkeys(watching)})
    client.close()


def test_a_full_disk_is_named_and_healed_without_a_hand(site: Site, disk: Client) -> None:
    first = site.publish("Seized phones")
    assert not site.runtime.indexer.run_pending().drained.stopped
    disk.change("PUT", "/_cluster/settings", {"transient": WATERMARKS})
    settings = f"/{site.runtime.settings.opensearch_prefix}-*/_settings"
    wait_for(lambda: "read_only_allow_delete" in str(disk.read(settings)), "the node blocking writes", patience=120)
    second = site.publish("Seized drones")
    assert "read-only" in site.runtime.indexer.run_pending().drained.stopped
    assert site.waiting() == 1
    assert site.finds(first, "seized")  # reading goes on
    site.goes_on(first, second)
    wait_for(lambda: "create_index" in str(disk.read("/_cluster/settings")), "new indices being refused", patience=120)
    with pytest.raises(Unavailable, match="disk"):
        site.runtime.indexer.rebuild()
    said = [one for one in check_health(site.runtime) if one.part == "servers"]
    assert ["takes no new index" in one.text for one in said] == [True, False]
    assert "takes no writes" in said[1].text
    assert "curl -X PUT" in said[1].remedy
    site.runtime.start()
    disk.change("PUT", "/_cluster/settings", {"transient": dict.fromkeys(WATERMARKS)})
    wait_for(lambda: site.finds(second, "drones"), "the block going away and the mark being done", patience=120)
    wait_for(lambda: site.waiting() == 0, "every mark being settled")
