"""How soon an edit is found: a record is changed by the library's service and asked for by a word that only its new text has.

    python -m benchmarks.bench_update [--passages 100000] [--edits 20] [--keep DIR]

Once as one machine runs (SQLite, embedded engine, the server's own thread) in a copy of a drawn library; and where IPCU_TEST_OPENSEARCH_URL,
IPCU_TEST_POSTGRES_URL and IPCU_TEST_REDIS_URL name services, once as it is deployed, with `ipcu worker` as a process, in
the demo with 10,000 further passages. The model is warm in both. Time counts from the moment the edit was saved.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
from sqlmodel import col, select

from benchmarks.library import FIRST, Patterns, add_documents, build, fill_with_demo, open_demo, viewer
from benchmarks.measuring import Spread, scratch, table
from core.access import MEMBER, AccessToken, Marking, Viewer, viewer_of
from core.db import address_of
from core.people import Role, list_users_with_role
from core.settings import Settings
from library.drafts import RecordDraft
from library.models import KIND, Record, RecordKind
from library.service import edit_record
from search.engines.opensearch import Access, Client
from search.results import SearchRequest
from webapp.composition import build_runtime
from webapp.migrations import upgrade
from webapp.runtime import Runtime

MOST_SECONDS = 30.0
WARM_UP = 3
LOOK = 0.005
"""Seconds between two looks."""
DEPLOYED = 10_000
NAME = "ipcu_bench"
SERVICES = ("IPCU_TEST_OPENSEARCH_URL", "IPCU_TEST_POSTGRES_URL", "IPCU_TEST_REDIS_URL")


def measure(runtime: Runtime, edits: int) -> Spread:
    """Milliseconds of so many edits of different records."""
    person, draw = _second_person(runtime), np.random.default_rng(9)
    letters, took = np.array(list("bcdfghklmnprstvwxz")), list[float]()
    for number, chosen in enumerate(_open_records(runtime, edits + WARM_UP), start=-WARM_UP):
        word = "".join(draw.choice(letters, size=12))
        with runtime.reading() as session:
            record = session.get(Record, chosen)
        assert record is not None
        draft = _draft(record, word)
        with runtime.work(person) as work:
            edit_record(work, person, chosen, draft)
        saved = time.perf_counter()
        while not _finds(runtime, word):
            if time.perf_counter() - saved > MOST_SECONDS:
                raise SystemExit(f"edit {number} was not found within {MOST_SECONDS} s")
            time.sleep(LOOK)
        if number >= 0:
            took.append((time.perf_counter() - saved) * 1000)
        time.sleep(0.2)
    return Spread.of(took)


def _second_person(runtime: Runtime) -> Viewer:
    """A librarian who did not write the drawn records: what he changes is not a proposal."""
    writer = viewer(runtime).user_id
    with runtime.reading() as session:
        people = [one for one in list_users_with_role(session, Role.LIBRARIAN) if one.id != writer]
        return viewer_of(session, people[0])


def _open_records(runtime: Runtime, count: int) -> list[int]:
    """Drawn records that every member may read."""
    mine = select(AccessToken.object_id).where(AccessToken.kind == KIND, AccessToken.token == MEMBER)
    with runtime.reading() as session:
        return list(session.exec(mine.where(col(AccessToken.object_id) >= FIRST).limit(count)))


def _draft(record: Record, word: str) -> RecordDraft:
    return RecordDraft(
        kind=RecordKind(record.kind),
        title=record.title[:200],
        body=f"{record.body_source}\n\nAdded today: {word}.",
        organisation_id=record.organisation_id,
        year=record.year,
        marking=Marking(record.marking),
        revision=record.revision,
    )


def _finds(runtime: Runtime, word: str) -> bool:
    with runtime.reading() as session:
        # In quotation marks it must be there: what is only like it does not count, nor whether it answers anything.
        request = SearchRequest(text=f'"{word}"', as_typed=True)
        return bool(runtime.search.search(session, viewer(runtime), request).hits)


@contextmanager
def one_machine(directory: Path, passages: int) -> Iterator[Runtime]:
    """A copy of a drawn library, served as one machine serves it."""
    made = build(directory, passages)
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as copy:
        shutil.copytree(made, copy, dirs_exist_ok=True)
        runtime = build_runtime(Settings(data_dir=Path(copy)), web=True)
        try:
            runtime.warm_up()
            runtime.start()
            yield runtime
        finally:
            runtime.close()


@contextmanager
def deployed(directory: Path) -> Iterator[Runtime]:
    """The demo and some passages on the services, with one worker process."""
    search, database, redis = (os.environ[name] for name in SERVICES)
    address = _fresh_database(database)
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as data:
        said = {
            "IPCU_DATA_DIR": data,
            "IPCU_DATABASE_URL": address,
            "IPCU_OPENSEARCH_URL": search,
            "IPCU_OPENSEARCH_PREFIX": "ipcu-bench",
            "IPCU_OPENSEARCH_REPLICAS": "0",
            "IPCU_REDIS_URL": redis,
            "IPCU_REDIS_PREFIX": NAME.replace("_", "-"),
        }
        settings = Settings.model_validate({name.removeprefix("IPCU_").lower(): value for name, value in said.items()})
        _fill(settings, directory)
        worker = subprocess.Popen(
            [sys.executable, "-c", "from webapp.cli.program import main; main()", "worker"], env=os.environ | said
        )
        runtime = build_runtime(settings, web=True)
        try:
            runtime.warm_up()
            runtime.start()
            yield runtime
        finally:
            runtime.close()
            worker.terminate()
            worker.wait(60)
            _administer(database, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            client = Client(Access((search,)))
            client.change("DELETE", "/ipcu-bench-*", params={"ignore_unavailable": "true"})
            client.close()


def _fill(settings: Settings, directory: Path) -> None:
    demo = open_demo(directory)
    patterns = Patterns(demo)
    demo.close()
    upgrade(settings.database)
    runtime = build_runtime(settings, web=False)
    fill_with_demo(runtime)
    add_documents(runtime, patterns.documents(DEPLOYED))
    runtime.close()


def _fresh_database(server: str) -> str:
    _administer(server, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    _administer(server, f"CREATE DATABASE {NAME} TEMPLATE template0")
    return address_of(server).set(database=NAME).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    address = address_of(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    rows = []
    with scratch(options.keep) as directory:
        with one_machine(directory, options.passages) as runtime:
            rows.append([f"one machine, {options.passages:,} passages", *measure(runtime, options.edits).cells()])
        if all(os.environ.get(name) for name in SERVICES):
            with deployed(directory) as runtime:
                rows.append([f"deployed, {DEPLOYED:,} passages", *measure(runtime, options.edits).cells()])
        else:
            print(
                f"Not measured as deployed: {', '.join(SERVICES)} name no services (`make services`, then `. build/services.env`).\n"
            )
    table([f"saved to found, {options.edits} edits, ms", "p50", "p95", "p99"], rows)


if __name__ == "__main__":
    main()
