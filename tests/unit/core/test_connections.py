"""Connections to SQLite: as many are kept as there are threads, and no thread waits for one."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from core.db import Database, Limits


@pytest.mark.parametrize("threads", [1, 8, 40])
def test_nobody_waits_for_a_connection(tmp_path: Path, threads: int) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}", Limits(threads=threads))
    with ExitStack() as held:
        # Where the pool is smaller, one of them waits for half a minute and fails.
        readers = [held.enter_context(database.engine.connect()) for _ in range(2 * threads + 20)]
        assert len({id(reader.connection.driver_connection) for reader in readers}) == len(readers)
    kept = [database.engine.pool.connect() for _ in range(threads)]
    assert database.engine.pool.status().startswith(f"Pool size: {threads} ")
    for connection in kept:
        connection.close()
    database.close()
