"""Every test that reaches the database by the fixtures of its directory runs on SQLite and on PostgreSQL.

The rule: `database_kind` doubles whatever asks for it, and the fixtures that make a world, a runtime or an app ask for it.
Browser tests and tests of whole processes start sites of their own and so run on SQLite; what PostgreSQL changes for
processes is in tests/functional/test_postgres.py. Each test gets a database of its own, copied from one that the
migrations made once in the run.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from core.db import address_of
from webapp.migrations import upgrade


class Databases:
    """Makes databases with every table and no rows, and removes them."""

    def __init__(self, folder: Path) -> None:
        self._sqlite = folder / "template.sqlite3"
        self._postgres = ""

    def new(self, kind: str, folder: Path) -> str:
        """The address of a fresh database; on SQLite `ipcu.sqlite3` in the folder."""
        if kind == "postgres":
            if not self._postgres:
                self._postgres = create_postgres("template0")
                upgrade(self._postgres)
            return create_postgres(str(address_of(self._postgres).database))
        if not self._sqlite.exists():
            upgrade(f"sqlite:///{self._sqlite}")
        shutil.copy(self._sqlite, folder / "ipcu.sqlite3")
        return f"sqlite:///{folder / 'ipcu.sqlite3'}"

    def close(self) -> None:
        """Remove what the copies were made from."""
        if self._postgres:
            drop_postgres(self._postgres)


def create_postgres(template: str = "template0") -> str:
    """The address of a new database on the server for tests. Its name is of this run alone, so several may share a server."""
    name = f"ipcu_test_{os.getpid()}_{uuid4().hex[:10]}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    server = address_of(os.environ["IPCU_TEST_POSTGRES_URL"])
    return server.set(database=name).render_as_string(hide_password=False)


def drop_postgres(url: str) -> None:
    """Remove it, whoever is still connected."""
    _administer(f"DROP DATABASE IF EXISTS {address_of(url).database} WITH (FORCE)")


def _administer(statement: str) -> None:
    server = address_of(os.environ["IPCU_TEST_POSTGRES_URL"]).set(drivername="postgresql")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The maker of databases of this run."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite`, then `postgres`."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, with every table and no rows."""
    url = databases.new(database_kind, tmp_path)
    yield url
    if database_kind == "postgres":
        drop_postgres(url)
