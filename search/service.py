"""The one public way to search: question in, checked results out.

The engine's access filter is for recall; the database is the boundary. Every hit of the shown page is read again through
its content source with the viewer's rights before anything of it is rendered, and a page may come out short for it.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from core.access import EVERY_MEMBER, Viewer
from core.clock import Clock
from core.content import FACETS, Card, ContentRef
from core.errors import Unavailable
from core.sources import Sources
from search.documents import Vector
from search.embedding import RELIABLE, Embedder, EmbedderState, QueryVectors, floor_for
from search.engine import (
    AccessFilter,
    EngineQuery,
    EngineResult,
    Filters,
    LexicalQuery,
    Node,
    Prefix,
    SearchEngine,
    Sort,
    Word,
)
from search.extracts import extracts_of
from search.fusion import Ranked, fuse
from search.highlight import HighlightTerms, mark_all
from search.hints import drop_hints, finds, found_alone
from search.query import ParsedQuery, build_lexical, corrected, parse, render, to_filters, without_quotes
from search.query.slips import Slips
from search.reference import Reference, still_for_everybody
from search.reliability import EXAMINED, Answered, confidence
from search.results import Degraded, DropHint, Hit, Legs, Mode, SearchRequest, SearchResponse
from search.stopwatch import Stopwatch
from search.text import normalise, title_key, words
from search.text.spelling import did_you_mean
from search.weighing import groups, names, share_of, spelled, unheard, word_weights

log = logging.getLogger(__name__)

POOL = 200
FEW = 3
"""With fewer results than this a spelling is suggested."""
MAX_DEPTH = 1_000
"""Nobody reads further; deeper pages are refused by showing the last one."""
REST = 10.0
"""Seconds for which an engine that failed is not asked for what pages can do without: with servers that hang, every record page
would wait as long as a search may."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A request made ready for the engine."""

    asked: str
    """As it was typed, and whether it has to be taken so."""
    parsed: ParsedQuery
    query: EngineQuery
    terms: HighlightTerms
    mode: Mode
    degraded: Degraded
    corrected: str
    weights: tuple[float, ...]
    """How rare each of the question's words is."""
    spelled: tuple[bool, ...]
    """Which of them the model does not know."""


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
        self._engine = engine
        self._embedder = embedder
        self._vectors = QueryVectors(embedder)
        self._slips = Slips(embedder)
        self._sources = sources
        self._reference = reference
        self._clock = clock
        self._floor = floor
        self._answered = Answered()
        self._rests_until = 0.0

    def search(self, session: Session, viewer: Viewer, request: SearchRequest) -> SearchResponse:
        """Answer a request. Raises Unavailable when the engine is down; never for what a person typed."""
        watch = Stopwatch()
        question = self._prepare(session, viewer, request)
        watch.lap("embed")
        result = self._ask(question.query)
        watch.lap("engine")
        ranked, unreliable = self._rank(question, result), 0
        watch.lap("fuse")
        if not request.closest and not self._is_answered(question, result, ranked):
            unreliable, result = result.total, EngineResult((), 0, {name: {} for name in question.query.facets})
            ranked = []
        watch.lap("judge")
        window = ranked[request.page.offset : request.page.offset + request.page.size]
        cards = self._check(session, viewer, [one.ref for one in window])
        watch.lap("check")
        hits = self._show(question, [one for one in window if one.ref in cards], cards)
        response = SearchResponse(
            request=request,
            parsed=question.parsed,
            hits=hits,
            # What the index does not know yet to be withdrawn or restricted is not counted either.
            total=result.total - (len(window) - len(hits)),
            facets=result.facets,
            mode=Mode.LEXICAL if result.without_vectors else question.mode,
            degraded=Degraded.INDEX_WITHOUT_VECTORS if result.without_vectors else question.degraded,
            corrected=question.corrected,
            unreliable=unreliable,
        )
        if result.total <= FEW:
            response = self._help(session, viewer, question, response)
        watch.lap("show")
        return replace(response, took=watch.laps)

    def rank(
        self, session: Session, viewer: Viewer, request: SearchRequest, legs: Legs = Legs.HYBRID
    ) -> list[tuple[ContentRef, float]]:
        """The order of a whole list with its scores, as the index has it, for measuring. Raises Unavailable like `search`.

        Nothing here was checked against the database, so nothing of it may be shown.
        """
        question = self._prepare(session, viewer, request)
        query = replace(question.query, facets=())
        if legs is Legs.LEXICAL:
            query = replace(query, vector=None)
        elif legs is Legs.SEMANTIC:
            if query.vector is None:
                return []
            query = replace(query, lexical=None)
        question, result = replace(question, query=query), self._engine.run(query)
        ranked = self._rank(question, result)
        if legs is Legs.HYBRID and not self._is_answered(question, result, ranked):
            return []
        return [(one.ref, one.score) for one in ranked]

    def similar(self, session: Session, viewer: Viewer, ref: ContentRef, title: str, limit: int = 5) -> list[Card]:
        """Cards of what is closest to an object, best first. Nothing marked for named persons takes part.

        Raises Unavailable when the engine is down, and at once for some seconds after it was.
        """
        open_tokens = frozenset(token for token in viewer.audience if not token.startswith("user:"))
        vector, _ = self._vector_of(title)
        lexical = build_lexical(parse(title), self._reference.synonyms(session))
        query = EngineQuery(
            access=AccessFilter(open_tokens, viewer.spaces),
            lexical=lexical,
            vector=vector,
            floor=self.floor,
            pool=limit * 4,
            depth=limit * 4,
            exclude=self._unsettled(session, viewer) | {ref},
        )
        result = self._ask_in_passing(query)
        weights = word_weights(lexical, self._reference.dictionary(session))
        key = title_key(title)
        ranked = fuse(result.candidates, today=self._today, title_key=key, weights=weights, floor=self.floor)
        cards = self._check(session, viewer, [one.ref for one in ranked[: limit * 2]])
        return [cards[one.ref] for one in ranked if one.ref in cards][:limit]

    def suggest(self, session: Session, viewer: Viewer, text: str, limit: int = 8) -> tuple[list[str], list[Card]]:
        """Words and titles that continue what is being typed, only from what every member may read. Raises as `similar` does."""
        typed = words(text)
        if not typed or len(typed[-1]) < 2 or text[-1:].isspace():
            return [], []
        completions = self._still_known(session, self._reference.dictionary(session).complete(typed[-1], limit))
        head = text[: len(text.rstrip()) - len(text.rsplit(maxsplit=1)[-1])]
        query = EngineQuery(
            access=AccessFilter(EVERY_MEMBER.audience, EVERY_MEMBER.spaces),
            lexical=LexicalQuery(must=(*(Word(word) for word in typed[:-1]), Prefix(typed[-1]))),
            pool=limit,
            depth=limit * 3,
        )
        candidates = sorted(
            self._ask_in_passing(query).candidates,
            key=lambda one: (not _starts(one.title_key, typed), -(one.lexical or 0), one.ref),
        )
        cards = self._check(session, viewer, [one.ref for one in candidates[: limit * 2]])
        titles = [cards[one.ref] for one in candidates if one.ref in cards and _starts(one.title_key, typed)]
        return [head + word for word in completions if word != typed[-1]][:limit], titles[:limit]

    def _ask(self, query: EngineQuery) -> EngineResult:
        try:
            result = self._engine.run(query)
        except Unavailable:
            self._rests_until = time.monotonic() + REST
            raise
        self._rests_until = 0.0
        return result

    def _ask_in_passing(self, query: EngineQuery) -> EngineResult:
        if time.monotonic() < self._rests_until:
            raise Unavailable("Search was out of order a moment ago.")
        return self._ask(query)

    @property
    def floor(self) -> float:
        """Least cosine of a semantic hit in use."""
        return floor_for(self._embedder.digest, self._floor)

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    def _prepare(self, session: Session, viewer: Viewer, request: SearchRequest) -> _Question:
        parsed = parse(request.text)
        synonyms = self._reference.synonyms(session)
        dictionary = self._reference.dictionary(session)
        corrections = {} if request.as_typed else self._slips.corrections(parsed, dictionary)
        lexical = build_lexical(parsed, synonyms, corrections)
        vector, degraded = (
            self._vector_of(corrected(parsed.plain, corrections)) if parsed.has_text else (None, Degraded.NONE)
        )
        weights = word_weights(lexical, dictionary)
        # Without the model nobody knows what it would have to spell.
        flags = (False,) * len(weights) if vector is None else spelled(lexical, self._slips.pieces)
        lexical = replace(lexical, sufficient=names(lexical, flags, dictionary))
        filters = to_filters(parsed, selected=request.filters, resolve=self._reference.resolver(session))
        filters = replace(
            filters,
            after=max((day for day in (filters.after, request.after) if day), default=None),
            before=min((day for day in (filters.before, request.before) if day), default=None),
        )
        depth = min(max(POOL, request.page.offset + request.page.size), MAX_DEPTH)
        query = EngineQuery(
            access=AccessFilter(viewer.audience, viewer.spaces),
            lexical=None if lexical.is_empty and not lexical.must_not else lexical,
            vector=vector,
            filters=filters,
            floor=self.floor,
            pool=POOL,
            depth=depth,
            sort=request.sort,
            facets=FACETS,
            exclude=self._unsettled(session, viewer),
        )
        mode = Mode.BROWSE if not parsed.has_text else Mode.LEXICAL if vector is None else Mode.HYBRID
        understood = tuple(corrections.get(word, word) for word in parsed.words)
        fixed = render(replace(parsed, words=understood)) if corrections else ""
        terms = HighlightTerms.from_lexical(lexical)
        asked = f"{request.as_typed} {request.text}"
        if strange := unheard(lexical, flags, weights, dictionary):
            flags = self._heard(query, lexical, flags, strange)
        return _Question(asked, parsed, query, terms, mode, degraded, fixed, weights, flags)

    def _heard(
        self, query: EngineQuery, lexical: LexicalQuery, flags: tuple[bool, ...], strange: tuple[Node, ...]
    ) -> tuple[bool, ...]:
        """The flags without those of strange words, when the viewer may see nothing that has any: only meaning can tell of them."""
        anywhere = EngineQuery(query.access, LexicalQuery(should=strange), exclude=query.exclude, pool=1, depth=1)
        if self._ask(anywhere).total:
            return flags
        return tuple(flag and node not in strange for node, flag in zip(groups(lexical), flags, strict=True))

    def _is_answered(self, question: _Question, result: EngineResult, ranked: Sequence[Ranked]) -> bool:
        """Whether the best of all the viewer may see can be taken for an answer, whatever he narrows it to.

        It is not asked of a question in operators, whose every hit has what was asked for, nor without the meaning leg.
        """
        query, least = question.query, RELIABLE.get(self._embedder.digest)
        lexical = query.lexical
        if least is None or query.vector is None or lexical is None or lexical.must:
            return True
        if not result.total or result.without_vectors:
            return True
        if self._answered.has(query.access, question.asked):
            return True
        if query.filters != Filters() or query.sort is not Sort.RELEVANCE:
            query = replace(query, filters=Filters(), sort=Sort.RELEVANCE, facets=(), depth=POOL)
            result = self._engine.run(query)
            ranked = self._rank(replace(question, query=query), result)
        best = ranked[:EXAMINED]
        passages = self._engine.passages([one.ref for one in best])
        similarity = max((one.similarity for one in result.candidates if one.similarity is not None), default=0.0)
        found = confidence(best, passages, question.terms, question.weights, question.spelled, similarity)
        is_answered = found >= least
        if is_answered:
            self._answered.add(query.access, question.asked)
        return is_answered

    def _vector_of(self, text: str) -> tuple[Vector | None, Degraded]:
        if self._embedder.dimension == 0:
            is_off = self._embedder.state is EmbedderState.OFF
            return None, Degraded.MODEL_OFF if is_off else Degraded.MODEL_FAILED
        if not text.strip():
            return None, Degraded.NONE
        if not self._embedder.knows(text):
            return None, Degraded.UNKNOWN_SCRIPT
        if self._embedder.state is EmbedderState.FAILED:
            return None, Degraded.MODEL_FAILED
        if not self._embedder.ready:
            return None, Degraded.MODEL_LOADING
        try:
            return self._vectors.get(normalise(text)), Degraded.NONE
        except Unavailable:
            return None, Degraded.MODEL_FAILED

    def _rank(self, question: _Question, result: EngineResult) -> list[Ranked]:
        if question.query.sort is not Sort.RELEVANCE or question.mode is Mode.BROWSE:
            return [Ranked.unranked(one) for one in result.candidates]
        key, floor, weights = title_key(question.parsed.plain), question.query.floor, question.weights
        return fuse(
            result.candidates,
            today=self._today,
            title_key=key,
            weights=weights,
            spelled=share_of(question.spelled, weights),
            pool=POOL,
            floor=floor,
        )

    def _still_known(self, session: Session, chosen: Sequence[str]) -> list[str]:
        """Words of the dictionary without those of what was withdrawn from every member a moment ago."""
        return still_for_everybody(session, chosen, self._unsettled(session, EVERY_MEMBER))

    def _unsettled(self, session: Session, viewer: Viewer) -> frozenset[ContentRef]:
        """What the index may still show and count although the viewer may not see it any more: nobody counts it either."""
        return frozenset(
            ContentRef(source.kind, one) for source in self._sources for one in source.unsettled(session, viewer)
        )

    def _check(self, session: Session, viewer: Viewer, refs: Sequence[ContentRef]) -> dict[ContentRef, Card]:
        """Cards of those the database lets the viewer see: one query a kind."""
        by_kind: dict[str, list[int]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, []).append(ref.id)
        cards: dict[ContentRef, Card] = {}
        for kind, ids in by_kind.items():
            source = self._sources.get(kind)
            if source is not None:
                cards.update((card.ref, card) for card in source.cards(session, viewer, ids).values())
        return cards

    def _show(self, question: _Question, shown: Sequence[Ranked], cards: Mapping[ContentRef, Card]) -> tuple[Hit, ...]:
        stored = self._engine.passages([one.ref for one in shown]) if shown else {}
        return tuple(
            Hit(
                card=cards[one.ref],
                title_html=mark_all(cards[one.ref].title, question.terms),
                extracts=extracts_of(one, stored.get(one.ref, ()), cards[one.ref], question.terms, question.mode),
                score=one.score,
                words_part=one.lexical_part,
                meaning_part=one.semantic_part,
            )
            for one in shown
        )

    def _help(self, session: Session, viewer: Viewer, question: _Question, response: SearchResponse) -> SearchResponse:
        """What may lead on when little or nothing was found."""
        spelling = ""
        if not question.corrected:
            doubted = self._slips.doubted(question.parsed)
            spelling = did_you_mean(question.parsed, self._reference.dictionary(session), doubted) or ""
        proposed = [word for word in words(spelling) if word not in words(question.parsed.plain)]
        if len(self._still_known(session, proposed)) < len(proposed):
            spelling = ""
        hints, alone = list[DropHint](), tuple[str, ...]()
        if response.total == 0:
            if not response.unreliable:
                hints = drop_hints(question.query, self._total)
                alone = found_alone(question.parsed, self._reference.synonyms(session), question.query, self._total)
            if spelling and not finds(spelling, question.query, self._total):
                spelling = ""
        free = without_quotes(question.parsed) if question.parsed.phrases and not response.total else ""
        if free and not finds(free, question.query, self._total):
            free = ""
        return replace(response, did_you_mean=spelling, without_quotes=free, drop_hints=tuple(hints), found_alone=alone)

    def _total(self, query: EngineQuery) -> int:
        return self._engine.run(query).total


def _starts(key: str, typed: Sequence[str]) -> bool:
    """True when the title holds all typed words, the last one as a beginning."""
    have = key.split()
    return all(word in have for word in typed[:-1]) and any(word.startswith(typed[-1]) for word in have)
