"""A world in a fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from core.db import Database
from tests.factories import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = Database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    yield World(database)
    database.close()
