"""Our search beside what a site might take instead, on the same documents and questions: latency, size, and how good it is.

    python -m benchmarks.bench_compare [--passages 100000] [--queries 300] [--collection DIR] [--keep DIR]

Latency is of a library drawn from the demo, asked in turn; the question's vector is made beforehand for all. Quality is nDCG@10 on a
judged collection (Cranfield beside the clone where it is, otherwise the demo's own questions that members may know the answer to),
indexed by our indexer; the others get its passages and vectors.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.bench_search import WARM_UP, open_library
from benchmarks.library import Patterns, build, documents_of, open_demo, questions, viewer
from benchmarks.measuring import Spread, leave_out_of_garbage_collection, scratch, size_of, table, timing
from benchmarks.others import Fts5, Lance, Other
from core.access import MEMBER
from core.clock import SystemClock
from core.content import ContentRef
from core.db import Database
from core.settings import Settings
from indexer.build import prepare
from indexer.plan import Expected
from indexer.vectors import VectorStore
from search.documents import SearchDocument
from search.embedding import Embedder
from search.evaluation.collection import KIND, Collection, Judged, read_collection
from search.evaluation.report import Run, figures
from search.results import Legs, SearchRequest
from webapp.composition import build_embedder
from webapp.evaluation import CollectionSource, measure_collection, measure_demo

CRANFIELD = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "relevance" / "cranfield"
OURS = "Knowledge Exchange"
CHUNK = 200


def others(directory: Path, dimension: int) -> list[Other]:
    """Each with its files below the directory."""
    return [Fts5(directory), Lance(directory, dimension, is_exact=True), Lance(directory, dimension, is_exact=False)]


def measure_latency(directory: Path, passages: int, count: int) -> list[list[object]]:
    """Rows of name, milliseconds of a question, megabytes, seconds of writing."""
    made = build(directory, passages)
    demo = open_demo(directory)
    texts = questions(demo, count + WARM_UP)
    drawn = [*documents_of(demo), *Patterns(demo).documents(passages)]
    demo.close()
    # Of what the demo marks for several bodies one token is enough here: nobody is shown anything.
    plain = [one for one in drawn if len(one.audience) == 1]
    runtime = open_library(made, texts)
    person = viewer(runtime)
    tokens, took = sorted(person.audience), dict[str, list[float]]()

    def ask_ours(text: str) -> None:
        with runtime.reading() as session:
            runtime.search.search(session, person, SearchRequest(text=text))

    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as scratch_directory:
        place = Path(scratch_directory)
        systems, seconds = others(place, runtime.embedder.dimension), dict[str, float]()
        for system in systems:
            began = time.perf_counter()
            system.fill(plain)
            seconds[system.name] = time.perf_counter() - began
        vectors = {text: runtime.embedder.embed_query(text) for text in texts}
        asked: dict[str, Callable[[str], object]] = {OURS: ask_ours}
        for system in systems:
            asked[system.name] = lambda text, system=system: system.ask(text, vectors[text], tokens)  # type: ignore[misc]
        leave_out_of_garbage_collection()
        for number, text in enumerate(texts):
            for name, ask in asked.items():
                with timing(took.setdefault(name, []) if number >= WARM_UP else []):
                    ask(text)
        sizes = {OURS: size_of(made / "index"), systems[0].name: (place / "fts5.db").stat().st_size}
        sizes |= {one.name: size_of(place / f"lance-{one.name.endswith('exact')}") for one in systems[1:]}
        for system in systems:
            system.close()
    runtime.close()
    return [
        [name, *Spread.of(taken).cells(), sizes[name] >> 20, f"{seconds[name]:.0f}" if name in seconds else "-"]
        for name, taken in took.items()
    ]


def measure_quality(directory: Path, given: Path) -> tuple[str, Mapping[str, float]]:
    """The name of the collection, and nDCG@10 by system."""
    embedder = build_embedder(Settings(), web=False)
    if given.is_dir():
        collection = read_collection(given)
        runs, questions_of, documents, ref_of = _of_collection(collection, directory, embedder)
        name = f"{collection.name}, {len(questions_of)} questions"
    else:
        runs, questions_of, documents, ref_of = _of_demo(directory)
        name = f"the demo, {len(questions_of)} questions"
    reached = {OURS: _ndcg(runs[Legs.HYBRID], questions_of)}
    reached[f"{OURS}, words only"] = _ndcg(runs[Legs.LEXICAL], questions_of)
    embedder.embed(["warm up"])
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as scratch_directory:
        for system in others(Path(scratch_directory), embedder.dimension):
            system.fill(documents)
            run = {
                one.id: [
                    (ref_of(number), 0.0) for number in system.ask(one.text, embedder.embed_query(one.text), [MEMBER])
                ]
                for one in questions_of
            }
            reached[system.name] = _ndcg(run, questions_of)
            system.close()
    return name, reached


Quality = tuple[Mapping[Legs, Run], Sequence[Judged], Sequence[SearchDocument], Callable[[int], ContentRef]]


def _of_collection(collection: Collection, directory: Path, embedder: Embedder) -> Quality:
    place, clock = directory / "collections" / collection.name, SystemClock()
    measured = measure_collection(collection, (), place, embedder=embedder, clock=clock, progress=lambda *_: None)
    database, source = (
        Database(f"sqlite:///{(place / 'ipcu.sqlite3').resolve()}"),
        CollectionSource(collection.documents),
    )
    store = VectorStore(database, clock, embedder)
    with database.reading() as session:
        drafts = [prepare(one, embedder) for one in source.load(session, list(source.ids(session))).values()]
    documents = [draft.finish(store.load(list(draft.texts)), Expected("", "", 1)) for draft in drafts]
    database.close()
    return measured.runs, collection.questions, documents, lambda number: ContentRef(KIND, number)


def _of_demo(directory: Path) -> Quality:
    """Questions whose best answer every member may see: the others know no markings but one."""
    demo = open_demo(directory)
    measured, documents = measure_demo(demo, lambda *_: None), documents_of(demo)
    demo.close()
    plain = [one for one in documents if MEMBER in one.audience]
    kinds, seen = {one.ref.kind for one in plain}, {one.ref for one in plain}
    fair = [one for one in measured.questions if one.has_answer and set(one.grades) <= seen]
    (kind,) = kinds  # the others know documents by their numbers alone
    return measured.runs, fair, plain, lambda number: ContentRef(kind, number)


def _ndcg(run: Run, asked: Sequence[Judged]) -> float:
    return figures(run, asked).ndcg10 or 0.0


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--collection", type=Path, default=CRANFIELD)
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    with scratch(options.keep) as directory:
        name, reached = measure_quality(directory, options.collection)
        table([f"nDCG@10 ({name})", ""], [[system, f"{value:.3f}"] for system, value in reached.items()])
        rows = measure_latency(directory, options.passages, options.queries)
        table([f"one question, {options.passages:,} passages, ms", "p50", "p95", "p99", "MB", "written in, s"], rows)


if __name__ == "__main__":
    main()
