"""The contract every search engine keeps. Two exist: embedded (tantivy and a vector file) and OpenSearch.

One suite in tests/contract runs against both. `search.service.retrieval` is the only caller of `run`: the engine's access
filter is for recall, and the service re-checks every hit against the database before anything is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.content import ContentRef, Place, Signals
from search.documents import SearchDocument, StoredState, Vector


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """The tokens a viewer holds. A document passes when it shares one token with each of the two sets."""

    audience: frozenset[str]
    spaces: frozenset[str]


# --- the lexical tree -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One normalised word; matched stemmed in body, title, summary and tags, whose weighted scores add up."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Normalised words next to each other, stemmed, in body or title."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that start with these letters, unstemmed, in body or title."""

    text: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Synonyms: the best alternative counts."""

    options: tuple["Word | Phrase | Prefix", ...]


Node = Word | Phrase | Prefix | AnyOf


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """What the words of a question ask for.

    A document matches when all of `must`, none of `must_not`, and at least `minimum` of `should` or any one of `sufficient` match it.
    """

    should: tuple[Node, ...] = ()
    must: tuple[Node, ...] = ()
    must_not: tuple[Node, ...] = ()
    minimum: int = 1
    sufficient: tuple[Node, ...] = ()
    """Some of `should`."""

    @property
    def is_empty(self) -> bool:
        """True when nothing positive is asked, so that every document the filters leave matches."""
        return not self.should and not self.must


# --- the query --------------------------------------------------------------------------------------------------


SATURATION = 2.2
"""BM25's k1 + 1, k1 being 1.2: what a word in a field of weight 1 can score at most, in its inverse document frequencies."""


class Sort(StrEnum):
    """Orders of a result list."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    ADOPTED = "adopted"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrowing chosen by the reader: any of the values of one field, all of the fields, none of the excluded."""

    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Facet name, or `tag`, or `by` (author name words are not searched here: exact author key), to wanted values."""
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    after: date | None = None
    """Changed on or after this day (UTC)."""
    before: date | None = None
    """Changed before this day (UTC)."""


@dataclass(frozen=True, slots=True)
class EngineQuery:
    """One question to an engine, both legs in one.

    The list is `M = (L or S) and F`: L the lexical matches, P the `pool` documents most similar in meaning among those the
    viewer may see (before `filters`, so that narrowing never brings new ones in), S those of P whose best passage reaches `floor`,
    F the filters. What let a document in does not decide its scores: those of L in P have both, and so have those of S with any word.
    Total and facets count M exactly; a facet's own selected values are left out of F while that facet is counted (multi-select).
    A document of P must also satisfy `must` and `must_not` of the lexical query. With no lexical query and no vector,
    every document matches.
    """

    access: AccessFilter
    lexical: LexicalQuery | None = None
    vector: Vector | None = None
    """`(d,) float32`, unit length; None leaves the vector leg out."""
    filters: Filters = Filters()
    floor: float = 0.0
    """Least cosine of a semantic hit."""
    pool: int = 200
    depth: int = 200
    """How many lexical candidates to return (at least `pool`; more only when a reader pages deep)."""
    sort: Sort = Sort.RELEVANCE
    facets: tuple[str, ...] = ()
    facet_size: int = 50
    exclude: frozenset[ContentRef] = frozenset()
    title_weight: float = 0.4
    """Share of the title's own similarity added to the best passage's, when both exist."""


class Candidate(NamedTuple):
    """One matching document with what each leg says of it. A tuple, as every search makes some hundreds."""

    ref: ContentRef
    lexical: float | None
    """BM25 score (with the factor k1 + 1, see `SATURATION`) of `must` and of all of `should` it has, above 0, whatever `minimum`
    says; None when it has none of them, or only the words found it, beyond `depth`."""
    semantic: float | None
    """Cosine of the best passage plus `title_weight` of the title's, divided by `1 + title_weight`; None outside the pool."""
    passage: int | None
    """Ordinal of the passage nearest in meaning."""
    title_key: str
    signals: Signals
    similarity: float | None = None
    """Plain cosine of the best passage."""


@dataclass(frozen=True, slots=True)
class EngineResult:
    """Candidates in no promised order for `Sort.RELEVANCE` (fusion orders them); in the asked order for any other sort."""

    candidates: tuple[Candidate, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    without_vectors: bool = False
    """There was a vector to compare, and what readers use was made with another model."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as a result list shows it."""

    ordinal: int
    text: str
    place: Place


class StoredPassages(Sequence[StoredPassage]):
    """The passages of one document in order, and the revision of the document they were cut from, both of one moment."""

    revision: int


# --- writing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a document out, unless the index already holds a newer revision."""

    ref: ContentRef
    revision: int


Write = SearchDocument | Delete


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a batch. A stale write (the index holds something newer) counts as done."""

    written: tuple[ContentRef, ...] = ()
    deleted: tuple[ContentRef, ...] = ()
    stale: tuple[ContentRef, ...] = ()
    failed: Mapping[ContentRef, str] = field(default_factory=dict)
    """Short reason by document, for those that may be tried again."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an index was made with. A process with another recipe refuses to write (`Unavailable`)."""

    schema: int
    model: str
    """Digest of the embedding model; empty for an index without vectors."""
    dimension: int


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete copy of the index."""

    name: str
    recipe: Recipe
    documents: int
    passages: int
    bytes: int
    is_current: bool
    is_building: bool
    differs: str = ""
    """How it is laid out other than the settings ask now; empty when it is not. It works; a rebuild applies the settings."""


class SearchEngine(Protocol):
    """Reads and writes of one index with generations. Every method raises `core.errors.Unavailable` when the engine is down."""

    name: str

    def run(self, query: EngineQuery) -> EngineResult:
        """Both legs, total and facets from the current generation, one consistent view of it."""

    def passages(self, refs: Sequence[ContentRef]) -> Mapping[ContentRef, StoredPassages]:
        """The stored passages of those documents, in order; unknown ones are left out. Reading item i alone is cheap."""

    def write(self, batch: Sequence[Write], generation: str | None = None) -> WriteReport:
        """Apply a batch to a generation (the current one by default) and make it durable and visible before returning.

        Revision-guarded: a write older than what is stored is reported stale and changes nothing; an equal revision replaces.
        A delete is remembered, so that an older write arriving later stays stale.
        """

    def state(self, refs: Sequence[ContentRef], generation: str | None = None) -> Mapping[ContentRef, StoredState]:
        """What is stored of those documents; absent ones are left out."""

    def scan(self, generation: str | None = None) -> Iterator[tuple[ContentRef, StoredState]]:
        """Every stored document, in no promised order."""

    def generations(self) -> Sequence[Generation]:
        """All generations, oldest first."""

    def create_generation(self, recipe: Recipe) -> str:
        """Start an empty generation marked as building (a former unfinished one is kept) and return its name."""

    def reopen(self, name: str) -> None:
        """Mark a former generation as building again, so that writes reach it. Does nothing to one that is building.

        Raises Conflict for the current one, NotFound for an unknown name.
        """

    def promote(self, name: str) -> None:
        """Make it the one that readers use, atomically; the former is kept for roll-back."""

    def drop(self, name: str) -> None:
        """Remove a generation that is not current."""

    def close(self) -> None:
        """Give back files, locks and connections."""
