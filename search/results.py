"""What is asked of the search service and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.content import Card, ContentRef, Place
from core.paging import Page
from search.engine import Sort
from search.query import ParsedQuery


class Mode(StrEnum):
    """Which legs answered."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    BROWSE = "browse"
    """Nothing was asked; the list is what the filters leave."""


class Legs(StrEnum):
    """Which legs are asked: both, but for measuring one alone."""

    HYBRID = "hybrid"
    CLOSEST = "closest"
    """Both, and what they found is kept when it is no reliable answer: the order alone, as the legs alone are asked."""
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Degraded(StrEnum):
    """Why the meaning leg did not take part although there was something to ask it."""

    NONE = ""
    MODEL_LOADING = "model_loading"
    MODEL_FAILED = "model_failed"
    MODEL_OFF = "model_off"
    UNKNOWN_SCRIPT = "unknown_script"
    INDEX_WITHOUT_VECTORS = "index_without_vectors"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question with what the reader narrowed it by."""

    text: str = ""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Facet name, `tag` or `by`, to the values chosen."""
    after: date | None = None
    before: date | None = None
    sort: Sort = Sort.RELEVANCE
    page: Page = Page()
    as_typed: bool = False
    """Words that look mistyped are not taken for others."""
    closest: bool = False
    """The closest matches are wanted even where none is reliable."""


@dataclass(frozen=True, slots=True)
class Extract:
    """One passage of a hit, cut to the best stretch. `html` is escaped text with `<mark>` only."""

    html: str
    place: Place


@dataclass(frozen=True, slots=True)
class Hit:
    """One result, checked against the database a moment ago."""

    card: Card
    title_html: str
    extracts: tuple[Extract, ...]
    score: float
    words_part: float
    meaning_part: float

    @property
    def ref(self) -> ContentRef:
        """The object."""
        return self.card.ref


@dataclass(frozen=True, slots=True)
class DropHint:
    """How many results there would be without one of the filters. `value` is empty where the filter has several, or is a date."""

    field: str
    value: str
    total: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What is said beside the results, to lead on."""

    corrected: str = ""
    """The question as it was understood, where words looked mistyped; those typed were searched as well."""
    did_you_mean: str = ""
    without_quotes: str = ""
    """The question without its quotation marks, when nothing has the exact words and something has some of them."""
    drop_hints: tuple[DropHint, ...] = ()
    found_alone: tuple[str, ...] = ()
    """Words of the question that find something alone, when together they find nothing at all."""


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """The answer to one request."""

    request: SearchRequest
    parsed: ParsedQuery
    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    mode: Mode
    degraded: Degraded = Degraded.NONE
    unreliable: int = 0
    """How many matches were kept back because none of them is a reliable answer."""
    hints: Hints = NO_HINTS
    took: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage: `embed`, `engine`, `judge`, `fuse`, `check`, `show`."""

    @property
    def is_empty(self) -> bool:
        """Nothing reliable was found."""
        return self.total == 0
