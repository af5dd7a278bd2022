"""Answering one `EngineQuery` from one snapshot.

Words are tantivy's, which is asked once for all that match them: handing one over takes half a microsecond, most questions match some
hundreds, and the first two hundred would take as long to find. Meaning is one scan of the vectors, meanwhile. Who may see what, filters,
totals, facets and orders are columns of the rows in memory.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from heapq import nsmallest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tantivy import Occur, Query

from search.engine import Candidate, EngineQuery, EngineResult, LexicalQuery, Sort
from search.engines.common import unit
from search.engines.embedded.generation import OpenGeneration, Snapshot
from search.engines.embedded.kernels import Scores
from search.engines.embedded.queries import Clauses, everything
from search.engines.embedded.storage import Halves
from search.engines.embedded.values import Mask, Numbers, RowFacets
from search.engines.embedded.vector_matches import VectorMatches, foremost, nth_largest

_FEW = 400
"""Up to so many rows are asked about by id; for more it is cheaper to fetch every row that matches."""
_NO_ROWS: Numbers = np.empty(0, np.int64)
_NO_SCORES: NDArray[np.float32] = np.empty(0, np.float32)
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000


class SemanticScore(NamedTuple):
    """What the vector leg says of one row."""

    semantic: float
    similarity: float
    passage: int


class QueryRun:
    """One query at work."""

    def __init__(
        self, generation: OpenGeneration, snapshot: Snapshot, query: EngineQuery, *, with_vectors: bool
    ) -> None:
        self._kernel = generation.kernel
        self._builder = generation.builder
        self._snapshot = snapshot
        self._searcher = snapshot.searcher
        self._query = query
        self._vector = _usable(query, snapshot, with_vectors=with_vectors)
        self._lexical = query.lexical if query.lexical is not None else LexicalQuery()
        self._view = snapshot.view(query.access)
        self._seen = self._seen_rows()

    def result(self) -> EngineResult:
        """Both legs, total and facets."""
        matched, scores, pool = self._legs()
        near = np.array([row for row, one in pool.items() if one.similarity >= self._query.floor], np.int64)
        found = self._column(np.bool_, matched, fill=True)
        self._add_scores(scores, near[~found[near]])
        found[near] = True
        rows = np.flatnonzero(found)
        kept, facets = self._narrowed(rows)
        rows = rows[kept]
        if self._query.sort is Sort.RELEVANCE and (len(near) or not self._lexical.is_empty or self._vector is not None):
            chosen = self._by_relevance(self._column(np.bool_, rows, fill=True), matched, near, scores)
        else:
            chosen = self._in_order(rows)
        return EngineResult(self._candidates(chosen, scores, pool), len(rows), facets)

    def _legs(self) -> tuple[Numbers, Scores, dict[int, SemanticScore]]:
        """The rows of L, what the words say of every row (0 outside L), and P. The vectors are scanned while the words are looked up."""
        vector = self._vector
        if vector is None or not len(self._snapshot.vectors) or self._query.pool < 1:
            return *self._words(), {}
        with ThreadPoolExecutor(1) as aside:
            scan = aside.submit(self._kernel.roughly, self._snapshot.vectors, vector, self._view.runs)
            matched, scores = self._words()
            return matched, scores, self._pool(*scan.result(), vector)

    def _column(self, kind: type[np.generic], rows: Numbers, fill: Any) -> NDArray[Any]:
        """`(all rows,)`: `fill` in those rows, zero elsewhere."""
        column = np.zeros(len(self._snapshot.rows), kind)
        column[rows] = fill
        return column

    def _seen_rows(self) -> Mask:
        """The living rows the viewer may see, without those to leave out."""
        rows = self._snapshot.rows
        left_out = [rows.latest[ref] for ref in self._query.exclude if ref in rows.latest]
        if not left_out:
            return self._view.rows
        seen = self._view.rows.copy()
        seen[left_out] = False
        return seen

    # --- the words ----------------------------------------------------------------------------------------------------

    def _words(self) -> tuple[Numbers, Scores]:
        """The rows of L that the viewer may see, and what the words say of every row."""
        lexical, seen = self._lexical, self._seen
        rows, scores = _NO_ROWS, _NO_SCORES
        if not lexical.is_empty:
            rows, scores = self._hits([(Occur.Must, self._builder.lexical(lexical))])
            kept = seen[rows]
            rows, scores = rows[kept], scores[kept]
        elif self._query.vector is None:
            if lexical.must_not:
                seen = seen & self._having([(Occur.Must, self._builder.lexical(lexical))])
            rows, scores = np.flatnonzero(seen), np.zeros(1, np.float32)
        return rows, self._column(np.float32, rows, scores)

    def _add_scores(self, scores: Scores, rows: Numbers) -> None:
        """Add what the words say of rows found by meaning, too few of them though these may have."""
        lexical = self._lexical
        # Where one word was enough, what words did not find has none.
        if lexical.is_empty or not len(rows) or (lexical.minimum == 1 and not lexical.must):
            return
        words = self._builder.lexical(replace(lexical, minimum=0))
        having, said = self._hits([(Occur.Must, words), (Occur.Must, self._ids(rows))])
        scores[having] = said

    def _having(self, clauses: Clauses) -> Mask:
        """The rows all clauses leave."""
        return self._column(np.bool_, self._hits(clauses)[0], fill=True)

    def _hits(self, clauses: Clauses) -> tuple[Numbers, Scores]:
        """The rows all clauses leave, whoever may see them, with their scores."""
        hits = self._searcher.search(everything(clauses), max(1, self._searcher.num_docs), count=False).hits
        fields = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.float64)
        # The head is the one document without a row.
        known = ~np.isnan(fields)
        rows = fields[known].astype(np.int64)
        if len(rows) and rows.max() >= len(self._snapshot.rows):
            raise ValueError("the words name rows that are not there")
        return rows, np.array([score for score, _ in hits], np.float32)[known]

    # --- meaning ------------------------------------------------------------------------------------------------------

    def _pool(self, rough: Scores, off: float, vector: Halves) -> dict[int, SemanticScore]:
        """P: the rows nearest in meaning among all the viewer may see, before the reader's filters.

        `rough` are the cosines of all vectors, each `off` by so much at most.
        """
        query, size = self._query, self._query.pool
        # Where enough reach the floor, which is usual in a large index, the rest need not be looked at.
        near = self._reaching(rough, query.floor - off)
        if len(near.rows) < size:
            near = self._reaching(rough, -np.inf)
        if len(near.rows) > size:
            # One that is really among the nearest looks at most twice so far off behind the last of those that seem to be.
            near = near.at_least(nth_largest(near.best, size) - 2 * off)
        near = VectorMatches.of(
            near.slots, near.owners, self._kernel.exactly(self._snapshot.vectors, vector, near.slots)
        )
        return self._judge(near, self._first(near.rows, size, near.best), vector)

    def _reaching(self, scores: Scores, least: float) -> VectorMatches:
        """What reaches `least` of what the viewer may see, as far as `must` and `must_not` allow."""
        # Whole blocks were scanned, so some of what reaches it is not the viewer's to see.
        slots = np.flatnonzero(scores >= least)
        owners = self._snapshot.owners[slots]
        kept = self._seen[owners]
        near = VectorMatches.of(slots[kept], owners[kept], scores[slots[kept]])
        if len(near.rows) and (self._lexical.must or self._lexical.must_not):
            kept = self._permitted(near.rows)[near.owners]
            near = VectorMatches.of(near.slots[kept], near.owners[kept], near.scores[kept])
        return near

    def _permitted(self, rows: NDArray[np.int32]) -> Mask:
        """The rows, at least among these, that satisfy `must` and `must_not`."""
        required, banned = self._builder.required(self._lexical), self._builder.must_not(self._lexical)
        if len(rows) <= _FEW:
            return self._having([(Occur.Must, self._ids(rows)), *required, *banned])
        permitted = np.full(len(self._snapshot.rows), fill_value=not required)
        if required:
            permitted = self._having(required)
        if banned:
            permitted &= ~self._having([(Occur.Must, Query.boolean_query([(Occur.Should, one) for _, one in banned]))])
        return permitted

    def _judge(self, near: VectorMatches, chosen: Numbers, vector: Halves) -> dict[int, SemanticScore]:
        """Best passage and combined score of the rows at those places."""
        columns, weight = self._snapshot.rows, self._query.title_weight
        rows, similarity = near.rows[chosen], near.best[chosen]
        positions = near.slots[near.best_at[chosen]] - columns.slot[rows]
        titled = np.flatnonzero(columns.title_slot[rows] >= 0)
        titles = self._snapshot.titles[columns.title_slot[rows[titled]]].astype(np.float32) @ vector.astype(np.float32)
        semantic = similarity.copy()
        semantic[titled] = (similarity[titled] + weight * titles) / (1.0 + weight)
        found = zip(rows.tolist(), semantic.tolist(), similarity.tolist(), positions.tolist(), strict=True)
        return {
            row: SemanticScore(mean, plain, columns.passage_of(row, position)) for row, mean, plain, position in found
        }

    # --- the set ------------------------------------------------------------------------------------------------------

    def _ids(self, rows: NDArray[np.integer[Any]]) -> Query:
        """Those rows, without scores."""
        return self._builder.ids(self._snapshot.rows.refs[row] for row in rows.tolist())

    def _narrowed(self, rows: Numbers) -> tuple[Mask, dict[str, dict[str, int]]]:
        """Which of the rows F leaves, and the facets; facets with chosen values are counted without their own filter."""
        filters, names = self._query.filters, dict.fromkeys(self._query.facets)
        held = RowFacets(self._snapshot.rows.values, rows)
        others = self._in_time(rows)
        for name, values in filters.excluded.items():
            others &= ~held.any_of(name, values)
        chosen = {name: held.any_of(name, values) for name, values in filters.fields.items() if values}
        kept = others.copy()
        for having in chosen.values():
            kept &= having
        facets = held.counts(kept, names) if names else {}
        for name in names.keys() & chosen.keys():
            without = others.copy()
            for other in chosen.keys() - {name}:
                without &= chosen[other]
            facets |= held.counts(without, [name])
        return kept, {name: self._most_frequent(counts) for name, counts in facets.items()}

    def _in_time(self, rows: Numbers) -> Mask:
        """Which of the rows were changed within the asked days."""
        filters, within = self._query.filters, np.ones(len(rows), np.bool_)
        if filters.after is None and filters.before is None:
            return within
        days = self._snapshot.rows.changed[rows] // _DAY + _EPOCH
        if filters.after is not None:
            within &= days >= filters.after.toordinal()
        if filters.before is not None:
            within &= days < filters.before.toordinal()
        return within

    def _most_frequent(self, counts: Mapping[str, int]) -> dict[str, int]:
        """By count, then by value."""
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return dict(ordered[: max(0, self._query.facet_size)])

    # --- the candidates -----------------------------------------------------------------------------------------------

    def _by_relevance(self, left: Mask, matched: Numbers, near: Numbers, scores: Scores) -> Iterable[int]:
        """The best of the words and all of S, of the rows that the filters leave."""
        matched, near = matched[left[matched]], near[left[near]]
        best = matched[self._first(matched, self._query.depth, scores[matched])]
        return dict.fromkeys([*best.tolist(), *near.tolist()])

    def _in_order(self, rows: Numbers) -> Iterable[int]:
        """The first `depth` of the rows in the asked order."""
        columns, refs = self._snapshot.rows, self._snapshot.rows.refs
        by = {Sort.ADOPTED: (columns.adoptions, columns.changed), Sort.EVIDENCE: (columns.evidence, columns.changed)}
        order = by.get(self._query.sort, (columns.changed,))
        first: list[int] = rows[self._first(rows, self._query.depth, *(column[rows] for column in order))].tolist()
        return sorted(first, key=lambda row: ([-column[row] for column in order], str(refs[row])))

    def _first(self, rows: NDArray[np.integer[Any]], depth: int, *order: NDArray[Any]) -> Numbers:
        """Where in `rows` the first `depth` stand by those numbers, highest first, ties by reference; in any order."""
        refs, places = self._snapshot.rows.refs, foremost(np.arange(len(rows)), depth, order)
        if len(places) <= depth:
            return places

        def key(place: int) -> tuple[list[Any], str]:
            return [-column[place] for column in order], str(refs[rows[place]])

        return np.array(nsmallest(max(0, depth), places.tolist(), key=key), np.int64)

    def _candidates(
        self, found: Iterable[int], scores: Scores, pool: Mapping[int, SemanticScore]
    ) -> tuple[Candidate, ...]:
        columns, chosen = self._snapshot.rows, list(found)
        meanings = [pool.get(row) for row in chosen]
        # Field by field, as `Candidate` has them: `_make` takes half the time of calling the class for each.
        fields = (
            [columns.refs[row] for row in chosen],
            [score or None for score in scores[chosen].tolist()],  # what asks for nothing positive scores zero
            [one and one.semantic for one in meanings],
            [one and one.passage for one in meanings],
            [columns.title_keys[row] for row in chosen],
            [columns.signals[row] for row in chosen],
            [one and one.similarity for one in meanings],
        )
        return tuple(map(Candidate._make, zip(*fields, strict=True)))


def _usable(query: EngineQuery, snapshot: Snapshot, *, with_vectors: bool) -> Halves | None:
    """The query's vector as the index stores them; None when it cannot be compared with them."""
    if query.vector is None or not with_vectors or np.shape(query.vector) != (snapshot.vectors.shape[1],):
        return None
    direction = unit(query.vector)
    return None if direction is None else direction.astype(np.float16)
