"""From a request to the query an engine takes, with everything that is known of the question's words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.content import FACETS
from core.errors import Unavailable
from search.disclosure import Disclosure
from search.documents import Vector
from search.embedding import Embedder, EmbedderState, QueryVectors, floor_for
from search.engine import EngineQuery, Filters, LexicalQuery, Node
from search.highlight import HighlightTerms
from search.query import ParsedQuery, Slips, build_lexical, corrected, corrected_query, parse, to_filters
from search.reference import Reference
from search.results import Degraded, Mode, SearchRequest
from search.service.retrieval import Retrieval
from search.term_weights import out_of_vocabulary, query_terms, rare_terms, spelled, word_weights
from search.text import normalise
from search.text.spelling import Dictionary

POOL = 200
"""Documents nearest in meaning that take part, and words' candidates at least."""
MAX_DEPTH = 1_000
"""Nobody reads further; deeper pages are refused by showing the last one."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request made ready for the engine."""

    asked: str
    """As it was typed, and whether it has to be taken so."""
    parsed: ParsedQuery
    query: EngineQuery
    terms: HighlightTerms
    mode: Mode
    degraded: Degraded
    corrected: str
    """The question with what is searched as well, where words look mistyped; empty when none does."""
    weights: tuple[float, ...]
    """Inverse document frequency of each of the question's terms."""
    spelled: tuple[bool, ...]
    """Which of them the model does not know as words."""


class QuestionReader:
    """Reads requests. Thread-safe; holds no session."""

    def __init__(self, embedder: Embedder, reference: Reference, retrieval: Retrieval, floor: float | None) -> None:
        self._embedder = embedder
        self._vectors = QueryVectors(embedder)
        self.slips = Slips(embedder)
        self._reference = reference
        self._retrieval = retrieval
        self._floor = floor

    @property
    def floor(self) -> float:
        """Least cosine of a semantic hit in use."""
        return floor_for(self._embedder.digest, self._floor)

    def read(self, told: Disclosure, request: SearchRequest) -> Question:
        """Make a request ready. Raises Unavailable when the engine has to be asked of a strange word, and is down."""
        parsed = parse(request.text)
        dictionary = self._reference.dictionary(told.session)
        corrections = {} if request.as_typed else told.automatic_corrections(self.slips, parsed, dictionary)
        lexical = build_lexical(parsed, self._reference.synonyms(told.session), corrections)
        vector, degraded = (
            self.vector_of(corrected(parsed.plain, corrections)) if parsed.has_text else (None, Degraded.NONE)
        )
        weights = word_weights(lexical, dictionary)
        # Without the model nobody knows what it would have to spell.
        flags = (False,) * len(weights) if vector is None else spelled(lexical, self.slips.pieces)
        lexical = replace(lexical, sufficient=rare_terms(lexical, flags, dictionary))
        query = told.query(
            lexical=None if lexical.is_empty and not lexical.must_not else lexical,
            vector=vector,
            filters=self._filters(told, parsed, request),
            floor=self.floor,
            pool=POOL,
            depth=min(max(POOL, request.page.offset + request.page.size), MAX_DEPTH),
            sort=request.sort,
            facets=FACETS,
        )
        return Question(
            asked=f"{request.as_typed} {request.text}",
            parsed=parsed,
            query=query,
            terms=HighlightTerms.from_lexical(lexical),
            mode=Mode.BROWSE if not parsed.has_text else Mode.LEXICAL if vector is None else Mode.HYBRID,
            degraded=degraded,
            corrected=corrected_query(parsed, corrections) if corrections else "",
            weights=weights,
            spelled=self._found_nowhere_left_to_meaning(told, lexical, flags, weights, dictionary),
        )

    def _filters(self, told: Disclosure, parsed: ParsedQuery, request: SearchRequest) -> Filters:
        filters = to_filters(parsed, selected=request.filters, resolve=self._reference.resolver(told.session))
        return replace(
            filters,
            after=max((day for day in (filters.after, request.after) if day), default=None),
            before=min((day for day in (filters.before, request.before) if day), default=None),
        )

    def _found_nowhere_left_to_meaning(
        self,
        told: Disclosure,
        lexical: LexicalQuery,
        flags: tuple[bool, ...],
        weights: Sequence[float],
        dictionary: Dictionary,
    ) -> tuple[bool, ...]:
        """The flags without those of strange words, when the viewer may see nothing that has any: only meaning can tell of them."""
        strange: tuple[Node, ...] = out_of_vocabulary(lexical, flags, weights, dictionary)
        if not strange:
            return flags
        anywhere = told.query(lexical=LexicalQuery(should=strange), pool=1, depth=1)
        if self._retrieval.total(anywhere):
            return flags
        return tuple(flag and node not in strange for node, flag in zip(query_terms(lexical), flags, strict=True))

    def vector_of(self, text: str) -> tuple[Vector | None, Degraded]:
        """The vector of a text, or why there is none."""
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
