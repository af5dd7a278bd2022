"""Both engines on the same documents and the same questions, in one run. Called by `bench_engine --opensearch ADDRESS`.

The embedded engine compares every vector, so its semantic pool is the truth that the recall of the graph search is measured
against. The index made on the server is removed at the end.
"""

import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.synthetic import Corpus
from search.engine import EngineQuery, Filters, Recipe, SearchEngine, Sort
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import Access, Client, OpenSearchEngine

PREFIX = "ipcu-bench"
BATCH = 500
FLOOR = 0.25
"""The same as in the questions of `Corpus.query`."""

SHAPES: Mapping[str, Callable[[Corpus], EngineQuery]] = {
    "both legs, six facets": lambda corpus: corpus.query(),
    "both legs, six facets, a filter": lambda corpus: corpus.query(filters=Filters({"kind": frozenset({"kind 1"})})),
    "both legs, no facets": lambda corpus: corpus.query(facets=()),
    "words only, six facets": lambda corpus: corpus.query(vector=None),
    "meaning only, six facets": lambda corpus: corpus.query(lexical=None),
    "both legs, newest first": lambda corpus: corpus.query(sort=Sort.NEWEST),
    "browsing, six facets": lambda corpus: corpus.query(lexical=None, vector=None),
}


@dataclass
class Times:
    """Seconds by engine."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def measuring(self, name: str) -> Iterator[None]:
        """Time the block as one call of that engine."""
        started = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - started)

    def total(self, name: str) -> float:
        """All calls of one engine together."""
        return sum(self.seconds[name])

    def percentiles(self, name: str) -> tuple[float, float]:
        """Median and 99th percentile in milliseconds."""
        p50, p99 = np.percentile(np.array(self.seconds[name]) * 1e3, [50, 99])
        return float(p50), float(p99)


def compare(directory: Path, address: str, corpus: Corpus, dimension: int, passages: int, count: int) -> None:
    """Build both, ask both, print a table."""
    recipe = Recipe(1, "synthetic", dimension)
    remove(address)
    engines: dict[str, SearchEngine] = {
        "embedded": EmbeddedEngine(directory, recipe=recipe),
        "opensearch": OpenSearchEngine(Access((address,), timeout=60), recipe=recipe, prefix=PREFIX),
    }
    try:
        print(f"OpenSearch {engines['opensearch'].check()} and the embedded engine, dimension {dimension}")  # type: ignore[attr-defined]
        build(engines, corpus, passages)
        print(f"\n{'':34s} {'embedded p50 / p99':>22s} {'opensearch p50 / p99':>24s}   ratio of p50")
        for label, make in SHAPES.items():
            ask(engines, label, [make(corpus) for _ in range(count + 20)])
        show_page(engines, corpus, count)
        recall(engines, [corpus.query(lexical=None, facets=(), floor=-1.0) for _ in range(min(count, 200))])
        memory(address)
    finally:
        for engine in engines.values():
            engine.close()
        remove(address)


def build(engines: Mapping[str, SearchEngine], corpus: Corpus, passages: int) -> None:
    """The same batches to both; only the writing is timed."""
    times, documents, total = Times(), 0, 0
    while total < passages:
        batch = [corpus.document(documents + i) for i in range(BATCH)]
        for name, engine in engines.items():
            with times.measuring(name):
                report = engine.write(batch)
            if len(report.written) != len(batch):
                raise SystemExit(f"{name} wrote {len(report.written)} of {len(batch)}: {dict(report.failed)}")
        documents += len(batch)
        total += sum(len(document.passages) for document in batch)
    print(f"{documents} documents, {total} passages")
    for name, engine in engines.items():
        size = engine.generations()[-1].bytes / 1e6
        rate = total / times.total(name)
        print(f"  {name:12s} {times.total(name):7.1f} s, {rate:7.0f} passages a second, {size:6.0f} MB")


def ask(engines: Mapping[str, SearchEngine], label: str, questions: Sequence[EngineQuery]) -> None:
    """Every question to both in turn; the first twenty warm up."""
    times = Times()
    for number, question in enumerate(questions):
        for name, engine in engines.items():
            with times.measuring(name if number >= 20 else "warm-up"):
                engine.run(question)
    row(label, times)


def show_page(engines: Mapping[str, SearchEngine], corpus: Corpus, count: int) -> None:
    """A whole search as the service does it: the question with a filter, and the passages of ten hits."""
    times = Times()
    for _ in range(count):
        question = corpus.query(filters=Filters({"kind": frozenset({"kind 1", "kind 2"})}))
        for name, engine in engines.items():
            with times.measuring(name):
                shown = [one.ref for one in engine.run(question).candidates[:10]]
                for block in engine.passages(shown).values():
                    _ = [one.text for one in block]
    row("a page: filter, passages of ten", times)


def row(label: str, times: Times) -> None:
    """One line of the table."""
    (own, own_worst), (other, other_worst) = times.percentiles("embedded"), times.percentiles("opensearch")
    print(f"{label:34s} {own:10.2f} / {own_worst:7.2f} {other:14.2f} / {other_worst:7.2f} ms   {other / own:5.1f}")


def recall(engines: Mapping[str, SearchEngine], questions: Sequence[EngineQuery]) -> None:
    """Which share of the exact semantic pool the graph search finds: above the floor, and of so many nearest whatever their distance.

    The first is what a reader can notice. The second is hard on random vectors: beyond the cluster of the question every
    passage is about as far as any other.
    """
    shares: dict[str, list[float]] = {"above the floor": [], "at 10": [], "at 50": [], "at 200": []}
    for question in questions:
        exact, found = (
            sorted(engines[name].run(question).candidates, key=lambda one: -(one.similarity or 0.0))
            for name in ("embedded", "opensearch")
        )
        got = [one.ref for one in found]
        near = [one.ref for one in exact if (one.similarity or 0.0) >= FLOOR]
        shares["above the floor"].append(len(set(near) & set(got)) / max(1, len(near)))
        for depth in (10, 50, 200):
            truth = {one.ref for one in exact[:depth]}
            shares[f"at {depth}"].append(len(truth & set(got[:depth])) / max(1, len(truth)))
    means = ", ".join(f"{np.mean(values):.3f} {label}" for label, values in shares.items())
    print(f"recall of the vector leg against exact: {means}")


def memory(address: str) -> None:
    """What both keep in memory, as far as each says."""
    client = Client(Access((address,)))
    nodes = client.read("/_nodes/stats/jvm,process")["nodes"]
    client.close()
    heap = sum(node["jvm"]["mem"]["heap_used_in_bytes"] for node in nodes.values()) / 1e6
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"memory: this process at most {own:.0f} MB (embedded engine and the documents); heap of the servers {heap:.0f} MB"
    )


def remove(address: str) -> None:
    """Take the benchmark's indices off the server."""
    client = Client(Access((address,)))
    client.change("DELETE", f"/{PREFIX}-*", params={"ignore_unavailable": "true"})
    client.close()
