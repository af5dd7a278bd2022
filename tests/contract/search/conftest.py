"""Engines under the contract suite. A further engine joins by one more entry of `FACTORIES`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.engine import Recipe, SearchEngine
from search.engines.embedded import EmbeddedEngine
from tests.contract.search.engine_model import RECIPE, Factory


def _embedded(directory: Path, recipe: Recipe) -> SearchEngine:
    return EmbeddedEngine(directory, recipe=recipe)


FACTORIES: dict[str, Factory] = {"embedded": _embedded}


@pytest.fixture(scope="session", params=FACTORIES)
def factory(request: pytest.FixtureRequest) -> Factory:
    """How to open an engine."""
    return FACTORIES[request.param]


@pytest.fixture
def engine(factory: Factory, tmp_path: Path) -> Iterator[SearchEngine]:
    """An empty index."""
    opened = factory(tmp_path / "index", RECIPE)
    yield opened
    opened.close()
