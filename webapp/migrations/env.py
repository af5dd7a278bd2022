"""Alembic runs this file for every command, in one transaction on the connection that it was given."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from core.db import UtcDateTime

# Any number that nothing else in the database locks on.
LOCK = 20_260_101


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain SQLAlchemy: a migration must not change when our code does."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def compare_default(
    _context: Any, _inspected: Any, column: sa.Column[Any], old: str | None, new: Any, _rendered: str | None
) -> bool | None:
    """Whether two server defaults differ; None leaves it to Alembic, whose SQL PostgreSQL does not take for JSON."""
    if isinstance(column.type, sa.JSON):
        return (old is None) != (new is None)
    return None


def run(connection: Connection) -> None:
    """Run the command. SQLite serialises writers by itself, PostgreSQL is told to."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=compare_default,
        render_item=render_item,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration leaves rows that point nowhere: {broken[:5]}")


run(context.config.attributes["connection"])
