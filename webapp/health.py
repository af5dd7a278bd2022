"""Health of every part, with a remedy for each that is unwell: for `ipcu doctor` and the administrator's page."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.audit import verify
from core.errors import DomainError
from core.outbox import list_parked
from search.embedding import EmbedderState
from webapp.migrations import is_current
from webapp.runtime import Runtime

LEAST_FREE = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and how it is."""

    part: str
    is_well: bool
    text: str
    remedy: str = ""


def check_health(runtime: Runtime) -> list[Finding]:
    """Look at every part; a part that cannot even be looked at is a finding too."""
    findings: list[Finding] = []
    for part, check in _CHECKS.items():
        try:
            findings.extend(check(runtime))
        except (DomainError, SQLAlchemyError, OSError) as error:
            findings.append(Finding(part, False, str(error), "See the log of the server and the worker."))
    return findings


def _database(runtime: Runtime) -> Iterator[Finding]:
    with runtime.reading() as session:
        session.connection().execute(text("SELECT 1"))
    current = is_current(runtime.settings.database)
    yield Finding(
        "database",
        current,
        "answers, schema is up to date" if current else "answers, but its schema is not of this version",
        "Run `ipcu database upgrade`.",
    )


def _disk(runtime: Runtime) -> Iterator[Finding]:
    free = shutil.disk_usage(runtime.settings.data_dir).free
    yield Finding(
        "disk", free > LEAST_FREE, f"{free >> 30} GiB free in {runtime.settings.data_dir}", "Make room: 1 GiB at least."
    )


def _index(runtime: Runtime) -> Iterator[Finding]:
    status = runtime.indexer.status()
    yield Finding("index", True, f"{status.documents} documents, {status.passages} passages, {status.waiting} waiting")
    with runtime.reading() as session:
        parked = len(list_parked(session))
    yield Finding(
        "outbox", parked == 0, f"{parked} changes given up on", "See Administration, mend the cause, then retry them."
    )


def _model(runtime: Runtime) -> Iterator[Finding]:
    state = runtime.embedder.state
    yield Finding(
        "model",
        state is not EmbedderState.FAILED,
        f"{state.value}{': ' + runtime.embedder.reason if runtime.embedder.reason else ''}",
        "Check IPCU_EMBEDDING_MODEL, or set IPCU_EMBEDDING=off to run without it.",
    )


def _audit(runtime: Runtime) -> Iterator[Finding]:
    with runtime.reading() as session:
        verdict = verify(session)
    yield Finding(
        "audit",
        verdict.is_intact,
        f"chain of {verdict.events} events is intact" if verdict.is_intact else verdict.problem,
        "Compare with a backup: somebody changed the database past the program.",
    )


_CHECKS: dict[str, Callable[[Runtime], Iterator[Finding]]] = {
    "database": _database,
    "disk": _disk,
    "index": _index,
    "model": _model,
    "audit": _audit,
}
