"""Database access: engines, sessions, the UTC column type. SQLite by default, PostgreSQL when the settings say so.

Both databases let one transaction write at a time, and a transaction that reads sees one state from its beginning to its
end; so nothing above this module knows which one is in use.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from core.errors import Message, Unavailable

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT_MS = 15_000
WRITE = {"ipcu_write": "wait"}
WRITE_IF_FREE = {"ipcu_write": "try"}
CONNECT_SECONDS = 5
WRITE_LOCK = 20_260_102
"""Key of PostgreSQL's advisory lock that lets one transaction write at a time. Any number nothing else locks on."""
# What the server says when it ends a connection or cannot write for now; the drivers file some of it under other errors.
_PASSING_STATES = frozenset({"25006", "25P03", "25P04"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may ask of a PostgreSQL server. Of SQLite it may ask for as many connections as it has threads."""

    threads: int = 8
    """Threads of the process that use SQLite at the same time: so many connections are kept, and nobody ever waits for one."""
    pool: int = 10
    """Connections kept open."""
    overflow: int = 10
    """Connections more when all are in use."""
    pool_seconds: float = 10.0
    """How long to wait for a connection when those are in use too."""
    recycle_seconds: int = 1800
    """Age at which a connection is replaced; proxies and firewalls cut old ones without a word."""
    statement_seconds: float = 30.0
    """Longest statement."""
    lock_seconds: float = BUSY_TIMEOUT_MS / 1000
    """Longest wait for another writer."""
    idle_seconds: float = 120.0
    """How long a transaction may stand still before the server ends it and frees what it holds."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes, turn others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite drops the zone; what was stored was UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database and the only maker of sessions."""

    def __init__(self, url: str, limits: Limits = Limits()) -> None:
        self.engine: Engine = _build_engine(address_of(url), limits)
        self._writing = self.engine.execution_options(**WRITE)
        self._writing_if_free = self.engine.execution_options(**WRITE_IF_FREE)
        # A reader sees one state from beginning to end, as on SQLite: totals and lists of one page agree.
        self._reading = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, false for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reads; whatever is changed in it is rolled back. Raises Unavailable when the database is down."""
        try:
            with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
                yield session
        except SQLAlchemyError as error:
            if not is_passing(error):
                raise
            raise Unavailable(
                trouble(error) or "The database does not answer just now. Please try again in a moment."
            ) from error

    def writing(self, *, waits: bool = True) -> Session:
        """A session whose transaction may write. Only `core.uow` uses it.

        With `waits` false its first statement fails at once when somebody else writes: with OperationalError or Unavailable.
        """
        return Session(self._writing if waits else self._writing_if_free, expire_on_commit=False)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def address_of(url: str) -> URL:
    """The address with the driver that is used: psycopg 3 for `postgresql://` and `postgres://`.

    Raises sqlalchemy.exc.ArgumentError for what is no address, ValueError for any other database.
    """
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        return address
    raise ValueError(f"{address.drivername} is not a database this program runs on: postgresql or sqlite")


def is_passing(error: SQLAlchemyError) -> bool:
    """True when the database is down, busy, full, unwritable or damaged: the same may work later. False for our own mistakes."""
    if isinstance(error, OperationalError | PoolTimeout) or trouble(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING_STATES


def trouble(error: SQLAlchemyError) -> Message | None:
    """What is wrong with the place where the database is kept, and who can help; None when nothing is known to be.

    From SQLite's result codes (https://sqlite.org/rescode.html) and PostgreSQL's conditions (appendix A of its manual).
    """
    cause = error.orig if isinstance(error, DBAPIError) else None
    state = getattr(cause, "sqlstate", None) or ""
    code = getattr(cause, "sqlite_errorcode", None)
    return _TROUBLES.get(state) or _TROUBLES.get(None if code is None else code & 0xFF)


_FULL = Message("The disk of the database is full. Please tell the administrator, who can make room.")
_READ_ONLY = Message(
    "The database can be read but not written. Please tell the administrator, who can see to the data directory or the server."
)
_DAMAGED = Message("The database is damaged. Please tell the administrator, who can restore the last backup.")
_UNREACHABLE = Message(
    "The database cannot be opened or read. Please tell the administrator, who can see to the data directory and its disk."
)
# By primary result code of SQLite, by condition of PostgreSQL.
_TROUBLES: dict[int | str | None, Message] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_IOERR: _UNREACHABLE,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "58030": _UNREACHABLE,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def _build_engine(address: URL, limits: Limits) -> Engine:
    return _sqlite(address, limits) if address.get_backend_name() == "sqlite" else _postgres(address, limits)


def _postgres(address: URL, limits: Limits) -> Engine:
    server = {
        "statement_timeout": f"{limits.statement_seconds * 1000:.0f}",
        "lock_timeout": f"{limits.lock_seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{limits.idle_seconds * 1000:.0f}",
        "timezone": "UTC",
    }
    engine = create_engine(
        address,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
            "application_name": "ipcu",
            "connect_timeout": CONNECT_SECONDS,
        },
        pool_size=limits.pool,
        max_overflow=limits.overflow,
        pool_timeout=limits.pool_seconds,
        pool_recycle=limits.recycle_seconds,
        pool_use_lifo=True,  # what a busy hour opened falls idle, and is replaced when it is old
        pool_pre_ping=True,
    )
    event.listen(engine, "begin", _on_postgres_begin)
    return engine


def _on_postgres_begin(connection: Connection) -> None:
    # One writer at a time, as on SQLite: what a use case has read still holds when it writes, no two wait for each
    # other, and every statement after this one sees all that the writer before committed.
    how = connection.get_execution_options().get("ipcu_write")
    if how == "wait":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
    elif how and not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITE_LOCK})").scalar():
        raise Unavailable("Somebody else is writing to the database just now.")


def _sqlite(address: URL, limits: Limits) -> Engine:
    in_memory = address.database in (None, "", ":memory:")
    # A connection is an open file: those beyond the ones kept are opened and closed as needed, so no thread waits for one.
    pool: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"pool_size": limits.threads, "max_overflow": -1}
    engine = create_engine(
        address, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}, **pool
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not start transactions on its own: `_on_sqlite_begin` chooses their kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: an acknowledged commit survives a power cut; with WAL it costs one fsync per commit.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another wrote meanwhile, whatever the
    # busy timeout says; taking the write lock first makes it wait its turn.
    how = connection.get_execution_options().get("ipcu_write")
    if how != "try":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if how else "BEGIN")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
