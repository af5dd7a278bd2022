"""Latency of the whole search call, and of the page, on a synthetic library.

    python -m benchmarks.bench_search [--passages 10000 100000] [--queries 300]

One search call = query parsing, both legs under an access filter that keeps about 60 % of the documents, all facets, fusion,
database re-check of the shown page, passages and highlights. The query vectors are made beforehand: embedding a question is
measured apart. Every database row, token and index entry is real; only the text and the vectors are drawn at random
(words by Zipf's law, vectors around 500 centres), seeded, so that two runs search the same library.
"""

import argparse
import json
import platform
import resource
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert
from sqlmodel import SQLModel

from core.access import AccessToken, Marking, Viewer, viewer_of
from core.accounts import hash_password
from core.content import ContentRef, Place, Signals
from core.paging import Page
from core.people import Organisation, User, UserRole
from core.settings import Settings
from library.models import KIND, Record, RecordKind
from search.documents import Passage, SearchDocument
from search.embedding import EmbedderState
from search.results import SearchRequest
from search.text import title_key
from webapp.app import create_app
from webapp.runtime import Runtime, build_runtime

DIMENSION = 384
CENTRES = 500
WORDS_PER_PASSAGE = 150
VOCABULARY = 30_000
VISIBLE_SHARE = 0.6
BATCH = 500
START = datetime(2024, 1, 1, tzinfo=UTC)


class DrawnEmbedder:
    """Stands where the model stands; a question's vector is drawn around one of the library's centres."""

    digest = "bench"
    dimension = DIMENSION
    ready = True
    reason = ""
    state = EmbedderState.READY

    def __init__(self, centres: NDArray[np.float32]) -> None:
        self._centres = centres

    def knows(self, text: str) -> bool:
        """Every script."""
        return True

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """`(384,) float32`, unit length, the same for the same text."""
        draw = np.random.default_rng(zlib.crc32(text.encode()))
        return _unit(self._centres[draw.integers(len(self._centres))] + 0.7 * _noise(draw, 1)[0])


@dataclass(frozen=True)
class Library:
    """What was drawn."""

    words: list[str]
    weights: NDArray[np.float64]
    centres: NDArray[np.float32]


def draw_library(seed: int = 7) -> Library:
    """Vocabulary and centres."""
    draw = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnoprstuvw"))
    words = ["".join(draw.choice(letters, size=draw.integers(4, 10))) for _ in range(VOCABULARY)]
    weights = 1.0 / np.arange(1, VOCABULARY + 1)
    return Library(words, weights / weights.sum(), _unit(_noise(draw, CENTRES)))


def documents(library: Library, passages: int, seed: int = 11) -> Iterator[tuple[SearchDocument, dict[str, object]]]:
    """Search documents with 1 to 6 passages each, and the database row that belongs to each."""
    draw = np.random.default_rng(seed)
    number = made = 0
    kinds, markings = [kind.value for kind in RecordKind], [marking.value for marking in Marking]
    while made < passages:
        number += 1
        count = min(int(draw.integers(1, 7)), passages - made)
        made += count
        picked = draw.choice(VOCABULARY, size=count * WORDS_PER_PASSAGE + 8, p=library.weights)
        text = [library.words[index] for index in picked]
        title = " ".join(text[:8]).capitalize()
        centre = library.centres[draw.integers(CENTRES, size=count)]
        vectors = _unit(centre + 0.7 * _noise(draw, count))
        is_visible = draw.random() < VISIBLE_SHARE
        changed = START + timedelta(hours=number % 20_000)
        kind, marking = kinds[number % len(kinds)], markings[number % len(markings)]
        parts = tuple(
            Passage(" ".join(text[8 + i * WORDS_PER_PASSAGE : 8 + (i + 1) * WORDS_PER_PASSAGE]), Place(), vectors[i])
            for i in range(count)
        )
        audience = "member" if is_visible else "org:2"
        document = SearchDocument(
            ref=ContentRef(KIND, number),
            revision=1,
            content_hash=str(number),
            state_hash=str(number),
            title=title,
            summary="",
            tags=(text[0], text[1]),
            body="\n".join(part.text for part in parts),
            language="en",
            facets={
                "kind": (kind,),
                "topic": (f"topic-{number % 33}", f"area-{number % 5}"),
                "organisation": (f"org-{number % 12}",),
                "country": (("PK", "NL", "TR")[number % 3],),
                "language": ("en",),
                "year": (str(2015 + number % 12),),
                "evidence": (str(number % 5),),
                "marking": (marking,),
                "filetype": (("pdf", "docx")[number % 2],),
                "status": ("current",),
            },
            created=changed,
            changed=changed,
            audience=frozenset({audience}),
            space=frozenset({"open"}),
            signals=Signals(evidence=number % 5),
            passages=parts,
            title_key=title_key(title),
            title_vector=vectors[0],
        )
        row = {
            "id": number,
            "kind": kind,
            "title": title,
            "summary": "",
            "body_source": "",
            "body_html": "",
            "rendered_by": 1,
            "fields": {},
            "organisation_id": 1,
            "author_id": 1,
            "country": "PK",
            "language": "en",
            "year": 2020,
            "effect": "unknown",
            "strength": number % 5,
            "marking": marking,
            "status": "published",
            "status_reason": "",
            "revision": 1,
            "created_at": changed,
            "changed_at": changed,
            "audience": audience,
        }
        yield document, row


def build(directory: Path, library: Library, passages: int) -> tuple[Runtime, float]:
    """A runtime over a freshly drawn library, and the seconds the index took to write."""
    embedder = DrawnEmbedder(library.centres)
    settings = Settings(data_dir=directory, similarity_floor=0.35)
    runtime = build_runtime(settings, web=False, embedder=embedder)
    SQLModel.metadata.create_all(runtime.database.engine)
    with runtime.work() as work:
        for key in ("one", "two"):
            work.session.add(Organisation(key=key, name=key, kind="police", default_marking="GREEN"))
        work.session.flush()
        hashed = hash_password("bench-password-2026")
        work.session.add(User(email="a@b.example", name="A", organisation_id=1, password_hash=hashed, created_at=START))
        work.session.flush()
        work.session.add(UserRole(user_id=1, role="officer"))
    spent, pending = 0.0, []
    for document, row in documents(library, passages):
        pending.append((document, row))
        if len(pending) == BATCH:
            spent += _write(runtime, pending)
            pending = []
    return runtime, spent + (_write(runtime, pending) if pending else 0.0)


def measure(runtime: Runtime, library: Library, queries: int) -> dict[str, object]:
    """Latency of the search call and of the page, with the stages of the call."""

    viewer = _viewer(runtime)
    for question in draw_questions(library, 50, seed=4):
        with runtime.reading() as session:
            runtime.search.search(session, viewer, SearchRequest(text=question))
    questions = draw_questions(library, queries)
    calls, stages, totals = [], {}, []
    for question in questions:
        began = time.perf_counter()
        with runtime.reading() as session:
            response = runtime.search.search(session, viewer, SearchRequest(text=question, page=Page(1, 10)))
        calls.append((time.perf_counter() - began) * 1000)
        totals.append(response.total)
        for name, took in response.took.items():
            stages.setdefault(name, []).append(took)
    app = create_app(runtime)
    client = app.test_client()
    token = client.get("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/sign-in", data={"csrf_token": token, "email": "a@b.example", "password": "bench-password-2026"})
    pages = []
    for question in questions:
        began = time.perf_counter()
        assert client.get("/search", query_string={"q": question}).status_code == 200
        pages.append((time.perf_counter() - began) * 1000)
    return {
        "call": percentiles(calls),
        "page": percentiles(pages),
        "stages p50": {name: round(float(np.median(took)), 2) for name, took in stages.items()},
        "median total": int(np.median(totals)),
        "memory MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Print a table, and the raw numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=300)
    arguments = parser.parse_args()
    library = draw_library()
    print(f"{platform.machine()}, {platform.python_version()}, {arguments.queries} questions, ms")
    print(f"{'passages':>9} {'':6} {'p50':>7} {'p95':>7} {'p99':>7}")
    for passages in arguments.passages:
        directory = Path(tempfile.mkdtemp(prefix="ipcu-bench-"))
        try:
            runtime, seconds = build(directory, library, passages)
            result = measure(runtime, library, arguments.queries)
            for name in ("call", "page"):
                p50, p95, p99 = result[name]
                print(f"{passages:>9} {name:6} {p50:>7.1f} {p95:>7.1f} {p99:>7.1f}")
            size = sum(path.stat().st_size for path in (directory / "index").rglob("*") if path.is_file())
            result |= {"passages": passages, "index MB": size >> 20, "index seconds": round(seconds, 1)}
            print(json.dumps(result), flush=True)
            runtime.close()
        finally:
            shutil.rmtree(directory)


def _write(runtime: Runtime, pending: Sequence[tuple[SearchDocument, dict[str, object]]]) -> float:
    tokens = []
    for _, row in pending:
        for scope, token in (("audience", row.pop("audience")), ("space", "open")):
            tokens.append({"kind": KIND, "object_id": row["id"], "scope": scope, "token": token})
    with runtime.work() as work:
        work.session.execute(insert(Record), [row for _, row in pending])
        work.session.execute(insert(AccessToken), tokens)
    began = time.perf_counter()
    report = runtime.engine.write([document for document, _ in pending])
    assert not report.failed, report.failed
    return time.perf_counter() - began


def draw_questions(library: Library, count: int, seed: int = 5) -> list[str]:
    """Two to six words each, none of the hundred most frequent."""
    draw = np.random.default_rng(seed)
    middle = library.words[100:6000]
    return [" ".join(draw.choice(middle, size=draw.integers(2, 7))) for _ in range(count)]


def _viewer(runtime: Runtime) -> Viewer:
    with runtime.reading() as session:
        user = session.get(User, 1)
        assert user is not None
        return viewer_of(session, user)


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile."""
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return round(float(p50), 2), round(float(p95), 2), round(float(p99), 2)


def _noise(draw: np.random.Generator, count: int) -> NDArray[np.float32]:
    return _unit(draw.standard_normal((count, DIMENSION), dtype=np.float32))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    main()
