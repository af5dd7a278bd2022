"""The schema's history: Alembic without a configuration file. `upgrade`, `current`, `schema` take an address.

A migration imports no model and never changes once it is released; schema and data changes go into separate ones; each
must suit the version that still runs while it is applied.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from core.db import WRITE, Database, Limits

FOLDER = Path(__file__).resolve().parent
HEAD = "head"
PATIENT = Limits(statement_seconds=0, lock_seconds=0, idle_seconds=0)
"""No limits: a step over a large table takes what it takes, and a second caller waits for the first."""


def upgrade(url: str, revision: str = HEAD) -> None:
    """Bring a database to a revision: all of it or, when a step fails, nothing. Callers at the same time wait in turn."""
    with _connect(url) as connection:
        upgrade_connection(connection, revision)


def upgrade_connection(connection: Connection, revision: str = HEAD) -> None:
    """The same on an open connection that is not in a transaction: for databases in memory."""
    command.upgrade(configuration(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Back to an earlier revision. What later ones held is lost."""
    with _connect(url) as connection:
        command.downgrade(configuration(connection), revision)


def current(url: str) -> str | None:
    """The revision of a database; None for one that is empty or not there. Changes nothing and creates no file."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database and not Path(address.database).exists():
        return None
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        database.close()


def head() -> str | None:
    """The revision that this version of the code expects."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def is_current(url: str) -> bool:
    """Whether the database has the schema that this version of the code expects."""
    return current(url) == head()


class Schema(StrEnum):
    """How the schema of a database stands to this version of the code."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """Of a revision this code has never heard of. It may still run: migrations suit the version before them."""


def schema(url: str) -> Schema:
    """How the schema of a database stands. Changes nothing and creates no file."""
    found, script = current(url), ScriptDirectory.from_config(configuration())
    if found is None:
        return Schema.MISSING
    if found == script.get_current_head():
        return Schema.CURRENT
    return Schema.OLDER if found in {one.revision for one in script.walk_revisions()} else Schema.NEWER


def configuration(connection: Connection | None = None) -> Config:
    """What Alembic asks of a configuration file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    database = Database(url, PATIENT)
    try:
        with database.engine.execution_options(**WRITE).connect() as connection:
            driver = connection.connection.driver_connection
            if database.is_sqlite and driver is not None:
                # SQLite changes a table by copying it and dropping the old one, which with enforcement on would delete
                # the rows that point to it. env.py checks all references before the end. Only outside a transaction
                # does this have an effect, hence the driver's own connection.
                driver.execute("PRAGMA foreign_keys = OFF")
            yield connection
    finally:
        database.close()
