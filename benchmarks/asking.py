"""Engine queries of real questions, and what the graph search of OpenSearch misses of the exact one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.library import questions, viewer
from benchmarks.measuring import Memory, Spread, timing
from core.content import FACETS, ContentRef
from search.embedding import floor_for
from search.engine import AccessFilter, Candidate, EngineQuery, Filters, SearchEngine, Sort
from search.engines.opensearch import Access, Client
from search.query import build_lexical, parse
from search.results import SearchRequest
from search.service import SearchService
from webapp.runtime import Runtime

WARM_UP = 20
PREFIX = "ipcu-bench"
NARROWED = Filters({"evidence": frozenset({"2", "3"})})


def queries(demo: Runtime, count: int) -> list[EngineQuery]:
    """What the service asks an engine for, for so many questions: both legs, all facets, the calibrated floor."""
    person, embedder = viewer(demo), demo.embedder
    return [
        EngineQuery(
            access=AccessFilter(person.audience, person.spaces),
            lexical=build_lexical(parse(text)),
            vector=embedder.embed_query(text),
            floor=floor_for(embedder.digest),
            facets=FACETS,
        )
        for text in questions(demo, count)
    ]


def shapes(asked: Sequence[EngineQuery]) -> dict[str, list[EngineQuery]]:
    """The same questions in the forms in which the service asks them."""
    changes: dict[str, dict[str, object]] = {
        "both legs, ten facets": {},
        "the same, narrowed by a filter": {"filters": NARROWED},
        "both legs, no facets": {"facets": ()},
        "words only": {"vector": None},
        "meaning only": {"lexical": None},
        "newest first": {"sort": Sort.NEWEST},
        "browsing: no question, ten facets": {"lexical": None, "vector": None},
    }
    return {name: [replace(one, **change) for one in asked] for name, change in changes.items()}  # type: ignore[arg-type]


def times(
    engines: Mapping[str, SearchEngine], asked: Sequence[EngineQuery], *, shows: bool = False
) -> dict[str, Spread]:
    """Every question to all in turn; with `shows` also the passages of the ten best."""
    took: dict[str, list[float]] = {name: [] for name in engines}
    for number, question in enumerate(asked):
        for name, engine in engines.items():
            with timing(took[name] if number >= WARM_UP else []):
                result = engine.run(question)
                if shows:
                    for block in engine.passages([one.ref for one in result.candidates[:10]]).values():
                        _ = [one.text for one in block]
    return {name: Spread.of(values) for name, values in took.items()}


@dataclass(slots=True)
class Recall:
    """Means over the questions; each is a share of what the exact engine finds."""

    pool: list[float] = field(default_factory=list)
    """Of the 200 documents nearest in meaning that reach the floor: what search works with."""
    shown: list[float] = field(default_factory=list)
    """Of the ten hits of the first page, after fusion: what a person sees."""
    nearest: dict[int, list[float]] = field(default_factory=dict)
    """Of so many nearest, whatever their distance."""

    def cells(self) -> list[str]:
        """For a table."""
        means = [sum(values) / max(1, len(values)) for values in (self.shown, self.pool, *self.nearest.values())]
        return [f"{mean:.3f}" for mean in means]


def recall(demo: Runtime, exact: SearchEngine, other: SearchEngine, count: int) -> Recall:
    """Compare what both find for so many questions."""
    found = Recall(nearest={10: [], 200: []})
    services, person = [_service(demo, engine) for engine in (exact, other)], viewer(demo)
    for text, question in zip(questions(demo, count), queries(demo, count), strict=True):
        with demo.reading() as session:
            lists = [one.rank(session, person, SearchRequest(text=text)) for one in services]
        found.shown.append(_share(*({ref for ref, _ in ranked[:10]} for ranked in lists)))
        near = replace(question, lexical=None, facets=())
        found.pool.append(_share(*({one.ref for one in engine.run(near).candidates} for engine in (exact, other))))
        every = replace(near, floor=-1.0)
        ranked = [_ranked(engine.run(every).candidates) for engine in (exact, other)]
        for depth, shares in found.nearest.items():
            shares.append(_share(set(ranked[0][:depth]), set(ranked[1][:depth])))
    return found


def _service(demo: Runtime, engine: SearchEngine) -> SearchService:
    return SearchService(
        engine=engine, embedder=demo.embedder, sources=demo.sources, reference=demo.reference, clock=demo.clock
    )


def _ranked(candidates: Sequence[Candidate]) -> list[ContentRef]:
    return [one.ref for one in sorted(candidates, key=lambda one: (-(one.similarity or 0.0), one.ref))]


def _share(truth: set[ContentRef], got: set[ContentRef]) -> float:
    return len(truth & got) / len(truth) if truth else 1.0


def node_memory(address: str) -> str:
    """Megabytes of the node, when it is on this machine, with the heap in use."""
    client = Client(Access((address,)))
    (node,) = client.read("/_nodes/process")["nodes"].values()
    (stats,) = client.read("/_nodes/stats/jvm")["nodes"].values()
    client.close()
    return f"{Memory.of(int(node['process']['id']))}, heap in use {stats['jvm']['mem']['heap_used_in_bytes'] >> 20}"


def clean(address: str) -> None:
    """Take the benchmark's indices off the server."""
    client = Client(Access((address,)))
    client.change("DELETE", f"/{PREFIX}-*", params={"ignore_unavailable": "true"})
    client.close()
