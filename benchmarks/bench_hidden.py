"""What one hidden record does to the order another person sees, and what word statistics of public records alone would cost.

    python -m benchmarks.bench_hidden [--passages 10000] [--queries 100] [--keep DIR]

For each question a record for one named person is written that has all of its words, and what somebody else gets is compared: the ten
best before and after. *Public* is a prototype that lives here alone: each word's weight is taken from the dictionary, which holds
what every member may read, by boosting tantivy's own. docs/decisions/0018 is what came of it.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlmodel import select
from tantivy import Occur, Query

from benchmarks.library import build, documents_of, open_demo, questions, viewer
from benchmarks.measuring import Spread, scratch, shown, table, timing
from core.content import ContentRef
from core.settings import Settings
from search.documents import SearchDocument
from search.engine import Delete, EngineQuery, EngineResult
from search.engines.common import FIELD_WEIGHTS
from search.engines.embedded.engine import EmbeddedEngine
from search.engines.embedded.queries import QueryBuilder
from search.evaluation.report import figures
from search.models import DictionaryWord
from search.results import Legs, SearchRequest
from search.text import stem
from webapp.evaluation import measure_demo
from webapp.runtime import Runtime, build_runtime

HIDDEN = ContentRef("record", 99_999_999)
TOP = 10


@contextmanager
def public_frequencies(runtime: Runtime) -> Iterator[None]:
    """Words weigh what they weigh among public records, in whatever field they are found."""
    with runtime.reading() as session:
        rows = session.exec(select(DictionaryWord.word, DictionaryWord.documents)).all()
    counts: dict[str, int] = {}
    for word, documents in rows:
        counts[stem(word)] = max(counts.get(stem(word), 0), documents)
    total = max(counts.values(), default=0)
    assert isinstance(runtime.engine, EmbeddedEngine)
    before, run, searchers = QueryBuilder._terms, EmbeddedEngine.run, list[Any]()

    def watched(self: EmbeddedEngine, query: EngineQuery) -> EngineResult:
        searchers[:] = [self._generation(None).snapshot().searcher]
        return run(self, query)

    def weighed(self: QueryBuilder, terms: Sequence[str], fields: Sequence[str]) -> Query:
        if len(terms) != 1:
            return before(self, terms, fields)
        (searcher,) = searchers
        public = _idf(min(counts.get(terms[0], 0), total), total)
        parts = []
        for field in fields:
            every = _idf(searcher.doc_freq(field, terms[0]), searcher.num_docs)
            query = Query.term_query(self._schema, field, terms[0], "freq")
            parts.append((Occur.Should, Query.boost_query(query, FIELD_WEIGHTS[field] * public / every)))
        return Query.boolean_query(parts)

    QueryBuilder._terms, EmbeddedEngine.run = weighed, watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        QueryBuilder._terms, EmbeddedEngine.run = before, run  # type: ignore[method-assign]


def _idf(count: int, total: int) -> float:
    return math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))


def moved(runtime: Runtime, texts: Sequence[str], model: SearchDocument) -> dict[str, list[object]]:
    """By leg: of how many questions the ten best stand in another order, or are others, once the hidden record is there."""
    person, found = viewer(runtime), dict[str, list[object]]()
    for legs in (Legs.LEXICAL, Legs.CLOSEST):
        order = others = 0
        for number, text in enumerate(texts):
            before = _top(runtime, person, text, legs)
            revision = 2 * number + 1
            hidden = replace(
                model,
                ref=HIDDEN,
                revision=revision,
                title=text,
                body=text,
                audience=frozenset({"user:999999"}),
                passages=(),
            )
            runtime.engine.write([hidden])
            after = _top(runtime, person, text, legs)
            runtime.engine.write([Delete(HIDDEN, revision + 1)])
            order += before != after
            others += set(before) != set(after)
        found[legs.value] = [f"{order / len(texts):.0%}", f"{others / len(texts):.0%}"]
    return found


def _top(runtime: Runtime, person: Any, text: str, legs: Legs) -> list[ContentRef]:
    with runtime.reading() as session:
        return [ref for ref, _ in runtime.search.rank(session, person, SearchRequest(text=text), legs)[:TOP]]


def latency(runtime: Runtime, texts: Sequence[str]) -> Spread:
    """Milliseconds of the words' leg."""
    person, took = viewer(runtime), list[float]()
    for turn in range(3):
        for text in texts:
            with timing(took if turn else []):
                _top(runtime, person, text, Legs.LEXICAL)
    return Spread.of(took)


def quality(directory: Path) -> list[list[object]]:
    """nDCG@10 of the demo's questions by leg, with either kind of frequencies."""
    demo, rows = open_demo(directory), list[list[object]]()
    every = measure_demo(demo, lambda *_: None)
    with public_frequencies(demo):
        public = measure_demo(demo, lambda *_: None)
    demo.close()
    for legs in (Legs.LEXICAL, Legs.CLOSEST, Legs.HYBRID):
        reached = [figures(one.runs[legs], one.questions).ndcg10 or 0.0 for one in (every, public)]
        rows.append([legs.value, *(f"{value:.3f}" for value in reached)])
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[0, 10_000])
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    rows: list[list[object]] = []
    with scratch(options.keep) as directory:
        for passages in options.passages:
            if passages:
                runtime = build_runtime(Settings(data_dir=build(directory, passages)), web=False)
                runtime.warm_up()
            else:
                runtime = open_demo(directory)
            texts, model = questions(runtime, options.queries), documents_of(runtime)[0]
            for name in ("every record", "public"):
                if name == "public":
                    with public_frequencies(runtime):
                        found, took = moved(runtime, texts, model), latency(runtime, texts)
                else:
                    found, took = moved(runtime, texts, model), latency(runtime, texts)
                size = "the demo" if not passages else f"{passages:,} passages"
                rows.append([size, name, *(cell for cells in found.values() for cell in cells), shown(took.p50)])
            runtime.close()
        head = [
            "",
            "frequencies of",
            "words: order",
            "words: others",
            "both legs: order",
            "both legs: others",
            "words, ms",
        ]
        table(head, rows)
        table(["nDCG@10, demo", "every record", "public"], quality(directory))


if __name__ == "__main__":
    main()
