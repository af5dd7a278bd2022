"""Random documents and random questions: the engine must agree with the definition, as sets and counts."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.content import ContentRef, Signals
from search.documents import SearchDocument
from search.engine import (
    AccessFilter,
    AnyOf,
    Delete,
    EngineQuery,
    Filters,
    LexicalQuery,
    Phrase,
    Prefix,
    SearchEngine,
    Sort,
    Word,
    Write,
)
from tests.contract.search.engine_model import (
    DIMENSION,
    MEMBER,
    RECIPE,
    Factory,
    document,
    expected,
    in_order,
)

WORDS = ("police", "policing", "train", "trained", "training", "unit", "units", "border", "e1", "crime")
TOKENS = ("member", "org:1", "org:2", "user:1")
SPACES = ("open", "space:1", "space:2")
FIELDS = ("kind", "topic", "by", "tag")
VALUES = ("a", "b", "c", "d")
CORPUS_SIZE = 60


def _vector(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _some(chance: random.Random, options: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(chance.sample(options, chance.randint(0, most)))


def _document(number: int, chance: random.Random) -> SearchDocument:
    def text(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(0, most)))

    vectors = [None if chance.random() < 0.2 else _vector(chance.randrange(10**6)) for _ in range(chance.randint(0, 4))]
    return document(
        number,
        vectors=vectors,
        title=text(2),
        summary=text(2),
        body=text(6),
        tags=_some(chance, VALUES, 2),
        facets={name: _some(chance, VALUES, 3) for name in ("kind", "topic", "by")},
        audience=frozenset(_some(chance, TOKENS, 3)),
        space=frozenset(_some(chance, SPACES, 2)),
        changed=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(0, 240, 12)),
        signals=Signals(evidence=chance.randint(0, 4), adoptions=chance.choice((0, 0, 1, 5000, 6000))),
        title_vector=_vector(number) if chance.random() < 0.5 else None,
    )


DOCUMENTS = {found.ref: found for found in (_document(i, random.Random(i)) for i in range(CORPUS_SIZE))}


@pytest.fixture(scope="module")
def filled(factory: Factory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    engine = factory(tmp_path_factory.mktemp("model") / "index", RECIPE)
    documents = list(DOCUMENTS.values())
    # Older versions, deletions and several commits leave dead rows and segments behind.
    engine.write([_document(number, random.Random(-1 - number)) for number in range(CORPUS_SIZE + 10)])
    engine.write([Delete(ContentRef("record", number), 1) for number in range(CORPUS_SIZE, CORPUS_SIZE + 10)])
    for start in range(0, CORPUS_SIZE, 25):
        engine.write(documents[start : start + 25])
    yield engine
    engine.close()


leaves = st.one_of(
    st.builds(Word, st.sampled_from((*WORDS, "absent"))),
    st.builds(Phrase, st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple)),
    st.builds(Prefix, st.sampled_from(("poli", "train", "traini", "un", "e", "zz"))),
)
nodes = st.one_of(leaves, st.builds(AnyOf, st.lists(leaves, min_size=1, max_size=3).map(tuple)))


def _nodes(most: int) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(nodes, max_size=most).map(tuple)


@st.composite
def _lexicals(draw: st.DrawFn) -> LexicalQuery:
    should = draw(_nodes(4))
    return LexicalQuery(
        should=should,
        must=draw(_nodes(1)),
        must_not=draw(_nodes(1)),
        minimum=draw(st.integers(0, 3)),
        sufficient=should[: draw(st.sampled_from((0, 0, 1, 2)))],
    )


lexicals = _lexicals()
choices = st.dictionaries(st.sampled_from(FIELDS), st.frozensets(st.sampled_from(VALUES), max_size=2), max_size=2)
days = st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 11))
queries = st.builds(
    EngineQuery,
    access=st.builds(AccessFilter, st.frozensets(st.sampled_from(TOKENS)), st.frozensets(st.sampled_from(SPACES))),
    lexical=st.none() | lexicals,
    vector=st.none() | st.integers(0, 10**6).map(_vector),
    filters=st.builds(Filters, choices, choices, days, days) | st.just(Filters()),
    floor=st.sampled_from((-1.0, 0.1, 0.4, 0.7)),
    pool=st.sampled_from((1, 3, 10, 200)),
    depth=st.just(200),
    sort=st.sampled_from(Sort),
    facets=st.just(FIELDS),
    facet_size=st.sampled_from((2, 50)),
    exclude=st.frozensets(st.sampled_from(sorted(DOCUMENTS)), max_size=2),
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(query=queries)
def test_any_question_is_answered_by_definition(filled: SearchEngine, query: EngineQuery) -> None:
    model = expected(query, DOCUMENTS.values())
    assume(model.is_sharp)
    result = filled.run(query)
    candidates = {candidate.ref: candidate for candidate in result.candidates}
    assert candidates.keys() == model.matching
    assert result.total == len(model.matching) == len(result.candidates)
    assert {name: list(counts.items()) for name, counts in result.facets.items()} == model.facets
    semantic = {ref: c.similarity for ref, c in candidates.items() if c.semantic is not None}
    assert semantic == {ref: pytest.approx(value, abs=2e-3) for ref, value in model.semantic.items()}
    words = {ref for ref, candidate in candidates.items() if candidate.lexical is not None}
    if query.lexical is not None and (query.lexical.must or query.lexical.minimum > 0):
        assert words == model.words
    if query.sort is not Sort.RELEVANCE:
        order = in_order(query.sort, (DOCUMENTS[ref] for ref in model.matching))
        assert [candidate.ref for candidate in result.candidates] == order


writes = st.one_of(
    st.builds(
        lambda number, revision, seed: document(number, revision=revision, body=WORDS[seed]),
        st.integers(0, 3),
        st.integers(0, 4),
        st.integers(0, 9),
    ),
    st.builds(
        lambda number, revision: Delete(ContentRef("record", number), revision), st.integers(0, 3), st.integers(0, 4)
    ),
)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(st.lists(writes, max_size=5), min_size=1, max_size=4))
def test_any_history_of_writes_ends_in_the_newest(filled: SearchEngine, batches: list[list[Write]]) -> None:
    generation = filled.create_generation(RECIPE)
    newest: dict[ContentRef, Write] = {}
    for batch in batches:
        report = filled.write(batch, generation)
        named = [*report.written, *report.deleted, *report.stale]
        assert sorted(named) == sorted({write.ref for write in batch})
        for write in batch:
            if write.ref not in newest or write.revision >= newest[write.ref].revision:
                newest[write.ref] = write
        for ref in named:
            assert (ref in report.written) <= isinstance(newest[ref], SearchDocument)
            assert (ref in report.deleted) <= isinstance(newest[ref], Delete)
        living = {ref: write for ref, write in newest.items() if isinstance(write, SearchDocument)}
        assert {ref: state.content_hash for ref, state in filled.scan(generation)} == {
            ref: write.content_hash for ref, write in living.items()
        }
    filled.drop(generation)


def test_a_filled_index_survives_reopening(filled: SearchEngine, factory: Factory, tmp_path: Path) -> None:
    engine = factory(tmp_path / "index", RECIPE)
    engine.write(list(DOCUMENTS.values()))
    engine.close()
    again = factory(tmp_path / "index", RECIPE)
    query = EngineQuery(MEMBER, LexicalQuery((Word("police"),)), _vector(5), facets=FIELDS)
    one, other = again.run(query), filled.run(query)
    assert (one.total, one.facets) == (other.total, other.facets)
    again.close()
