"""SQLite FTS5 alone on the library of bench_search: `python -m benchmarks.bench_fts5 [--passages 10000 100000]`.

What a site gets without a search engine: one virtual table of titles and bodies, any word of the question, BM25 order, ten hits with
their highlighted snippets, and the same access rule by a join. No vectors, facets, spelling or counts: it does less than one search call.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import bench_search as ours

SQL = """
SELECT document.id, snippet(document_text, 1, '<mark>', '</mark>', '...', 32)
FROM document_text JOIN document ON document.id = document_text.rowid
WHERE document_text MATCH ? AND document.audience IN ('member', 'org:1', 'user:1')
ORDER BY bm25(document_text, 3.0, 1.0) LIMIT 10
"""


def fill(path: Path, library: ours.Library, passages: int) -> tuple[sqlite3.Connection, float]:
    """The table, and the seconds of writing it."""
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE document (id INTEGER PRIMARY KEY, audience TEXT NOT NULL)")
    database.execute("CREATE VIRTUAL TABLE document_text USING fts5(title, body)")
    spent = 0.0
    for document, row in ours.documents(library, passages):
        began = time.perf_counter()
        database.execute("INSERT INTO document VALUES (?, ?)", (row["id"], row["audience"]))
        database.execute(
            "INSERT INTO document_text(rowid, title, body) VALUES (?, ?, ?)", (row["id"], document.title, document.body)
        )
        spent += time.perf_counter() - began
    began = time.perf_counter()
    database.commit()
    return database, spent + time.perf_counter() - began


def ask(database: sqlite3.Connection, questions: Sequence[str]) -> list[float]:
    """Milliseconds of each question."""
    taken = []
    for question in questions:
        match = " OR ".join(f'"{word}"' for word in question.split())
        began = time.perf_counter()
        database.execute(SQL, (match,)).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=300)
    arguments = parser.parse_args()
    library = ours.draw_library()
    for passages in arguments.passages:
        with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as directory:
            path = Path(directory) / "fts5.db"
            database, seconds = fill(path, library, passages)
            ask(database, ours.draw_questions(library, 50, seed=4))
            p50, p95, p99 = ours.percentiles(ask(database, ours.draw_questions(library, arguments.queries)))
            size = path.stat().st_size >> 20
            print(
                f"{passages:>9} FTS5 p50 {p50:.1f} p95 {p95:.1f} p99 {p99:.1f} ms, {size} MB, written in {seconds:.1f} s"
            )
            database.close()


if __name__ == "__main__":
    main()
