"""A world in a fresh database, and an indexer over it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.db import Database
from core.files import DirectoryStore
from core.sources import ContentSource, Sources
from indexer.service import Indexer, recipe_for
from search.embedding import Embedder
from search.engine import SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import OpenSearchEngine
from search.text import normalise
from tests.contract.search.conftest import cluster_access, prefix_of
from tests.factories import World
from tests.makers import with_notes


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = with_notes(Database(database_url))
    yield World(database)
    database.close()


def make_indexer(
    world: World, sources: Sequence[ContentSource], embedder: Embedder, directory: Path, kind: str = "embedded"
) -> tuple[Indexer, SearchEngine]:
    """An indexer and the engine it writes to."""
    recipe = recipe_for(embedder)
    engine: SearchEngine
    if kind == "opensearch":
        engine = OpenSearchEngine(cluster_access(), recipe=recipe, prefix=prefix_of(directory), normalise=normalise)
    else:
        engine = EmbeddedEngine(directory / "index", recipe=recipe, normalise=normalise)
    indexer = Indexer(
        database=world.database,
        clock=world.clock,
        sources=Sources(sources),
        engine=engine,
        embedder=embedder,
        files=DirectoryStore(directory / "files"),
    )
    return indexer, engine
