"""An indexer over fakes in a fresh database."""

from pathlib import Path

import pytest

import search.models  # noqa: F401 - registers its tables
from tests.factories import World
from tests.unit.indexer.fakes import Bench, CountingEmbedder


@pytest.fixture
def bench(world: World, tmp_path: Path) -> Bench:
    return Bench(world, tmp_path / "files", CountingEmbedder())
