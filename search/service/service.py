"""The one public way to search: question in, checked results out.

The engine's access filter is for recall; the database is the boundary. Every hit of the shown page is read again through
its content source with the viewer's rights before anything of it is rendered, and a page may come out short for it.
"""

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from core.access import EVERY_MEMBER, Viewer
from core.clock import Clock
from core.content import Card, ContentRef
from core.sources import Sources
from search.disclosure import Disclosure
from search.embedding import Embedder
from search.engine import EngineResult, SearchEngine
from search.reference import Reference
from search.results import Degraded, Legs, Mode, SearchRequest, SearchResponse
from search.service.hints import HintFinder
from search.service.judgement import Judgement
from search.service.page import hits_of
from search.service.question import QuestionReader
from search.service.ranking import rank
from search.service.retrieval import Retrieval
from search.service.similar import Neighbours
from search.service.stopwatch import Stopwatch
from search.service.suggestions import suggestions


class SearchService:
    """Searches for a viewer. Thread-safe; holds no session."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        embedder: Embedder,
        sources: Sources,
        reference: Reference,
        clock: Clock,
        floor: float | None = None,
    ) -> None:
        self._sources = sources
        self._reference = reference
        self._clock = clock
        self._retrieval = Retrieval(engine)
        self._reader = QuestionReader(embedder, reference, self._retrieval, floor)
        self._judgement = Judgement(embedder, self._retrieval)
        self._hints = HintFinder(self._reader, reference, self._retrieval)
        self._neighbours = Neighbours(self._reader, reference, self._retrieval)

    def search(self, session: Session, viewer: Viewer, request: SearchRequest) -> SearchResponse:
        """Answer a request. Raises Unavailable when the engine is down; never for what a person typed."""
        watch, told = Stopwatch(), Disclosure(session, viewer, self._sources)
        question = self._reader.read(told, request)
        watch.lap("embed")
        result = self._retrieval.run(question.query)
        watch.lap("engine")
        ranked, unreliable = rank(question, result, self._today), 0
        watch.lap("fuse")
        if not request.closest and not self._judgement.is_answered(question, result, ranked, self._today):
            unreliable, result = result.total, EngineResult((), 0, {name: {} for name in question.query.facets})
            ranked = []
        watch.lap("judge")
        window = ranked[request.page.offset : request.page.offset + request.page.size]
        cards = told.cards([one.ref for one in window])
        watch.lap("check")
        hits = hits_of(question, [one for one in window if one.ref in cards], cards, self._retrieval)
        # What the index does not know yet to be withdrawn or restricted is not counted either.
        total = result.total - (len(window) - len(hits))
        hints = self._hints.find(told, question, total, is_unreliable=unreliable > 0)
        watch.lap("show")
        return SearchResponse(
            request=request,
            parsed=question.parsed,
            hits=hits,
            total=total,
            facets=result.facets,
            mode=Mode.LEXICAL if result.without_vectors else question.mode,
            degraded=Degraded.INDEX_WITHOUT_VECTORS if result.without_vectors else question.degraded,
            unreliable=unreliable,
            hints=hints,
            took=watch.laps,
        )

    def rank(
        self, session: Session, viewer: Viewer, request: SearchRequest, legs: Legs = Legs.HYBRID
    ) -> list[tuple[ContentRef, float]]:
        """The order of a whole list with its scores, as the index has it, for measuring. Raises Unavailable like `search`.

        Nothing here was checked against the database, so nothing of it may be shown.
        """
        question = self._reader.read(Disclosure(session, viewer, self._sources), request)
        query = replace(question.query, facets=())
        if legs is Legs.LEXICAL:
            query = replace(query, vector=None)
        elif legs is Legs.SEMANTIC:
            if query.vector is None:
                return []
            query = replace(query, lexical=None)
        question, result = replace(question, query=query), self._retrieval.run(query)
        ranked = rank(question, result, self._today)
        if legs is Legs.HYBRID and not self._judgement.is_answered(question, result, ranked, self._today):
            return []
        return [(one.ref, one.score) for one in ranked]

    def similar(self, session: Session, viewer: Viewer, ref: ContentRef, title: str, limit: int = 5) -> list[Card]:
        """Cards of what is closest to an object, best first. Nothing marked for named persons takes part.

        Raises Unavailable when the engine is down, and at once for some seconds after it was (`retrieval.OPEN_SECONDS`).
        """
        told = Disclosure(session, viewer, self._sources)
        return self._neighbours.find(told, ref, title, limit, self._today)

    def suggest(self, session: Session, viewer: Viewer, text: str, limit: int = 8) -> tuple[list[str], list[Card]]:
        """Words and titles that continue what is being typed, only from what every member may read. Raises as `similar` does."""
        told = Disclosure(session, viewer, self._sources)
        return suggestions(told, self._retrieval, self._reference.dictionary(session), text, limit)

    def probe(self, session: Session) -> None:
        """Search once for nothing in particular. Raises Unavailable with the reason when searching does not work."""
        self._retrieval.run(Disclosure(session, EVERY_MEMBER, self._sources).query(depth=1, pool=1))

    def forget_answers(self) -> None:
        """Judge every question anew: what was answered is remembered for a minute."""
        self._judgement.forget()

    @property
    def floor(self) -> float:
        """Least cosine of a semantic hit in use."""
        return self._reader.floor

    @property
    def _today(self) -> date:
        return self._clock.now().date()
