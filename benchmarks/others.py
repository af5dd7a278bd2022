"""What a site might take instead: SQLite FTS5 alone, and LanceDB's hybrid search. Both get our documents, passages and vectors.

Neither counts facets, corrects spelling, judges whether a question is answered or checks what it found in a database: each
does less than one of our searches.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from search.documents import SearchDocument, Vector
from search.text import words

DEPTH = 100
"""Passages asked of LanceDB, so that ten documents come out of them."""
BESIDE = Path(__file__).resolve().parent.parent / "build" / "bench"
"""Where `make bench` installs LanceDB, beside the product."""


class Other(Protocol):
    """Something else that finds documents."""

    name: str

    def fill(self, documents: Iterable[SearchDocument]) -> None:
        """Store and index them."""

    def ask(self, text: str, vector: Vector | None, tokens: Sequence[str]) -> list[int]:
        """The ids of ten documents that carry one of the tokens, best first."""

    def close(self) -> None:
        """Give back files."""


class Fts5:
    """One virtual table of titles and bodies: any word of the question, BM25 order with titles weighing three, Porter's stemmer, a
    snippet of each of ten hits, and the access rule by a join.
    """

    name = "SQLite FTS5"

    def __init__(self, directory: Path) -> None:
        self._database = sqlite3.connect(directory / "fts5.db")
        self._database.execute("CREATE TABLE document (id INTEGER PRIMARY KEY, audience TEXT NOT NULL)")
        self._database.execute(
            "CREATE VIRTUAL TABLE document_text USING fts5(title, body, tokenize = 'porter unicode61')"
        )

    def fill(self, documents: Iterable[SearchDocument]) -> None:
        """In one transaction."""
        for one in documents:
            (audience,) = one.audience
            self._database.execute("INSERT INTO document VALUES (?, ?)", (one.ref.id, audience))
            self._database.execute(
                "INSERT INTO document_text(rowid, title, body) VALUES (?, ?, ?)", (one.ref.id, one.title, one.body)
            )
        self._database.commit()

    def ask(self, text: str, vector: Vector | None, tokens: Sequence[str]) -> list[int]:
        """By words alone."""
        match = " OR ".join(f'"{word}"' for word in words(text))
        marks = ", ".join("?" * len(tokens))
        found = self._database.execute(
            "SELECT document.id, snippet(document_text, 1, '<mark>', '</mark>', '...', 32) "
            "FROM document_text JOIN document ON document.id = document_text.rowid "
            f"WHERE document_text MATCH ? AND document.audience IN ({marks}) "
            "ORDER BY bm25(document_text, 3.0, 1.0) LIMIT 10",
            (match, *tokens),
        )
        return [number for number, _ in found]

    def close(self) -> None:
        """The connection."""
        self._database.close()


class Lance:
    """A table of passages with their vectors and a full-text index: LanceDB's hybrid query with its own fusion (reciprocal ranks),
    the access rule as a filter before both legs, the best passage of each document.

    `is_exact` leaves the vectors without an index, so that every visible one is compared; otherwise the index that LanceDB makes by
    default (IVF_PQ).
    """

    def __init__(self, directory: Path, dimension: int, *, is_exact: bool) -> None:
        sys.path.append(str(BESIDE))
        os.environ |= {"LANCE_LOG": "error", "RUST_LOG": "error"}
        import lancedb  # type: ignore[import-not-found]  # noqa: PLC0415  # it exists beside the product only
        import pyarrow  # type: ignore[import-not-found]  # noqa: PLC0415

        self.name = f"LanceDB hybrid, {'exact' if is_exact else 'its default index'}"
        self._arrow = pyarrow
        self._dimension = dimension
        self._is_exact = is_exact
        self._connection = lancedb.connect(str(directory / f"lance-{is_exact}"))
        self._table: Any = None

    def fill(self, documents: Iterable[SearchDocument]) -> None:
        """One table, then its indexes."""
        rows = [
            {
                "id": one.ref.id,
                "audience": next(iter(one.audience)),
                "text": f"{one.title}\n{part.text}",
                "vector": part.vector,
            }
            for one in documents
            for part in one.passages
            if part.vector is not None
        ]
        arrow = self._arrow
        vectors = arrow.list_(arrow.float32(), self._dimension)
        schema = arrow.schema(
            [("id", arrow.int64()), ("audience", arrow.string()), ("text", arrow.string()), ("vector", vectors)]
        )
        self._table = self._connection.create_table("passage", arrow.Table.from_pylist(rows, schema=schema))
        self._table.create_fts_index("text")
        self._table.create_scalar_index("audience", index_type="BITMAP")
        if not self._is_exact:
            self._table.create_index(metric="cosine")

    def ask(self, text: str, vector: Vector | None, tokens: Sequence[str]) -> list[int]:
        """By words and meaning."""
        among = ", ".join(f"'{token}'" for token in tokens)
        query = self._table.search(query_type="hybrid", vector_column_name="vector", fts_columns="text")
        query = query.vector(vector).text(" ".join(words(text))).metric("cosine")
        found = query.where(f"audience IN ({among})", prefilter=True).select(["id", "text"]).limit(DEPTH).to_arrow()
        return list(dict.fromkeys(found["id"].to_pylist()))[:10]

    def close(self) -> None:
        """Nothing is kept open."""
