"""What every search engine promises of writing, of generations and of being closed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.content import Place
from core.errors import Conflict, NotFound, Unavailable
from search.documents import Passage, StoredState
from search.engine import (
    Delete,
    EngineQuery,
    Recipe,
    SearchEngine,
    Word,
)
from tests.contract.search.asking import ask, numbers, ref
from tests.contract.search.engine_model import DIMENSION, MEMBER, RECIPE, Factory, axis, document

# --- writing ------------------------------------------------------------------------------------------------------------


def test_an_older_write_is_stale_and_an_equal_one_replaces(engine: SearchEngine) -> None:
    assert engine.write([document(1, revision=5, body="five")]).written == (ref(1),)
    assert engine.write([document(1, revision=4, body="four"), Delete(ref(1), 4)]).stale == (ref(1),)
    assert numbers(engine, ask(Word("five"))) == [1]
    assert engine.write([document(1, revision=5, body="again")]).written == (ref(1),)
    assert numbers(engine, ask(Word("five"))) == []
    assert numbers(engine, ask(Word("again"))) == [1]


def test_a_delete_is_remembered(engine: SearchEngine) -> None:
    engine.write([document(1, revision=1, body="x1", vectors=[axis(1)]), document(2, body="x1", vectors=[axis(1)])])
    assert engine.write([Delete(ref(1), 3), Delete(ref(9), 2)]).deleted == (ref(1), ref(9))
    assert numbers(engine, ask(Word("x1"), vector=axis(1))) == [2]
    assert engine.state([ref(1), ref(9)]) == {}
    assert engine.passages([ref(1)]) == {}
    assert {found for found, _ in engine.scan()} == {ref(2)}
    assert engine.write([document(1, revision=2), document(9, revision=1)]).stale == (ref(1), ref(9))
    assert engine.write([document(1, revision=3)]).written == (ref(1),)
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == [1, 2]


def test_the_last_write_of_a_batch_wins_and_is_reported_once(engine: SearchEngine) -> None:
    report = engine.write(
        [
            document(1, revision=1, body="one"),
            document(1, revision=2, body="two"),
            Delete(ref(2), 1),
            document(2, revision=2),
            document(2, revision=1),
            document(3),
            Delete(ref(3), 1),
        ]
    )
    assert (report.written, report.deleted, report.stale, dict(report.failed)) == ((ref(1), ref(2)), (ref(3),), (), {})
    assert numbers(engine, ask(Word("two"))) == [1]
    assert {found for found, _ in engine.scan()} == {ref(1), ref(2)}


def test_state_is_what_was_written(engine: SearchEngine) -> None:
    engine.write([document(1, revision=7, content_hash="c", state_hash="s"), document(2)])
    assert engine.state([ref(1), ref(3)]) == {ref(1): StoredState(7, "c", "s")}
    assert dict(engine.scan()) == engine.state([ref(1), ref(2)])
    assert engine.write([]).written == ()


def test_passages_come_back_as_they_were(engine: SearchEngine) -> None:
    place = Place("attachment", "Annex é.pdf", "", 3, 77)
    passages = (Passage("first\nسطر", Place(label="Scope", anchor="scope")), Passage("", place, axis(1)))
    engine.write([document(1, passages=passages), document(2)])
    got = engine.passages([ref(2), ref(1), ref(3)])
    assert [(p.ordinal, p.text, p.place) for p in got[ref(1)]] == [
        (0, "first\nسطر", Place(label="Scope", anchor="scope")),
        (1, "", place),
    ]
    assert list(got[ref(2)]) == []
    assert ref(3) not in got
    assert got[ref(1)][-1].place == place
    assert len(got[ref(1)][0:1]) == 1
    with pytest.raises(IndexError):
        got[ref(1)][2]


def test_passages_come_with_the_revision_they_were_cut_from(engine: SearchEngine) -> None:
    engine.write([document(1, revision=7, passages=(Passage("first", Place()),))])
    assert engine.passages([ref(1)])[ref(1)].revision == 7
    engine.write([document(1, revision=9)])
    assert engine.passages([ref(1)])[ref(1)].revision == 9
    engine.write([document(1, revision=8)])
    assert engine.passages([ref(1)])[ref(1)].revision == 9


def test_thousands_of_passages_in_one_document(engine: SearchEngine) -> None:
    random = np.random.default_rng(3)
    vectors = random.standard_normal((5000, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    engine.write([document(1, vectors=[axis(0, 1)]), document(2, vectors=vectors), document(3, vectors=[axis(1)])])
    result = engine.run(EngineQuery(MEMBER, vector=vectors[4321].astype(np.float32), floor=0.999))
    assert [(c.ref.id, c.passage) for c in result.candidates] == [(2, 4321)]
    assert engine.passages([ref(2)])[ref(2)][4321].text == "passage 4321"


# --- generations --------------------------------------------------------------------------------------------------------


def test_a_new_generation_is_filled_unseen_and_promoted_at_once(engine: SearchEngine) -> None:
    engine.write([document(1)])
    (first,) = engine.generations()
    assert (first.is_current, first.is_building, first.documents, first.recipe) == (True, False, 1, RECIPE)
    name = engine.create_generation(RECIPE)
    engine.write([document(2, vectors=[axis(1)]), document(3, vectors=[axis(1)] * 2)], name)
    assert numbers(engine, EngineQuery(MEMBER)) == [1]
    assert set(engine.state([ref(1), ref(2)], name)) == {ref(2)}
    assert {found for found, _ in engine.scan(name)} == {ref(2), ref(3)}
    second = engine.generations()[1]
    assert (second.name, second.documents, second.passages, second.is_current, second.is_building) == (
        name,
        2,
        3,
        False,
        True,
    )
    assert second.bytes > 0
    engine.promote(name)
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == [2, 3]
    engine.promote(first.name)
    assert numbers(engine, EngineQuery(MEMBER)) == [1]
    assert [(g.is_current, g.is_building) for g in engine.generations()] == [(True, False), (False, False)]


def test_a_former_generation_takes_writes_again_when_it_is_reopened(engine: SearchEngine) -> None:
    engine.write([document(1)])
    first = engine.generations()[0].name
    with pytest.raises(Conflict):
        engine.reopen(first)
    engine.promote(engine.create_generation(RECIPE))
    for _ in range(2):
        engine.reopen(first)
    assert [(g.is_current, g.is_building) for g in engine.generations()] == [(False, True), (True, False)]
    engine.write([document(2)], first)
    engine.promote(first)
    assert [(g.is_current, g.is_building) for g in engine.generations()] == [(True, False), (False, False)]
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == [1, 2]
    with pytest.raises(NotFound):
        engine.reopen("g000009-abcdef")


def test_an_index_of_another_model_says_that_its_vectors_could_not_be_compared(
    engine: SearchEngine, factory: Factory, tmp_path: Path
) -> None:
    engine.write([document(1, body="words", vectors=[axis(1)])])
    asked = EngineQuery(MEMBER, ask(Word("words")).lexical, axis(1))
    assert not engine.run(asked).without_vectors
    successor = factory(tmp_path / "index", another := Recipe(RECIPE.schema, "another model", RECIPE.dimension))
    name = successor.create_generation(another)
    successor.write([document(1, body="words", vectors=[axis(1)])], name)
    successor.promote(name)
    successor.close()
    assert engine.run(asked).without_vectors
    assert not engine.run(ask(Word("words"))).without_vectors


def test_any_number_of_documents_can_be_left_out(engine: SearchEngine) -> None:
    """As when a long import waits to be indexed."""
    engine.write([document(one, body="words", vectors=[axis(1)]) for one in (1, 2, 70_002)])
    many = frozenset(ref(one) for one in range(2, 70_002))
    asked = EngineQuery(MEMBER, ask(Word("words")).lexical, axis(1), exclude=many)
    assert sorted(numbers(engine, asked)) == [1, 70_002]
    assert engine.run(asked).total == 2


def test_the_current_generation_cannot_be_dropped(engine: SearchEngine) -> None:
    engine.write([document(1)])
    current = engine.generations()[0].name
    other = engine.create_generation(RECIPE)
    with pytest.raises(Conflict):
        engine.drop(current)
    engine.drop(other)
    assert [g.name for g in engine.generations()] == [current]
    for act in (lambda: engine.drop(other), lambda: engine.promote(other), lambda: engine.write([document(1)], "../x")):
        with pytest.raises(NotFound):
            act()


def test_another_recipe_reads_words_and_writes_nothing(engine: SearchEngine, factory: Factory, tmp_path: Path) -> None:
    engine.write([document(1, body="patrol", vectors=[axis(1)])])
    for recipe in (Recipe(1, "another", DIMENSION), Recipe(1, "another", 4), Recipe(1, "", 0)):
        other = factory(tmp_path / "index", recipe)
        with pytest.raises(Unavailable, match="rebuild"):
            other.write([document(2)])
        vector = axis(1)[: recipe.dimension]
        assert numbers(other, ask(Word("patrol"), vector=vector)) == [1]
        assert numbers(other, EngineQuery(MEMBER, vector=vector)) == []
        other.close()


def test_an_index_without_vectors_works_with_words(factory: Factory, tmp_path: Path) -> None:
    engine = factory(tmp_path / "plain", Recipe(1, "", 0))
    assert engine.write([document(1, body="patrol", passages=(Passage("patrol", Place()),))]).written == (ref(1),)
    assert ref(2) in engine.write([document(2, vectors=[axis(1)])]).failed
    assert numbers(engine, ask(Word("patrol"), vector=axis(1))) == [1]
    engine.close()


def test_a_closed_engine_is_unavailable(engine: SearchEngine) -> None:
    engine.write([document(1)])
    engine.close()
    for act in _reads(engine):
        with pytest.raises(Unavailable):
            act()


def _reads(engine: SearchEngine) -> list[Callable[[], object]]:
    return [
        lambda: engine.run(EngineQuery(MEMBER)),
        lambda: engine.passages([ref(1)]),
        lambda: engine.state([ref(1)]),
        lambda: list(engine.scan()),
        engine.generations,
        lambda: engine.write([document(1)]),
    ]
