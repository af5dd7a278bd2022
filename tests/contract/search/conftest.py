"""Engines under the contract suite. A further engine joins by one more entry of `FACTORIES`."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from search.engine import Recipe, SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import Access, Client, OpenSearchEngine
from tests.contract.search.engine_model import RECIPE, Factory

_MINE = f"ipcu-test-{os.getpid()}"
"""Every index of this run begins so: several runs may share a node, and each removes only its own."""


def _embedded(directory: Path, recipe: Recipe) -> SearchEngine:
    return EmbeddedEngine(directory, recipe=recipe)


def cluster_access(timeout: float = 30.0) -> Access:
    """The node for tests."""
    return Access((os.environ["IPCU_TEST_OPENSEARCH_URL"],), timeout=timeout)


def prefix_of(directory: Path) -> str:
    """The indices that stand for a directory."""
    return f"{_MINE}-{sha256(str(directory).encode()).hexdigest()[:12]}"


def remove(pattern: str) -> None:
    """Take indices off the node."""
    client = Client(cluster_access())
    client.change("DELETE", f"/{pattern}", params={"ignore_unavailable": "true"})
    client.close()


def _opensearch(directory: Path, recipe: Recipe) -> SearchEngine:
    return OpenSearchEngine(cluster_access(), recipe=recipe, prefix=prefix_of(directory))


FACTORIES: dict[str, Factory] = {"embedded": _embedded, "opensearch": _opensearch}


@pytest.fixture(scope="session", params=["embedded", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def factory(request: pytest.FixtureRequest) -> Iterator[Factory]:
    """How to open an engine."""
    yield FACTORIES[request.param]
    if request.param == "opensearch":
        remove(f"{_MINE}-*")


@pytest.fixture
def engine(factory: Factory, tmp_path: Path) -> Iterator[SearchEngine]:
    """An empty index."""
    opened = factory(tmp_path / "index", RECIPE)
    yield opened
    opened.close()
    if factory is _opensearch:
        remove(f"{prefix_of(tmp_path / 'index')}-*")


@pytest.fixture
def prefix(tmp_path: Path) -> Iterator[str]:
    """Begins the names of a test's own indices on the node."""
    yield prefix_of(tmp_path)
    remove(f"{prefix_of(tmp_path)}-*")
