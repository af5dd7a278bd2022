"""A real node that hangs, dies and comes back: what was reported written is there, and the rest can be written again.

It is a node of its own, as other tests use the one of `IPCU_TEST_OPENSEARCH_URL` at the same time.
"""

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from core.errors import Unavailable
from search.engine import EngineQuery, Word, WriteReport
from search.engines.opensearch import Access, OpenSearchEngine
from tests.contract.search.asking import ask, numbers
from tests.contract.search.engine_model import MEMBER, RECIPE, axis, document
from tests.contract.search.faults import took
from tests.contract.search.nodes import Node, own_node

pytestmark = pytest.mark.opensearch


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with own_node(tmp_path_factory.mktemp("node")) as one:
        yield one


@pytest.fixture
def engine(node: Node, request: pytest.FixtureRequest) -> Iterator[OpenSearchEngine]:
    prefix = request.node.name.replace("_", "-")[:40]
    engine = OpenSearchEngine(Access((node.url,), timeout=2.0), recipe=RECIPE, prefix=prefix)
    yield engine
    engine.close()


def come_back(engine: OpenSearchEngine) -> None:
    """Until the node has its indices again; it listens before."""
    deadline = time.monotonic() + 60
    while True:
        try:
            engine.run(EngineQuery(MEMBER))
        except Unavailable:
            assert time.monotonic() < deadline
        else:
            return


def write(engine: OpenSearchEngine, first: int, generation: str | None = None) -> WriteReport:
    batch = [document(first + i, body="patrol", vectors=[axis(1, i)]) for i in range(10)]
    return engine.write(batch, generation)


def test_a_node_that_hangs_is_not_waited_for(node: Node, engine: OpenSearchEngine) -> None:
    write(engine, 0)
    node.send(signal.SIGSTOP)

    def act() -> None:
        with pytest.raises(Unavailable, match="did not answer"):
            engine.run(ask(Word("patrol"), vector=axis(1)))

    try:
        assert took(act) < 8
    finally:
        node.send(signal.SIGCONT)
    come_back(engine)
    assert sorted(numbers(engine, ask(Word("patrol")))) == list(range(10))


def test_what_was_reported_written_survives_a_killed_node(node: Node, engine: OpenSearchEngine) -> None:
    write(engine, 0)
    killer = threading.Timer(1.0, node.kill)
    killer.start()
    done = 0
    with pytest.raises(Unavailable):
        while True:
            done += 10
            write(engine, done)
    killer.join()
    for act in (lambda: engine.run(EngineQuery(MEMBER)), lambda: write(engine, done), engine.generations):
        with pytest.raises(Unavailable):
            act()
    node.start_again()
    come_back(engine)
    stored = {ref.id for ref, _ in engine.scan()}
    assert stored >= set(range(done))
    assert len(write(engine, done).written) == 10
    result = engine.run(ask(Word("patrol"), depth=10_000, vector=axis(1), floor=0.9))
    assert result.total == done + 10


def test_a_rebuild_goes_on_where_a_killed_node_ended_it(node: Node, engine: OpenSearchEngine) -> None:
    write(engine, 0)
    name = engine.create_generation(RECIPE)
    write(engine, 0, name)
    node.kill()
    with pytest.raises(Unavailable):
        write(engine, 10, name)
    node.start_again()
    come_back(engine)
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == list(range(10))
    assert [(one.name, one.documents) for one in engine.generations() if one.is_building] == [(name, 10)]
    write(engine, 10, name)
    engine.promote(name)
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == list(range(20))
