"""What the engine contract says, in a few lines of slow Python: the oracle of the contract suite.

It follows the docstrings of `search.engine` as sets of documents. Scores of words are the engine's own business.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import snowballstemmer

from core.content import ContentRef, Place, Signals
from search.documents import Passage, SearchDocument, Vector
from search.engine import (
    AccessFilter,
    AnyOf,
    EngineQuery,
    LexicalQuery,
    Node,
    Phrase,
    Prefix,
    Recipe,
    SearchEngine,
    Sort,
    Word,
)

MEMBER = AccessFilter(frozenset({"member"}), frozenset({"open"}))
DIMENSION = 8
RECIPE = Recipe(schema=1, model="model digest", dimension=DIMENSION)

Factory = Callable[[Path, Recipe], SearchEngine]
"""Opens the index that belongs to a directory: the same directory is the same index, in any number of engines."""

_stem = snowballstemmer.stemmer("english").stemWord


def document(number: int, *, revision: int = 1, vectors: Iterable[object] = (), **changes: object) -> SearchDocument:
    """A document every verified member sees, changed on the day of its number."""
    plain = SearchDocument(
        ref=ContentRef("record", number),
        revision=revision,
        content_hash=f"content {number} {revision}",
        state_hash=f"state {number} {revision}",
        title="",
        summary="",
        tags=(),
        body="",
        language="en",
        facets={},
        created=datetime(2020, 1, 1, tzinfo=UTC),
        changed=datetime(2020, 1, 1 + number % 28, tzinfo=UTC),
        audience=frozenset({"member"}),
        space=frozenset({"open"}),
        signals=Signals(),
        passages=tuple(
            Passage(f"passage {i}", Place(label=f"part {i}"), None if vector is None else np.array(vector, np.float32))
            for i, vector in enumerate(vectors)
        ),
        title_key="",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def axis(*weights: float) -> Vector:
    """A unit vector along the first axes."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(weights)] = weights
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _terms(text: str) -> list[str]:
    return [_stem(word) for word in _words(text)]


def _contains(terms: list[str], wanted: list[str]) -> bool:
    return bool(wanted) and any(terms[i : i + len(wanted)] == wanted for i in range(len(terms)))


def matches(node: Node, document: SearchDocument) -> bool:
    """Whether one node of the tree finds the document."""
    match node:
        case Word(text):
            fields = [document.title, document.summary, document.body, *document.tags]
            return any(_contains(_terms(field), _terms(text)) for field in fields)
        case Phrase(words):
            return any(_contains(_terms(field), _terms(" ".join(words))) for field in (document.title, document.body))
        case Prefix(text):
            words = _words(document.title) + _words(document.body)
            return any(word.startswith(text.lower()) for word in words)
        case AnyOf(options):
            return any(matches(option, document) for option in options)


def allowed(query: LexicalQuery, document: SearchDocument) -> bool:
    """`must` and `must_not`."""
    musts = all(matches(node, document) for node in query.must)
    return musts and not any(matches(node, document) for node in query.must_not)


def found(query: LexicalQuery, document: SearchDocument) -> bool:
    """Whether the document is in L."""
    hits = sum(matches(node, document) for node in query.should)
    is_enough = hits >= query.minimum or any(matches(node, document) for node in query.sufficient)
    return allowed(query, document) and (not query.should or is_enough)


def values(document: SearchDocument, name: str) -> set[str]:
    """The exact values of a field that can be filtered and counted."""
    return set(document.tags if name == "tag" else document.facets.get(name, ()))


def passes(query: EngineQuery, document: SearchDocument, leave_out: str | None = None) -> bool:
    """F, with the selected values of one field left out."""
    filters, day = query.filters, document.changed.astimezone(UTC).date()
    chosen = all(
        values(document, name) & wanted for name, wanted in filters.fields.items() if name != leave_out and wanted
    )
    banned = any(values(document, name) & unwanted for name, unwanted in filters.excluded.items())
    after = filters.after is None or day >= filters.after
    before = filters.before is None or day < filters.before
    return chosen and not banned and after and before


def similarity(vector: Vector, document: SearchDocument) -> float | None:
    """Cosine of the best passage."""
    cosines = [float(np.dot(vector, p.vector)) for p in document.passages if p.vector is not None]
    return max(cosines, default=None)


@dataclass(frozen=True)
class Expected:
    """What the contract fixes of an answer."""

    matching: set[ContentRef]
    semantic: dict[ContentRef, float]
    """P and M, with the plain cosine."""
    words: set[ContentRef]
    """Those of M with any of the words; empty when nothing was asked in words."""
    facets: Mapping[str, list[tuple[str, int]]]
    is_sharp: bool
    """False when rounding could decide who is in the pool."""


def expected(query: EngineQuery, documents: Iterable[SearchDocument]) -> Expected:
    """The answer by definition."""
    visible = [
        d
        for d in documents
        if d.audience & query.access.audience and d.space & query.access.spaces and d.ref not in query.exclude
    ]
    lexical = query.lexical or LexicalQuery()
    pool, sharp = _pool(query, lexical, visible)
    near = {ref for ref, value in pool.items() if value >= query.floor}
    if lexical.is_empty and query.vector is not None:
        words: set[ContentRef] = set()
    else:
        words = {d.ref for d in visible if found(lexical, d)}

    def narrowed(leave_out: str | None = None) -> list[SearchDocument]:
        return [d for d in visible if d.ref in words | near and passes(query, d, leave_out)]

    matching = {d.ref for d in narrowed()}
    facets = {}
    for name in query.facets:
        counts = Counter(value for d in narrowed(name) for value in values(d, name))
        facets[name] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: query.facet_size]
    semantic = {ref: value for ref, value in pool.items() if ref in matching}
    asked = {
        d.ref for d in visible if d.ref in matching and any(matches(n, d) for n in (*lexical.should, *lexical.must))
    }
    return Expected(matching, semantic, asked, facets, sharp)


def _pool(
    query: EngineQuery, lexical: LexicalQuery, visible: list[SearchDocument]
) -> tuple[dict[ContentRef, float], bool]:
    if query.vector is None:
        return {}, True
    cosines = {d.ref: similarity(query.vector, d) for d in visible if allowed(lexical, d)}
    ranked = sorted(((value, ref) for ref, value in cosines.items() if value is not None), reverse=True)
    edge = ranked[query.pool - 1 : query.pool + 1]
    sharp = all(abs(value - query.floor) > 2e-3 for value, _ in ranked)
    sharp = sharp and (len(edge) < 2 or edge[0][0] - edge[1][0] > 2e-3)
    return {ref: value for value, ref in ranked[: query.pool]}, sharp


def in_order(sort: Sort, documents: Iterable[SearchDocument]) -> list[ContentRef]:
    """The documents in the order a reader asked for."""

    def key(document: SearchDocument) -> tuple[int, float, str]:
        signals = document.signals
        primary = {Sort.ADOPTED: signals.adoptions, Sort.EVIDENCE: signals.evidence}.get(sort, 0)
        return -primary, -document.changed.timestamp(), str(document.ref)

    return [d.ref for d in sorted(documents, key=key)]
