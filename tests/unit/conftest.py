"""A world in a fresh database."""

from collections.abc import Iterator

import pytest

from core.db import Database
from tests.factories import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(database_url)
    yield World(database)
    database.close()
