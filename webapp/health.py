"""Health of every part, with a remedy for each that is unwell: for `ipcu doctor` and the administrator's page."""

import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.audit import verify
from core.errors import DomainError, Unavailable
from core.outbox import list_parked
from core.private import open_to_others
from search.embedding import EmbedderState
from search.engines.opensearch import OpenSearchEngine
from webapp.migrations import Schema, schema
from webapp.runtime import Runtime

LEAST_FREE = 1 << 30
KEPT = 2.0
"""Seconds that a glance serves everybody."""
CROWDED = 0.9
"""Share of the database server's connections from which on new processes may find none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and how it is."""

    part: str
    is_well: bool
    text: str
    remedy: str = ""


class Glance:
    """How the parts were a moment ago. Whoever asks again and again cannot keep the database and the search servers busy."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._at = float("-inf")
        self._parts: dict[str, str] = {}
        self._lock = threading.Lock()

    def parts(self) -> dict[str, str]:
        """Each probed part as `ok` or `degraded`."""
        with self._lock:  # one looks, the others take what he saw
            if time.monotonic() - self._at > KEPT:
                parts: dict[str, str] = {}
                for finding in check_health(self._runtime, PROBED):
                    is_well = finding.is_well and parts.get(finding.part, "ok") == "ok"
                    parts[finding.part] = "ok" if is_well else "degraded"
                self._at, self._parts = time.monotonic(), parts
            return self._parts


def check_health(runtime: Runtime, parts: Collection[str] = ()) -> list[Finding]:
    """Look at these parts, or at all; a part that cannot even be looked at is a finding too."""
    findings: list[Finding] = []
    try:
        if schema(runtime.settings.database) is Schema.MISSING:
            return [Finding("database", False, "is not there yet", "Run `ipcu database upgrade`.")]
    except (SQLAlchemyError, OSError) as error:
        # Every other check would say the same in its own words.
        return [Finding("database", False, f"does not answer: {_reason(error)}", _UNREACHABLE)]
    for part in parts or _CHECKS:
        try:
            findings.extend(_CHECKS[part](runtime))
        except (DomainError, SQLAlchemyError, OSError) as error:
            findings.append(Finding(part, False, str(error), "See the log of the server and the worker."))
    return findings


def _reason(error: Exception) -> str:
    """What the driver says, on one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(cause).split()) or type(error).__name__


def _database(runtime: Runtime) -> Iterator[Finding]:
    with runtime.reading() as session:
        session.connection().execute(text("SELECT 1"))
    state = schema(runtime.settings.database)
    yield Finding(
        "database",
        state is Schema.CURRENT,
        _SCHEMA[state],
        "Run `ipcu database upgrade`." if state is Schema.OLDER else "Install the version that made it.",
    )
    if not runtime.database.is_sqlite:
        yield from _database_server(runtime)


def _database_server(runtime: Runtime) -> Iterator[Finding]:
    with runtime.reading() as session:
        used, most, order = session.execute(text(_SERVER)).one()
    yield Finding(
        "connections",
        used < most * CROWDED,
        f"{used} of the {most} that the database server allows are open",
        "Raise max_connections of the server, or lower IPCU_DATABASE_POOL, IPCU_DATABASE_OVERFLOW or IPCU_WORKERS.",
    )
    yield Finding(
        "order",
        order in _PLAIN_ORDERS,
        f"names are sorted by the rules of {order}",
        "Make the database with LOCALE 'C.UTF-8' and move there with `ipcu database copy`; else lists are only sorted differently.",
    )


def _disk(runtime: Runtime) -> Iterator[Finding]:
    free = shutil.disk_usage(runtime.settings.data_dir).free
    yield Finding(
        "disk", free > LEAST_FREE, f"{free >> 30} GiB free in {runtime.settings.data_dir}", "Make room: 1 GiB at least."
    )


def _privacy(runtime: Runtime) -> Iterator[Finding]:
    """Whether other accounts of this machine are kept out of the data."""
    directory = runtime.settings.data_dir
    database = make_url(runtime.settings.database).database if runtime.database.is_sqlite else None
    found = open_to_others(directory, *([Path(f"{database}{end}") for end in ("", "-wal", "-shm")] if database else ()))
    names = ", ".join(sorted({str(path) for path in found})[:3])
    yield Finding(
        "privacy",
        not found,
        f"others on this machine may get at {names}" if found else f"{directory} is for its owner alone",
        f"As the owner run `chmod -R go= {directory}`; so for a database that lies elsewhere.",
    )


def _index(runtime: Runtime) -> Iterator[Finding]:
    status = runtime.indexer.status()
    if status.engine_error:
        yield Finding("index", False, status.engine_error, _ENGINE_REMEDY[runtime.engine.name])
    elif status.current is None and (status.generations or _has_documents(runtime)):
        yield Finding("index", False, "is not there, or damaged", "Run `ipcu index rebuild`.")
    elif not status.fits:
        yield Finding("index", False, "was made with another model or version", "Run `ipcu index rebuild`.")
    elif problem := _search_problem(runtime):
        yield Finding("index", False, problem, _ENGINE_REMEDY[runtime.engine.name])
    else:
        held = f"{status.documents} documents, {status.passages} passages, {status.waiting} waiting"
        yield Finding("index", True, held)
        yield from _layout(runtime, status.current.differs if status.current else "")
    with runtime.reading() as session:
        parked = len(list_parked(session))
    yield Finding(
        "outbox", parked == 0, f"{parked} changes given up on", "See Administration, mend the cause, then retry them."
    )


def _search_problem(runtime: Runtime) -> str:
    """Why a search does not work; a look at the list of generations does not show every damage."""
    try:
        with runtime.reading() as session:
            runtime.search.probe(session)
    except Unavailable as problem:
        return problem.message
    return ""


def _layout(runtime: Runtime, differs: str) -> Iterator[Finding]:
    """What ails an index that can be searched."""
    if differs:
        remedy = "Run `ipcu index rebuild` to apply the settings; the present index is searched until then."
        yield Finding("layout", False, f"the index has {differs}", remedy)
    if isinstance(runtime.engine, OpenSearchEngine):
        for trouble in runtime.engine.troubles():
            yield Finding("servers", False, trouble.text, trouble.remedy)


def _has_documents(runtime: Runtime) -> bool:
    with runtime.reading() as session:
        return any(any(True for _ in source.ids(session)) for source in runtime.sources)


def _model(runtime: Runtime) -> Iterator[Finding]:
    state, reason = runtime.embedder.state, runtime.embedder.reason
    if state is EmbedderState.IDLE:
        # Loading it takes seconds; whether its files are there takes none.
        is_there = runtime.embedder.dimension > 0
        reason = "" if is_there else f"there is no model {runtime.settings.embedding_model!r}"
        state = EmbedderState.IDLE if is_there else EmbedderState.FAILED
    yield Finding(
        "model",
        state is not EmbedderState.FAILED,
        f"{state.value}: {reason}" if reason else state.value,
        "Check IPCU_EMBEDDING_MODEL, or set IPCU_EMBEDDING=off to run without it.",
    )


def _jobs(runtime: Runtime) -> Iterator[Finding]:
    """Without Redis the servers do the work themselves, and there is nothing to look at."""
    if not runtime.settings.redis_url:
        return
    state = runtime.jobs.state()
    if state.problem:
        remedy = "Start Redis, or mend IPCU_REDIS_URL; meanwhile nothing new is indexed, and nothing is lost."
        yield Finding("queue", False, state.problem, remedy)
        return
    yield Finding("queue", True, f"Redis answers, {state.waiting} jobs waiting")
    yield Finding(
        "workers", state.workers > 0, f"{state.workers} alive", "Run `ipcu worker`: what changes is not indexed."
    )
    yield Finding(
        "scheduler",
        state.schedulers > 0,
        f"{state.schedulers} alive",
        "Run `ipcu scheduler`: lost wake-ups and the nightly comparison wait for it.",
    )
    yield Finding(
        "jobs",
        state.failed == 0,
        f"{state.failed} failed within the last hour",
        "The worker's log says why; the next periodic run tries again.",
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


_UNREACHABLE = "Start the database server, or mend IPCU_DATABASE_URL and its password; the site comes back by itself."
_SERVER = (
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
    " CAST(current_setting('max_connections') AS integer),"
    " (SELECT datcollate FROM pg_database WHERE datname = current_database())"
)
_PLAIN_ORDERS = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8"})
_ENGINE_REMEDY = {
    "embedded": "Run `ipcu index rebuild`.",
    "opensearch": "Mend the search servers or IPCU_OPENSEARCH_URL; what changes meanwhile is indexed when they answer.",
}
_SCHEMA = {
    Schema.MISSING: "answers, but has no tables",
    Schema.OLDER: "answers, but its schema is older than this program",
    Schema.CURRENT: "answers, schema is up to date",
    Schema.NEWER: "answers, but its schema is newer than this program",
}
_CHECKS: dict[str, Callable[[Runtime], Iterator[Finding]]] = {
    "database": _database,
    "disk": _disk,
    "privacy": _privacy,
    "index": _index,
    "model": _model,
    "queue": _jobs,
    "audit": _audit,
}
PROBED = tuple(part for part in _CHECKS if part not in ("audit", "privacy"))
"""What `/readyz` looks at: reading the whole audit chain takes longer than a probe waits, and permissions change no answer."""
