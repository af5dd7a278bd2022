"""Answering one `EngineQuery` with one `_msearch`.

Body one asks for the words: hits, total and facets of L and F. Body two asks for the meaning: P, where each hit says, by named
queries, whether the words match it too and whether the filters leave it. So the few hundred documents of S that the words do
not find are added to total and facets here, exactly, on any number of shards, without a second vector search.
The two bodies are answered one after the other; a write that lands between them may be seen by the second only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.content import ContentRef
from search.documents import Vector
from search.engine import SATURATION, Candidate, EngineQuery, EngineResult, LexicalQuery, Sort
from search.engines.common import EXACT, MANY_VALUES, exact_field, unit
from search.engines.opensearch import queries
from search.engines.opensearch.mapping import MOST_HITS, DocumentHeader, halves, header_of, unpacked
from search.engines.opensearch.vectors import VectorKind, cosine, numbers

OVERSAMPLING = 2.0
LEAST_NEIGHBOURS = 100
"""The graph search is approximate and better the more it is asked for; what is asked beyond the pool is not fetched. Among 100,000 passages one and
a half times the pool finds .971 of it, five times .991 for 4 ms more."""

_SORT_FIELDS = {Sort.ADOPTED: "adopted", Sort.EVIDENCE: "strength"}
_WORDS = "words"
_KEPT = "kept"


@dataclass(frozen=True, slots=True)
class LexicalHit:
    """One hit of the lexical leg."""

    header: DocumentHeader
    lexical: float | None


@dataclass(frozen=True, slots=True)
class PoolHit:
    """One document of the vector leg's pool."""

    header: DocumentHeader
    similarity: float
    semantic: float
    passage: int | None
    is_near: bool
    """Whether it reaches the floor."""
    by_words: bool
    lexical: float | None
    names: frozenset[str]
    """The filters that leave it: `kept` for all, a facet's name for all but its own."""
    values: Mapping[str, list[str]]


class QueryRun:
    """One query at work: `bodies` to be sent, `result` from the answers."""

    def __init__(self, query: EngineQuery, path: str, dimension: int, kind: VectorKind, shards: int) -> None:
        self._query = query
        self._kind = kind
        self._shards = shards
        self._path = path
        self._vector = _usable(query, dimension)
        self._lexical = query.lexical if query.lexical is not None else LexicalQuery()
        self._by_words = not (self._lexical.is_empty and query.vector is not None)
        self._seen = [*queries.access(query.access), *queries.without(query.exclude)]
        self._chosen = queries.chosen(query.filters)
        self._others = queries.other_filters(query.filters)
        self._facets = [name for name in dict.fromkeys(query.facets) if name in EXACT]
        self._multi = [name for name in self._facets if name in self._chosen]
        """Facets counted without their own chosen values."""

    @property
    def is_empty(self) -> bool:
        """True when no document can match, whatever is stored."""
        access = self._query.access
        return not access.audience or not access.spaces or not (self._by_words or self._by_meaning)

    @property
    def _by_meaning(self) -> bool:
        return self._vector is not None and self._query.pool > 0

    def bodies(self) -> list[dict[str, Any]]:
        """The searches of the `_msearch`."""
        return [
            *([self._words_body()] if self._by_words else []),
            *([self._meaning_body()] if self._by_meaning else []),
        ]

    def nothing(self) -> EngineResult:
        """The answer when no document can match."""
        return EngineResult((), 0, {name: {} for name in self._query.facets})

    # --- asking -----------------------------------------------------------------------------------------------------------

    def _words_body(self) -> dict[str, Any]:
        apart = [self._chosen[name] for name in self._multi]
        together = [clause for name, clause in self._chosen.items() if name not in self._multi]
        scored = not self._lexical.is_empty
        words = queries.lexical(self._lexical)
        conditions = [*self._seen, *self._others, *together]
        query = {"must": [words], "filter": conditions} if scored else {"filter": [words, *conditions]}
        body = self._body(min(max(self._query.depth, 0), MOST_HITS))
        body |= {"query": {"bool": query}, "track_total_hits": True, "aggs": self._aggregations()}
        if apart:
            body["post_filter"] = queries.all_of(apart)
        if self._query.sort is not Sort.RELEVANCE or not scored:
            body |= {"sort": _order(self._query.sort), "track_scores": scored}
        return body

    def _aggregations(self) -> dict[str, Any]:
        aggregations = {}
        for number, name in enumerate(self._facets):
            counted = {"terms": {"field": exact_field(name), "size": MANY_VALUES, "shard_size": MANY_VALUES}}
            rest = [self._chosen[other] for other in self._multi if other != name]
            aggregations[f"a{number}"] = {"filter": queries.all_of(rest), "aggs": {"v": counted}} if rest else counted
        return aggregations

    def _meaning_body(self) -> dict[str, Any]:
        query = self._query
        pool = min(query.pool, MOST_HITS)
        visible = [*self._seen, *queries.required(self._lexical)]
        near = {"vector": self._numbers(), "k": min(max(int(OVERSAMPLING * pool), LEAST_NEIGHBOURS), MOST_HITS)}
        nested = {
            "path": self._path,
            "ignore_unmapped": True,  # an index made with another model has no such path, and nothing is near
            "score_mode": "max",
            "query": {"knn": {f"{self._path}.v": {**near, "filter": queries.all_of(visible)}}},
        }
        # Every shard hands over its whole pool: they are merged by the words, and the nearest must not be lost in that.
        size = min(pool * self._shards, MOST_HITS)
        fields = [*(["values"] if self._facets else []), *(["title_vector"] if query.title_weight else [])]
        body = self._body(size, *fields)
        body["query"] = {"bool": {"must": [{"nested": nested}], "filter": visible, "should": self._questions()}}
        if self._by_words:
            # What meaning let in is scored by its words, whatever their number; the nearest passage tells how near it is.
            words = queries.lexical(replace(self._lexical, minimum=0))
            rescored = {"rescore_query": words, "query_weight": 0.0, "rescore_query_weight": 1.0}
            body["rescore"] = {"window_size": size, "query": rescored}
        return body

    def _questions(self) -> list[dict[str, Any]]:
        """What each neighbour is asked besides; none adds to the score."""
        conditions = list(self._chosen.values())
        asked = {_KEPT: [*conditions, *self._others]}
        for name in self._multi:
            asked[f"but {name}"] = [*self._others, *(self._chosen[other] for other in self._chosen if other != name)]
        named = {name: queries.all_of(clauses) for name, clauses in asked.items() if clauses}
        if self._by_words:
            named[_WORDS] = queries.lexical(self._lexical)
        besides = [{"constant_score": {"filter": clause, "boost": 0, "_name": name}} for name, clause in named.items()]
        return [*besides, {"constant_score": {"filter": {"nested": self._best_passage()}, "boost": 0}}]

    def _best_passage(self) -> dict[str, Any]:
        """Which passage of a neighbour is the nearest: all of its passages, compared exactly."""
        # As inner hits of the k-NN query itself the server would search the graph once more: 8 of 24 ms, measured. The
        # number comes from doc values; reading the source of nested documents was three times slower than all of it.
        compare = {"field": f"{self._path}.v", "query_value": self._numbers(), "space_type": "cosinesimil"}
        script = {"lang": "knn", "source": "knn_score", "params": compare}
        return {
            "path": self._path,
            "ignore_unmapped": True,
            "query": {"script_score": {"query": {"match_all": {}}, "script": script}},
            "inner_hits": {
                "size": 1,
                "_source": False,
                "ignore_unmapped": True,
                "docvalue_fields": [f"{self._path}.n"],
            },
        }

    def _numbers(self) -> list[float] | list[int]:
        return numbers(self._vector, self._kind) if self._vector is not None else []

    @staticmethod
    def _body(size: int, *fields: str) -> dict[str, Any]:
        return {"size": size, "_source": False, "stored_fields": "_none_", "docvalue_fields": ["card", *fields]}

    # --- merging ----------------------------------------------------------------------------------------------------------

    def result(self, answers: list[Mapping[str, Any]]) -> EngineResult:
        """Candidates, total and facets from the answers to `bodies`."""
        words = answers[0] if self._by_words else {}
        near = self._near(answers[-1]["hits"]["hits"]) if self._by_meaning else {}
        found = self._found(words["hits"]["hits"]) if words else {}
        kept = {ref: one for ref, one in near.items() if one.is_near and self._is_kept(one, _KEPT)}
        extra = sum(not one.by_words for one in kept.values())
        total = (int(words["hits"]["total"]["value"]) if words else 0) + extra
        facets = self._counts(words.get("aggregations", {}), near.values())
        candidates = [self._candidate(ref, found.get(ref), near.get(ref)) for ref in dict.fromkeys([*found, *kept])]
        if self._is_ordered:
            headers = {ref: one.header for ref, one in kept.items()} | {ref: one.header for ref, one in found.items()}
            candidates.sort(key=lambda one: _rank(self._query.sort, headers[one.ref]))
            candidates = candidates[: max(self._query.depth, 0)]
        return EngineResult(tuple(candidates), total, facets)

    @property
    def _is_ordered(self) -> bool:
        """Whether the answer has an order: one asked for, or the newest first of a list nobody searched."""
        return self._query.sort is not Sort.RELEVANCE or (self._by_words and self._lexical.is_empty)

    def _found(self, hits: Iterable[Mapping[str, Any]]) -> dict[ContentRef, LexicalHit]:
        headers = ((header_of(hit["fields"]["card"][0]), hit.get("_score")) for hit in hits)
        # A query that asks for nothing positive scores zero.
        scored = not self._lexical.is_empty
        return {
            header.ref: LexicalHit(header, _in_contract_units(score) if scored else None) for header, score in headers
        }

    def _near(self, hits: Iterable[Mapping[str, Any]]) -> dict[ContentRef, PoolHit]:
        found = [self._neighbour(hit) for hit in hits]
        found.sort(key=lambda one: (-one.similarity, str(one.header.ref)))
        return {one.header.ref: one for one in found[: self._query.pool]}

    def _neighbour(self, hit: Mapping[str, Any]) -> PoolHit:
        fields = hit["fields"]
        best = hit["inner_hits"][self._path]["hits"]["hits"][0]
        similarity = cosine(float(best["_score"]), self._kind)
        semantic, weight = similarity, self._query.title_weight
        if self._vector is not None and "title_vector" in fields:
            title = float(np.dot(halves(fields["title_vector"][0]), self._vector))
            semantic = (similarity + weight * title) / (1.0 + weight)
        matched = frozenset(hit.get("matched_queries", ()))
        return PoolHit(
            header=header_of(fields["card"][0]),
            similarity=similarity,
            semantic=semantic,
            passage=int(best["fields"][f"{self._path}.n"][0]),
            is_near=similarity >= self._query.floor,
            by_words=_WORDS in matched,
            lexical=_in_contract_units(hit["_score"]) if self._by_words else None,
            names=matched,
            values=unpacked(fields["values"][0]) if self._facets and "values" in fields else {},
        )

    def _is_kept(self, one: PoolHit, name: str) -> bool:
        asked = bool(self._chosen or self._others) if name == _KEPT else len(self._chosen) > 1 or bool(self._others)
        return not asked or name in one.names

    def _counts(self, aggregations: Mapping[str, Any], near: Iterable[PoolHit]) -> dict[str, dict[str, int]]:
        """The most frequent values of each facet: by count, then by value."""
        added = [one for one in near if one.is_near and not one.by_words]
        facets: dict[str, dict[str, int]] = {}
        for name in self._query.facets:
            if name not in self._facets:
                facets[name] = {}
                continue
            answer = aggregations.get(f"a{self._facets.index(name)}", {})
            buckets = answer.get("v", answer).get("buckets", ())
            counts = Counter({bucket["key"]: int(bucket["doc_count"]) for bucket in buckets})
            question = f"but {name}" if name in self._multi else _KEPT
            counts.update(value for one in added if self._is_kept(one, question) for value in one.values.get(name, ()))
            ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            facets[name] = dict(ordered[: max(0, self._query.facet_size)])
        return facets

    @staticmethod
    def _candidate(ref: ContentRef, found: LexicalHit | None, near: PoolHit | None) -> Candidate:
        if near is not None:
            lexical = found.lexical if found else near.lexical
            header = near.header
            return Candidate(
                ref, lexical, near.semantic, near.passage, header.title_key, header.signals, near.similarity
            )
        if found is None:
            raise ValueError(f"{ref} was found by neither leg")
        return Candidate(ref, found.lexical, None, None, found.header.title_key, found.header.signals)


def _in_contract_units(score: float | None) -> float | None:
    """The server's BM25 leaves out the factor k1 + 1, which is the same for every document. None for no score."""
    return score * SATURATION if score else None


def _usable(query: EngineQuery, dimension: int) -> Vector | None:
    """The query's vector at length one; None when it cannot be compared with those of this process's model."""
    if query.vector is None or not dimension or np.shape(query.vector) != (dimension,):
        return None
    return unit(query.vector)


def _order(sort: Sort) -> list[dict[str, str]]:
    first = [{_SORT_FIELDS[sort]: "desc"}] if sort in _SORT_FIELDS else []
    return [*first, {"changed": "desc"}, {"ref": "asc"}]


def _rank(sort: Sort, header: DocumentHeader) -> tuple[int, int, str]:
    signals = header.signals
    primary = {Sort.ADOPTED: signals.adoptions, Sort.EVIDENCE: signals.evidence}.get(sort, 0)
    return -primary, -header.changed, str(header.ref)
