"""Moves everything in one database to another that is empty: from SQLite to PostgreSQL, or back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, text, update
from sqlmodel import Session, SQLModel

from core.audit import verify
from core.clock import Clock
from core.db import Database
from core.errors import Conflict
from core.uow import UnitOfWork
from webapp.migrations import PATIENT, upgrade

BATCH = 500
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class CopyReport:
    """What was copied."""

    rows: dict[str, int] = field(default_factory=dict)
    """Rows by table."""
    events: int = 0
    """Length of the audit chain, verified in the target."""
    cleaned: int = 0
    """Texts that held NUL characters, which PostgreSQL cannot store; they were left out."""


def copy_database(source: str, target: str, clock: Clock, progress: Progress) -> CopyReport:
    """Copy all rows to `target`, whose schema is made when it has none; nobody can write to `source` meanwhile.

    One transaction: a copy that fails or is killed leaves the target without rows. Raises Conflict when the target holds
    anything, when rows are missing after the copy, or when the audit chain does not hold there; Unavailable when one of
    the two is down.
    """
    upgrade(target)
    old, new = Database(source, PATIENT), Database(target, PATIENT)
    report = CopyReport()
    try:
        with UnitOfWork(old, clock) as reading, UnitOfWork(new, clock) as writing:
            _refuse_rows(writing.session)
            for table in SQLModel.metadata.sorted_tables:
                _copy_table(reading.session, writing.session, table, report, progress)
            _check(reading.session, writing.session, report)
    finally:
        old.close()
        new.close()
    return report


def _refuse_rows(target: Session) -> None:
    for table in SQLModel.metadata.sorted_tables:
        if target.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise Conflict(f"The target is not empty: its table {table.name} has rows. Nothing was copied.")


def _copy_table(source: Session, target: Session, table: Table, report: CopyReport, progress: Progress) -> None:
    total, done = _count(source, table), 0
    # A row may point to one of the same table that comes later, so such references follow when all rows are there.
    later = [one.parent.name for one in table.foreign_keys if one.column.table is table]
    links: list[dict[str, Any]] = []
    for batch in _batches(source, table):
        rows = [_clean(row, report) for row in batch]
        if later:
            links += [_link(table, row, later) for row in rows if any(row[name] is not None for name in later)]
            rows = [{**row, **dict.fromkeys(later)} for row in rows]
        target.execute(insert(table), rows)
        done += len(rows)
        progress(done, total, table.name)
    if links:
        keys = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
        values: Mapping[str, Any] = {name: bindparam(f"to_{name}") for name in later}
        target.connection().execute(update(table).where(*keys).values(values), links)
    _advance(target, table)
    report.rows[table.name] = done


def _batches(source: Session, table: Table) -> Iterator[list[Mapping[str, Any]]]:
    rows = select(table).order_by(*table.primary_key).execution_options(yield_per=BATCH)
    with closing(source.execute(rows)) as found:
        for part in found.partitions():
            yield [dict(row._mapping) for row in part]


def _clean(row: Mapping[str, Any], report: CopyReport) -> dict[str, Any]:
    cleaned = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
    report.cleaned += sum(cleaned[name] != row[name] for name in row)
    return cleaned


def _link(table: Table, row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    keys = {f"key_{column.name}": row[column.name] for column in table.primary_key}
    return keys | {f"to_{name}": row[name] for name in names}


def _advance(target: Session, table: Table) -> None:
    """PostgreSQL counts for itself: the next number must come after those copied. SQLite looks at the rows."""
    connection, column = target.connection(), table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    name = connection.dialect.identifier_preparer.format_table(table)
    highest = connection.execute(select(func.max(column))).scalar()
    sequence = connection.execute(select(func.pg_get_serial_sequence(name, column.name))).scalar()
    if highest is not None and sequence is not None:
        connection.execute(
            text("SELECT setval(CAST(:sequence AS regclass), :highest)"), {"sequence": sequence, "highest": highest}
        )


def _check(source: Session, target: Session, report: CopyReport) -> None:
    for table in SQLModel.metadata.sorted_tables:
        here, there = _count(source, table), _count(target, table)
        if here != there:
            raise Conflict(f"Table {table.name} has {here} rows, but {there} arrived. Nothing was copied.")
    verdict = verify(target)
    if not verdict.is_intact:
        raise Conflict(f"The audit chain does not hold in the target: {verdict.problem}. Nothing was copied.")
    report.events = verdict.events


def _count(session: Session, table: Table) -> int:
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())
