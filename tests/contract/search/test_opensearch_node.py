"""A real node that hangs, dies and comes back: what was reported written is there, and the rest can be written again.

It is a node of its own, as other tests use the one of `IPCU_TEST_OPENSEARCH_URL` at the same time.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.errors import Unavailable
from search.engine import EngineQuery, Word, WriteReport
from search.engines.opensearch import Access, OpenSearchEngine
from tests.contract.search.asking import ask, numbers
from tests.contract.search.engine_model import MEMBER, RECIPE, axis, document
from tests.contract.search.faults import took

pytestmark = pytest.mark.opensearch

SERVICES = Path(__file__).parents[3] / "scripts" / "services.py"


@dataclass
class Node:
    """A process and where it listens."""

    pid: int
    url: str
    command: list[str]
    child: subprocess.Popen[bytes] | None = None

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As a power cut would, as far as a process goes."""
        self.send(signal.SIGKILL)
        if self.child is not None:
            self.child.wait()
        self.until_listening(listening=False)

    def start_again(self) -> None:
        """On the same directory and port."""
        self.child = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.child.pid
        self.until_listening(listening=True)

    def until_listening(self, *, listening: bool) -> None:
        deadline = time.monotonic() + 90
        while self._is_listening() is not listening:
            assert time.monotonic() < deadline

    def _is_listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", urlsplit(self.url).port or 0), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("node")
    run = [sys.executable, str(SERVICES), "--home", str(home)]
    started = subprocess.run([*run, "start", "opensearch"], capture_output=True, text=True, check=False)
    if started.returncode:
        pytest.skip(f"no node of our own: {started.stderr.strip()}")
    one = json.loads((home / "services.json").read_text())["running"]["opensearch"]
    command = Path(f"/proc/{one['pid']}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    node = Node(one["pid"], one["address"], command)
    yield node
    if node.child is not None:
        node.child.terminate()
        node.child.wait(60)
    subprocess.run([*run, "stop"], capture_output=True, check=True)


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
