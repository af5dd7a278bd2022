"""How fast the embedded engine answers and follows a write, on synthetic data.

    python -m benchmarks.bench_engine --passages 100000
    python -m benchmarks.bench_engine --keep /tmp/bench-index     # build once, measure often

Words follow a Zipf distribution, vectors lie in clusters, and the viewer's tokens keep about 60 % of the documents: what
matters for the time is how many documents a word matches and how many passages are scanned, not what they say.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.synthetic import Corpus
from core.content import ContentRef, Place
from search.documents import Passage, SearchDocument
from search.engine import (
    AccessFilter,
    Filters,
    LexicalQuery,
    Node,
    Phrase,
    Recipe,
    Sort,
    Word,
)
from search.engines.embedded import EmbeddedEngine
from search.engines.embedded.kernels import HAS_NUMKONG, NumkongKernel, NumpyKernel


def build(engine: EmbeddedEngine, corpus: Corpus, passages: int) -> int:
    """Fill the index in batches of 500; the number of documents."""
    documents = total = 0
    started = time.perf_counter()
    while total < passages:
        batch = [corpus.document(documents + i) for i in range(500)]
        engine.write(batch)
        documents += len(batch)
        total += sum(len(document.passages) for document in batch)
    took = time.perf_counter() - started
    size = engine.generations()[-1].bytes / 1e6
    print(f"{documents} documents, {total} passages, {size:.0f} MB; generated and written in {took:.0f} s")
    return documents


def report(label: str, seconds: Sequence[float]) -> None:
    """One line of percentiles in milliseconds."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1e3, [50, 95, 99])
    print(f"{label:44s} p50 {p50:7.2f}   p95 {p95:7.2f}   p99 {p99:7.2f}   max {max(seconds) * 1e3:7.2f} ms")


def timed(label: str, calls: Iterator[Callable[[], object]]) -> None:
    """Run the calls and report."""
    seconds = []
    for call in calls:
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    report(label, seconds)


def measure_queries(engine: EmbeddedEngine, corpus: Corpus, count: int) -> None:
    """The shapes of question a reader asks."""

    def runs(**changes: object) -> Iterator[Callable[[], object]]:
        for _ in range(count):
            query = corpus.query(**changes)
            yield partial(engine.run, query)

    must: tuple[Node, ...] = (Word("w40"),)
    for warm in runs():  # the page cache
        warm()
    timed("  both legs, six facets", runs())
    timed("  both legs, no facets", runs(facets=()))
    timed("  words only, six facets", runs(vector=None))
    timed("  meaning only, six facets", runs(lexical=None))
    chosen = Filters({"kind": frozenset({"kind 1"}), "topic": frozenset({"topic 3", "topic 4"})})
    timed("  both legs, six facets, two chosen", runs(filters=chosen))
    timed("  both legs, a word required", runs(lexical=LexicalQuery(should=(Word("w90"),), must=must)))
    timed("  both legs, a word banned", runs(lexical=LexicalQuery(should=(Word("w90"),), must_not=must)))
    timed("  both legs, a phrase", runs(lexical=LexicalQuery(must=(Phrase(("w17", "w21")),))))
    timed("  both legs, newest first", runs(sort=Sort.NEWEST))
    timed("  browsing, newest first, six facets", runs(lexical=None, vector=None))
    nobody = AccessFilter(frozenset({"user:9"}), frozenset({"open"}))
    timed("  both legs, six facets, sees 5 %", runs(access=nobody))


def next_revision(engine: EmbeddedEngine, corpus: Corpus, number: int) -> SearchDocument:
    """A document newer than the stored one, whatever earlier runs left in a kept index."""
    ref = ContentRef("record", number)
    stored = engine.state([ref]).get(ref)
    return corpus.document(number, revision=stored.revision + 1 if stored else 1)


def measure_writes(writer: EmbeddedEngine, reader: EmbeddedEngine, corpus: Corpus) -> None:
    """A replaced document, and the first query of another process's view after it."""
    refreshes, writes = [], []
    reader.run(corpus.query())
    for turn in range(60):
        document = next_revision(writer, corpus, turn)
        started = time.perf_counter()
        outcome = writer.write([document])
        writes.append(time.perf_counter() - started)
        # A stale write is done in no time: it must never pass for a fast one.
        if outcome.written != (document.ref,):
            raise SystemExit(f"nothing was written: {outcome}")
        started = time.perf_counter()
        reader.state([document.ref])
        refreshes.append(time.perf_counter() - started)
    report("  write of one document", writes)
    report("  reader's refresh after it", refreshes)
    timed("  query right after a write", _after_writes(writer, reader, corpus))


def _after_writes(writer: EmbeddedEngine, reader: EmbeddedEngine, corpus: Corpus) -> Iterator[Callable[[], object]]:
    for turn in range(60):
        writer.write([next_revision(writer, corpus, turn)])
        query = corpus.query()
        yield partial(reader.run, query)


def measure_passages(engine: EmbeddedEngine, corpus: Corpus) -> None:
    """Two passages each of ten documents of 500 passages."""
    refs = []
    for number in range(10):
        short = corpus.document(10_000_000 + number)
        passages = tuple(Passage(f"{i} " * 150, Place(label="Part")) for i in range(500))
        engine.write(
            [SearchDocument(**{name: getattr(short, name) for name in short.__slots__} | {"passages": passages})]
        )
        refs.append(short.ref)

    def read() -> None:
        for block in engine.passages(refs).values():
            _ = block[3], block[400]

    timed("  passages of ten long documents", (read for _ in range(100)))


def main() -> None:
    """Build an index, or take one built before, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="directory of an index to build once and use again")
    options = parser.parse_args()
    recipe = Recipe(1, "synthetic", options.dimension)
    corpus = Corpus(options.dimension)
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch) / "index"
        engine = EmbeddedEngine(directory, recipe=recipe)
        if not engine.generations():
            build(engine, corpus, options.passages)
        started = time.perf_counter()
        reader = EmbeddedEngine(directory, recipe=recipe)
        reader.state([])
        print(f"opened in {time.perf_counter() - started:.2f} s; {reader.generations()[-1].passages} passages")
        for kernel in (NumkongKernel, NumpyKernel):
            if kernel is NumkongKernel and not HAS_NUMKONG:
                continue
            print(kernel.__name__)
            measure_queries(EmbeddedEngine(directory, recipe=recipe, kernel=kernel), corpus, options.queries)
        print("writes")
        measure_writes(engine, reader, corpus)
        measure_passages(engine, corpus)


if __name__ == "__main__":
    main()
