"""Measuring search: the demo's judged questions, and public collections through the real indexer and engine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session

from core.access import MEMBER, OPEN, Viewer, viewer_of
from core.clock import Clock
from core.content import Card, ContentRef, Section, SourceDocument
from core.db import Database
from core.errors import Invalid, Unavailable
from core.files import DirectoryStore
from core.people import find_user_by_email
from core.sources import Sources
from indexer.service import Indexer, recipe_for
from search.embedding import Embedder
from search.engines.embedded import EmbeddedEngine
from search.evaluation.collection import KIND, Collection, CollectionDocument, Judged
from search.evaluation.report import Run
from search.reference import Reference
from search.results import Legs, SearchRequest
from search.service import SearchService
from search.text import normalise
from webapp.demo.questions import demo_refs, read_questions
from webapp.migrations import upgrade
from webapp.part import Parts
from webapp.runtime import Runtime
from webapp.wording.vocabulary import search_labels

DEPTH = 100
"""Documents kept of each list."""
EVERYBODY = Viewer(user_id=0, organisation_id=0, audience=frozenset({MEMBER}), spaces=frozenset({OPEN}))
WRITTEN = datetime(2020, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """The runs of every leg over some questions."""

    name: str
    questions: tuple[Judged, ...]
    runs: Mapping[Legs, Run]
    name_of: Callable[[ContentRef], str] = str
    """What run files call a document."""


class CollectionSource:
    """Documents of a collection as content that every member may see. They are never shown, so there are no cards."""

    kind = KIND

    def __init__(self, documents: Sequence[CollectionDocument]) -> None:
        self._documents = documents

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Documents by their number from 1."""
        return {one: self._document(one) for one in ids if 1 <= one <= len(self._documents)}

    def ids(self, session: Session) -> Iterator[int]:
        """All numbers."""
        return iter(range(1, len(self._documents) + 1))

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """None."""
        return {}

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """None: nothing of it ever changes."""
        return frozenset()

    def _document(self, number: int) -> SourceDocument:
        given = self._documents[number - 1]
        return SourceDocument(
            ref=ContentRef(KIND, number),
            revision=1,
            title=given.title,
            summary="",
            tags=(),
            sections=(Section(given.text),),
            language="en",
            facets={},
            created=WRITTEN,
            changed=WRITTEN,
            audience=frozenset({MEMBER}),
            space=frozenset({OPEN}),
        )


def measure_demo(runtime: Runtime, progress: Progress) -> Measured:
    """Ask the demo's questions as the people named there. Raises Invalid when the demo is not loaded."""
    with runtime.reading() as session:
        known = demo_refs(session)
        if not known:
            raise Invalid(
                "The demo is not loaded here. Run `ipcu demo load` with an empty IPCU_DATA_DIR, or name a --collection."
            )
        questions = tuple(
            Judged(
                id=str(number),
                text=one.text,
                grades={known[name]: grade for name, grade in one.grades.items() if name in known},
                group=one.group,
                asked_by=one.asked_by,
            )
            for number, one in enumerate(read_questions(), start=1)
        )
        viewers = {one.asked_by: _viewer(session, one.asked_by) for one in questions}
        runs = _ask(runtime.search, session, questions, lambda one: viewers[one.asked_by], progress)
    return Measured("demo", questions, runs)


def measure_collection(
    collection: Collection,
    strangers: Sequence[Judged],
    directory: Path,
    *,
    embedder: Embedder,
    clock: Clock,
    progress: Progress,
) -> Measured:
    """Index a collection in `directory` and ask its questions, then those of others, which have no answer in it.

    A directory that was used before keeps its vectors, so that nothing is embedded twice. Raises Unavailable without a
    model when the embedder needs one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    address = f"sqlite:///{(directory / 'ipcu.sqlite3').resolve()}"
    upgrade(address)
    database = Database(address)
    engine = EmbeddedEngine(directory / "index", recipe=recipe_for(embedder), normalise=normalise)
    try:
        sources = Sources([CollectionSource(collection.documents)])
        files = DirectoryStore(directory / "files")
        indexer = Indexer(
            database=database, clock=clock, sources=sources, engine=engine, embedder=embedder, files=files
        )
        report = indexer.rebuild(lambda done, total, phase: progress(done, total, f"{collection.name}, {phase}"))
        if not report.promoted:
            raise Unavailable(f"{collection.name} could not be indexed: {len(report.failed)} documents failed.")
        # The words of suggestions, by which a question's rare words are known, follow the index.
        indexer.run_all(lambda done, total, phase: progress(done, total, f"{collection.name}, {phase}"))
        search = SearchService(
            engine=engine,
            embedder=embedder,
            sources=sources,
            reference=Reference(partial(search_labels, Parts(()))),
            clock=clock,
        )
        questions = (*collection.questions, *strangers)
        with database.reading() as session:
            runs = _ask(
                search,
                session,
                questions,
                lambda _: EVERYBODY,
                lambda done, total, phase: progress(done, total, f"{collection.name}, {phase}"),
            )
        return Measured(collection.name, questions, runs, collection.name_of)
    finally:
        engine.close()
        database.close()


def strangers_to(collection: Collection, others: Sequence[Collection]) -> tuple[Judged, ...]:
    """Questions of the other collections: their subjects have nothing in common, so here they have no answer."""
    return tuple(
        Judged(id=f"{other.name}:{one.id}", text=one.text, grades={}, group=f"no answer ({other.name})")
        for other in others
        if other is not collection
        for one in other.questions
    )


def _ask(
    search: SearchService,
    session: Session,
    questions: Sequence[Judged],
    viewer_of_question: Callable[[Judged], Viewer],
    progress: Progress,
) -> dict[Legs, Run]:
    runs: dict[Legs, dict[str, list[tuple[ContentRef, float]]]] = {legs: {} for legs in Legs}
    for done, question in enumerate(questions):
        progress(done, len(questions), "questions")
        request = SearchRequest(text=question.text)
        for legs, run in runs.items():
            ranked = search.rank(session, viewer_of_question(question), request, legs)
            run[question.id] = ranked[:DEPTH]
    progress(len(questions), len(questions), "questions")
    return dict(runs)


def _viewer(session: Session, email: str) -> Viewer:
    user = find_user_by_email(session, email)
    if user is None:
        raise Invalid(f"Nobody has the address {email}; the demo here is not the one these questions belong to.")
    return viewer_of(session, user)
