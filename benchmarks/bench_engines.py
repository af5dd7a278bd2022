"""Both engines on the same documents and the same questions, in one run; and the kinds of vectors that OpenSearch keeps.

    python -m benchmarks.bench_engines [--opensearch ADDRESS] [--passages 100000] [--queries 150] [--keep DIR]
    python -m benchmarks.bench_engines --kinds [--passages 30000]

Documents and questions are those of `benchmarks.library`. The embedded engine compares every vector, so what it finds is the
truth that the graph search is measured against. Both are filled as `ipcu index rebuild` does it: a new generation, then promoted, which for
OpenSearch merges it to one segment. The address is IPCU_TEST_OPENSEARCH_URL otherwise (`make services`); what is made there is removed.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.asking import PREFIX, clean, node_memory, queries, recall, shapes, times
from benchmarks.library import BATCH, Patterns, documents_of, open_demo
from benchmarks.measuring import Memory, Spread, leave_out_of_garbage_collection, scratch, shown, table
from indexer.build import recipe_for
from search.documents import SearchDocument
from search.engine import Recipe, SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import Access, OpenSearchEngine, Shape, VectorKind
from search.text import normalise
from webapp.runtime import Runtime

EMBEDDED, OPENSEARCH = "embedded", "OpenSearch"


class Filled:
    """An engine with the documents in it, and what that took."""

    def __init__(self, engine: SearchEngine, recipe: Recipe) -> None:
        self.engine = engine
        self._name = engine.create_generation(recipe)
        self.passages = 0
        self.seconds = 0.0
        self.merging = 0.0

    def write(self, batch: Sequence[SearchDocument]) -> None:
        """Some more."""
        began = time.perf_counter()
        report = self.engine.write(batch, self._name)
        self.seconds += time.perf_counter() - began
        if report.failed or len(report.written) != len(batch):
            raise SystemExit(f"not all was written: {dict(report.failed)}")
        self.passages += sum(len(one.passages) for one in batch)

    def promote(self) -> None:
        """Nothing more comes."""
        began = time.perf_counter()
        self.engine.promote(self._name)
        self.merging = time.perf_counter() - began

    def cells(self) -> list[str]:
        """Rate, seconds of promotion, megabytes."""
        size = next(one.bytes for one in self.engine.generations() if one.is_current)
        return [shown(self.passages / self.seconds), shown(self.merging), f"{size / 1e6:,.0f}"]


@contextmanager
def opensearch(address: str, recipe: Recipe, kind: VectorKind = VectorKind.FLOAT) -> Iterator[OpenSearchEngine]:
    """An engine on the node, with nothing there before or after."""
    clean(address)
    engine = OpenSearchEngine(
        Access((address,), timeout=60), recipe=recipe, prefix=PREFIX, shape=Shape(vectors=kind), normalise=normalise
    )
    try:
        yield engine
    finally:
        engine.close()
        clean(address)


def fill(filled: Sequence[Filled], documents: Sequence[SearchDocument]) -> None:
    """The same batches to all; only the writing is timed."""
    for start in range(0, len(documents), BATCH):
        for one in filled:
            one.write(documents[start : start + BATCH])
    for one in filled:
        one.promote()
    leave_out_of_garbage_collection()


def compare(address: str, demo: Runtime, documents: Sequence[SearchDocument], count: int) -> None:
    """Print latency, recall, indexing rate, disk and memory of both."""
    asked, recipe = queries(demo, count), recipe_for(demo.embedder)
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as place, opensearch(address, recipe) as server:
        own = EmbeddedEngine(Path(place), recipe=recipe, normalise=normalise)
        filled = {EMBEDDED: Filled(own, recipe), OPENSEARCH: Filled(server, recipe)}
        fill(list(filled.values()), documents)
        print(f"{len(documents):,} documents, {filled[EMBEDDED].passages:,} passages, OpenSearch {server.check()}\n")
        table(
            ["", "indexing, passages a second", "promotion, s", "disk, MB", "memory, MB resident (own)"],
            [
                [EMBEDDED, *filled[EMBEDDED].cells(), f"{Memory.of()} with the documents of this benchmark"],
                [OPENSEARCH, *filled[OPENSEARCH].cells(), node_memory(address)],
            ],
        )
        engines: dict[str, SearchEngine] = {EMBEDDED: own, OPENSEARCH: server}
        rows = []
        for name, form in shapes(asked).items():
            rows.append(_row(name, times(engines, form)))
        rows.append(
            _row(
                "a page: both legs, facets, a filter, passages of ten",
                times(engines, shapes(asked)["the same, narrowed by a filter"], shows=True),
            )
        )
        table(["one search, p50 / p99 in ms", EMBEDDED, OPENSEARCH, "ratio of p50"], rows)
        table(
            [
                "of what the exact scan finds, OpenSearch finds",
                "first page, 10 hits",
                "pool above the floor",
                "10 nearest",
                "200 nearest",
            ],
            [["", *recall(demo, own, server, count).cells()]],
        )
        own.close()


def compare_kinds(address: str, demo: Runtime, documents: Sequence[SearchDocument], count: int) -> None:
    """Print disk, indexing rate, latency and recall of every kind of vector."""
    asked, recipe = queries(demo, count), recipe_for(demo.embedder)
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as place:
        own = EmbeddedEngine(Path(place), recipe=recipe, normalise=normalise)
        fill([Filled(own, recipe)], documents)
        for kind in VectorKind:
            with opensearch(address, recipe, kind) as server:
                filled = Filled(server, recipe)
                fill([filled], documents)
                took = times({OPENSEARCH: server}, asked)[OPENSEARCH]
                rows.append(
                    [
                        f"`{kind.value}`",
                        *filled.cells(),
                        f"{shown(took.p50)} / {shown(took.p99)}",
                        *recall(demo, own, server, count).cells(),
                    ]
                )
        own.close()
    table(
        [
            "IPCU_OPENSEARCH_VECTORS",
            "passages a second",
            "promotion, s",
            "disk, MB",
            "both legs and facets, p50 / p99 in ms",
            "first page",
            "pool above the floor",
            "10 nearest",
            "200 nearest",
        ],
        rows,
    )


def _row(name: str, took: Mapping[str, Spread]) -> list[str]:
    own, other = took[EMBEDDED], took[OPENSEARCH]
    cells = [f"{shown(one.p50)} / {shown(one.p99)}" for one in (own, other)]
    return [name, *cells, f"{other.p50 / own.p50:.1f}"]


def main() -> None:
    """Print the tables of one of both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opensearch", metavar="ADDRESS", default=os.environ.get("IPCU_TEST_OPENSEARCH_URL", ""))
    parser.add_argument("--kinds", action="store_true", help="compare the kinds of vectors instead of the engines")
    parser.add_argument("--passages", type=int)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--keep", type=Path, help="the demo is loaded here, or was before")
    options = parser.parse_args()
    if not options.opensearch:
        raise SystemExit("No OpenSearch node is named: `make services`, then `. build/services.env`.")
    passages = options.passages or (30_000 if options.kinds else 100_000)
    with scratch(options.keep) as directory:
        demo = open_demo(directory)
        documents = [*documents_of(demo), *Patterns(demo).documents(passages)]
        (compare_kinds if options.kinds else compare)(options.opensearch, demo, documents, options.queries)
        demo.close()


if __name__ == "__main__":
    main()
