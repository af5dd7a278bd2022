"""Answering one `EngineQuery` from one snapshot.

Words, filters, totals and facets are tantivy's; meaning is one scan of the vectors. tantivy has no collector that hands out
all matching documents to Python, so nothing here ever needs them: the semantic pool is put into the query as ids, and one
aggregation counts the total and every facet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tantivy import Occur, Query

from search.engine import Candidate, EngineQuery, EngineResult, LexicalQuery, Sort
from search.engines.common import EXACT, MANY_VALUES, exact_field, unit
from search.engines.embedded.generation import Generation, Snapshot, View
from search.engines.embedded.kernels import Scores, scan
from search.engines.embedded.queries import Clauses, everything
from search.engines.embedded.rows import Mask
from search.engines.embedded.storage import Halves

_FEW = 400
"""Up to so many rows are asked about by id; for more it is cheaper to fetch every row that matches."""


class Meaning(NamedTuple):
    """What the vector leg says of one row."""

    semantic: float
    similarity: float
    passage: int


class Run:
    """One query at work."""

    def __init__(self, generation: Generation, snapshot: Snapshot, query: EngineQuery, *, with_vectors: bool) -> None:
        self._kernel = generation.kernel
        self._builder = generation.builder
        self._snapshot = snapshot
        self._searcher = snapshot.searcher
        self._query = query
        self._vector = _usable(query, snapshot, with_vectors=with_vectors)
        self._lexical = query.lexical if query.lexical is not None else LexicalQuery()
        self._access = self._builder.access(query.access)
        if query.exclude:
            self._access = [*self._access, (Occur.MustNot, self._builder.ids(query.exclude))]
        self._filters = self._builder.filters(query.filters)

    def result(self) -> EngineResult:
        """Both legs, total and facets."""
        if not self._query.access.audience or not self._query.access.spaces:
            return EngineResult((), 0, {name: {} for name in self._query.facets})
        words = self._words()
        pool = self._pool() if self._vector is not None else {}
        near = [row for row, meaning in pool.items() if meaning.similarity >= self._query.floor]
        matching = self._matching(words, near)
        total, facets = self._count(matching)
        scores = self._scores(words) if words is not None and not self._lexical.is_empty else {}
        if self._query.sort is Sort.RELEVANCE and (scores or near or words is None):
            rows = self._by_relevance(scores, near)
        else:
            rows = self._in_order(matching)
        scores |= self._scores_of([row for row in near if row not in scores])
        return EngineResult(tuple(self._candidates(rows, scores, pool)), total, facets)

    # --- the words ----------------------------------------------------------------------------------------------------

    def _words(self) -> Query | None:
        """L as a query: None when nothing is asked in words but something is in meaning."""
        if self._lexical.is_empty and self._query.vector is not None:
            return None
        return self._builder.lexical(self._lexical)

    def _scores(self, words: Query) -> dict[int, float]:
        """The `depth` best rows of L and F with their scores."""
        return self._scored([(Occur.Must, words), *self._access, *self._filters], self._query.depth)

    def _scores_of(self, rows: list[int]) -> dict[int, float]:
        """What the words say of rows found by meaning, too few of them though these may have."""
        if self._lexical.is_empty:
            return {}
        words = self._builder.lexical(replace(self._lexical, minimum=0))
        return self._scored([(Occur.Must, words), (Occur.Must, self._ids(rows))], len(rows))

    def _scored(self, clauses: Clauses, limit: int) -> dict[int, float]:
        """The best rows all clauses leave with their scores."""
        if limit < 1:
            return {}
        hits = self._searcher.search(everything(clauses), limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return {int(row): float(score) for row, (score, _) in zip(rows, hits, strict=True) if row is not None}

    # --- meaning ------------------------------------------------------------------------------------------------------

    def _pool(self) -> dict[int, Meaning]:
        """P: the rows nearest in meaning among all the viewer may see, before the reader's filters; nearest first."""
        snapshot, query = self._snapshot, self._query
        vector = self._vector
        if vector is None or not len(snapshot.vectors) or query.pool < 1:
            return {}
        view = snapshot.view(query.access)
        scores = scan(self._kernel, snapshot.vectors, vector, view.runs)
        seen = self._seen(view)
        # Where enough reach the floor, which is usual in a large index, the rest need not be looked at.
        rows, best = self._nearest(scores, seen, query.floor)
        if len(rows) < query.pool:
            rows, best = self._nearest(scores, seen, -np.inf)
        if len(rows) > query.pool:
            near = best >= np.partition(best, len(best) - query.pool)[len(best) - query.pool]
            rows, best = rows[near], best[near]
        found = dict(zip(rows.tolist(), best.tolist(), strict=True))
        refs = snapshot.rows.refs
        ranked = sorted(found, key=lambda row: (-found[row], str(refs[row])))
        return self._judge(ranked[: query.pool], scores, vector)

    def _nearest(self, scores: Scores, seen: Mask, least: float) -> tuple[NDArray[np.int32], Scores]:
        """The rows of which a passage reaches `least`, as far as `must` and `must_not` allow, each with its best."""
        # Whole blocks were scanned, so some of what reaches it is not the viewer's to see.
        slots = np.flatnonzero(scores >= least)
        owners = self._snapshot.owners[slots]
        kept = seen[owners]
        slots, owners = slots[kept], owners[kept]
        if not len(slots):
            return owners, scores[slots]
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        rows, best = owners[firsts], np.maximum.reduceat(scores[slots], firsts)
        if self._lexical.must or self._lexical.must_not:
            kept = self._permitted(rows)[rows]
            rows, best = rows[kept], best[kept]
        return rows, best

    def _seen(self, view: View) -> Mask:
        """The rows of the view without those to leave out."""
        rows = self._snapshot.rows
        left_out = [rows.latest[ref] for ref in self._query.exclude if ref in rows.latest]
        if not left_out:
            return view.rows
        seen = view.rows.copy()
        seen[left_out] = False
        return seen

    def _permitted(self, rows: NDArray[np.int32]) -> Mask:
        """The rows, at least among these, that satisfy `must` and `must_not`."""
        required, banned = self._builder.required(self._lexical), self._builder.must_not(self._lexical)
        size = len(self._snapshot.rows)
        if len(rows) <= _FEW:
            few = self._ids(rows)
            permitted = np.zeros(size, np.bool_)
            permitted[self._rows_of([(Occur.Must, few), *required, *banned, *self._access])] = True
            return permitted
        permitted = np.full(size, fill_value=not required)
        if required:
            permitted[self._rows_of([*required, *self._access])] = True
        if banned:
            either = Query.boolean_query([(Occur.Should, query) for _, query in banned])
            permitted[self._rows_of([(Occur.Must, either), *self._access])] = False
        return permitted

    def _judge(self, rows: list[int], scores: Scores, vector: Halves) -> dict[int, Meaning]:
        """Best passage and combined score of the pool's rows."""
        if not rows:
            return {}
        columns, weight = self._snapshot.rows, self._query.title_weight
        title_slots = columns.title_slot[rows]
        titles = self._snapshot.titles[title_slots[title_slots >= 0]].astype(np.float32) @ vector.astype(np.float32)
        title = iter(titles.tolist())
        starts, counts = columns.slot[rows].tolist(), columns.slots[rows].tolist()
        meanings = {}
        for row, start, count, title_slot in zip(rows, starts, counts, title_slots.tolist(), strict=True):
            position = int(scores[start : start + count].argmax())
            similarity = float(scores[start + position])
            semantic = similarity if title_slot < 0 else (similarity + weight * next(title)) / (1.0 + weight)
            meanings[row] = Meaning(semantic, similarity, columns.passage_of(row, position))
        return meanings

    # --- the set ------------------------------------------------------------------------------------------------------

    def _ids(self, rows: Iterable[int]) -> Query:
        """Those rows, without scores."""
        return self._builder.ids(self._snapshot.rows.refs[row] for row in rows)

    def _matching(self, words: Query | None, found: list[int]) -> Clauses:
        """L or S, seen by the viewer; the filters are still to be added."""
        if not found:
            return [
                (Occur.Must, words if words is not None else Query.empty_query()),
                *self._access,
            ]
        near = self._ids(found)
        if words is None:
            return [(Occur.Must, near), *self._access]
        return [
            (Occur.Must, Query.boolean_query([(Occur.Should, words), (Occur.Should, near)])),
            *self._access,
        ]

    def _rows_of(self, clauses: Clauses) -> list[int]:
        """The rows all clauses leave. Costs a third of a microsecond each."""
        limit = max(1, self._searcher.num_docs)
        hits = self._searcher.search(everything(clauses), limit, count=False, order_by_field="row").hits
        return [int(row) for row, _ in hits]

    def _count(self, matching: Clauses) -> tuple[int, dict[str, dict[str, int]]]:
        """The total and the facets of M; facets with chosen values are counted without their own filter."""
        known = [name for name in dict.fromkeys(self._query.facets) if name in EXACT]
        chosen = [name for name in known if self._query.filters.fields.get(name)]
        together = {name: _terms(name) for name in known if name not in chosen}
        asked: dict[str, object] = {"total": {"value_count": {"field": "row"}}, **together}
        answer = self._searcher.aggregate(everything([*matching, *self._filters]), asked)
        counted = {name: answer[name] for name in together}
        for name in chosen:
            clauses = [*matching, *self._builder.filters(self._query.filters, leave_out=name)]
            counted[name] = self._searcher.aggregate(everything(clauses), {name: _terms(name)})[name]
        facets = {name: self._counts(counted.get(name)) for name in self._query.facets}
        return int(answer["total"]["value"] or 0), facets

    def _counts(self, answer: Mapping[str, Any] | None) -> dict[str, int]:
        """The most frequent values: by count, then by value."""
        size = max(0, self._query.facet_size)
        if answer is None or not size:
            return {}
        buckets = answer["buckets"]
        # tantivy orders by count only: equal counts at the cut are all looked at.
        least = buckets[size - 1]["doc_count"] if len(buckets) > size else 0
        counts = [(-bucket["doc_count"], bucket["key"]) for bucket in buckets if bucket["doc_count"] >= least]
        return {value: -count for count, value in sorted(counts)[:size]}

    # --- the candidates -----------------------------------------------------------------------------------------------

    def _by_relevance(self, scores: Mapping[int, float], near: list[int]) -> Iterable[int]:
        """The best of the words and all of S that the filters leave."""
        if near and self._filters:
            near = self._rows_of([(Occur.Must, self._ids(near)), *self._access, *self._filters])
        return dict.fromkeys([*scores, *near])

    def _in_order(self, matching: Clauses) -> list[int]:
        """The first `depth` rows of M in the asked order, exactly, ties by reference."""
        sort, depth = self._query.sort, self._query.depth
        if depth < 1:
            return []
        name = "newest" if sort is Sort.RELEVANCE else sort.value
        query = everything([*matching, *self._filters])
        limit = depth + 64
        while True:
            hits = self._searcher.search(query, limit, count=False, order_by_field=name).hits
            # tantivy cuts equal keys anywhere: take more until the last one falls behind the cut.
            if len(hits) < limit or hits[-1][0] != hits[depth - 1][0]:
                break
            limit *= 4
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return sorted((int(row) for row in rows if row is not None), key=self._order(name))[:depth]

    def _order(self, name: str) -> Callable[[int], tuple[int, int, str]]:
        rows = self._snapshot.rows

        def key(row: int) -> tuple[int, int, str]:
            signals = rows.signals[row]
            primary = {"adopted": signals.adoptions, "evidence": signals.evidence}.get(name, 0)
            return -primary, -rows.changed[row], str(rows.refs[row])

        return key

    def _candidates(
        self, found: Iterable[int], scores: Mapping[int, float], pool: Mapping[int, Meaning]
    ) -> Iterator[Candidate]:
        rows = self._snapshot.rows
        refs, title_keys, signals = rows.refs, rows.title_keys, rows.signals
        for row in found:
            score = scores.get(row) or None  # a query that asks for nothing positive scores zero
            meaning = pool.get(row)
            if meaning is None:
                yield Candidate(refs[row], score, None, None, title_keys[row], signals[row])
            else:
                semantic, similarity, passage = meaning
                yield Candidate(refs[row], score, semantic, passage, title_keys[row], signals[row], similarity)


def _usable(query: EngineQuery, snapshot: Snapshot, *, with_vectors: bool) -> Halves | None:
    """The query's vector as the index stores them; None when it cannot be compared with them."""
    if query.vector is None or not with_vectors or np.shape(query.vector) != (snapshot.vectors.shape[1],):
        return None
    direction = unit(query.vector)
    return None if direction is None else direction.astype(np.float16)


def _terms(name: str) -> dict[str, object]:
    return {"terms": {"field": exact_field(name), "size": MANY_VALUES, "segment_size": MANY_VALUES}}
