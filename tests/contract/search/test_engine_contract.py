"""What every search engine promises, by example. `test_engine_against_model` says the same by definition."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import numpy as np
import pytest

from core.content import Place, Signals
from search.documents import Passage
from search.engine import (
    AccessFilter,
    AnyOf,
    EngineQuery,
    Filters,
    LexicalQuery,
    Node,
    Phrase,
    Prefix,
    SearchEngine,
    Sort,
    Word,
)
from tests.contract.search.asking import ask, lexical, numbers, ref
from tests.contract.search.engine_model import DIMENSION, MEMBER, axis, document

# --- words --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "summary", "body", "tags"])
def test_a_word_is_found_stemmed_in_every_text_field(engine: SearchEngine, field: str) -> None:
    text = ("Hostage negotiations",) if field == "tags" else "Hostage negotiations"
    engine.write([document(1, **{field: text}), document(2, body="something else")])
    assert numbers(engine, ask(Word("negotiation"))) == [1]
    assert numbers(engine, ask(Word("neglect"))) == []


def test_scores_of_fields_add_up_and_the_body_counts_most(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, body="rescue", title="plan", tags=("plan",)),
            document(2, body="plan", title="rescue", tags=("plan",)),
            document(3, body="rescue", title="rescue", tags=("plan",)),
            document(4, body="plan", title="plan", tags=("plan",)),
        ]
    )
    scores = {c.ref.id: c.lexical or 0.0 for c in engine.run(ask(Word("rescue"))).candidates}
    assert scores[3] > scores[1] > scores[2] > 0


def test_a_phrase_needs_its_words_next_to_each_other_in_one_field(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, body="the crime scenes were secured"),
            document(2, body="a scene of crime"),
            document(3, title="Crime scene"),
            document(4, title="crime", body="scene"),
            document(5, summary="crime scene", tags=("crime scene",)),
        ]
    )
    assert sorted(numbers(engine, ask(Phrase(("crime", "scene"))))) == [1, 3]
    assert sorted(numbers(engine, ask(Phrase(("crime",))))) == [1, 2, 3, 4]


def test_a_prefix_is_unstemmed_and_looks_into_body_and_title(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, body="interviewing witnesses"),
            document(2, title="Interview plan"),
            document(3, body="interviews"),
            document(4, summary="interviewing"),
        ]
    )
    assert sorted(numbers(engine, ask(Prefix("interv")))) == [1, 2, 3]
    assert numbers(engine, ask(Prefix("interviewin"))) == [1]


def test_of_synonyms_the_best_counts(engine: SearchEngine) -> None:
    engine.write([document(1, body="car"), document(2, body="vehicle car"), document(3, body="boat")])
    options = (Word("car"), Word("vehicle"))
    best = {c.ref.id: c.lexical for c in engine.run(ask(AnyOf(options))).candidates}
    alone = [{c.ref.id: c.lexical for c in engine.run(ask(option)).candidates} for option in options]
    assert best == {1: alone[0][1], 2: max(scores[2] or 0.0 for scores in alone)}


def test_must_must_not_and_minimum(engine: SearchEngine) -> None:
    engine.write([document(1, body="a1 b1"), document(2, body="b1 c1"), document(3, body="a1 b1 c1"), document(4)])
    a, b, c = Word("a1"), Word("b1"), Word("c1")
    assert sorted(numbers(engine, lexical(should=(a, b, c), minimum=2))) == [1, 2, 3]
    assert sorted(numbers(engine, lexical(should=(a, b, c), minimum=3))) == [3]
    assert numbers(engine, lexical(should=(a,), minimum=2)) == []
    assert sorted(numbers(engine, lexical(must=(b,)))) == [1, 2, 3]
    assert sorted(numbers(engine, lexical(must=(b,), should=(a,)))) == [1, 3]
    assert sorted(numbers(engine, lexical(must=(b,), should=(a,), minimum=0))) == [1, 2, 3]
    assert numbers(engine, lexical(must=(b,), must_not=(a,))) == [2]
    assert sorted(numbers(engine, lexical(must_not=(a,)))) == [2, 4]
    assert sorted(numbers(engine, lexical())) == [1, 2, 3, 4]


def test_one_word_that_suffices_is_enough_and_scores_no_more_than_otherwise(engine: SearchEngine) -> None:
    engine.write([document(1, body="a1 b1"), document(2, body="b1 c1"), document(3, body="a1"), document(4, body="d1")])
    a, b, c = Word("a1"), Word("b1"), Word("c1")
    asked = lexical(should=(a, b, c), minimum=3, sufficient=(a,))
    assert sorted(numbers(engine, asked)) == [1, 3]
    assert sorted(numbers(engine, lexical(should=(a, b, c), minimum=2, sufficient=(a,)))) == [1, 2, 3]
    assert sorted(numbers(engine, lexical(should=(a, c), minimum=3, sufficient=(a, c)))) == [1, 2, 3]
    assert numbers(engine, lexical(should=(a, b), must=(c,), minimum=2, sufficient=(a,))) == []
    plain = {c.ref: c.lexical for c in engine.run(lexical(should=(a, b, c), minimum=1)).candidates}
    assert {c.ref: c.lexical for c in engine.run(asked).candidates} == {
        ref: pytest.approx(score) for ref, score in plain.items() if ref.id in (1, 3)
    }


def test_without_words_and_vector_everything_is_there_newest_first(engine: SearchEngine) -> None:
    engine.write([document(1), document(3), document(2)])
    result = engine.run(EngineQuery(MEMBER))
    assert [c.ref.id for c in result.candidates] == [3, 2, 1]
    assert {c.lexical for c in result.candidates} == {None}


WEIRD = [
    "",
    " ",
    "-",
    "\0",
    "a\0b",
    "\ud800",
    "x" * 70_000,
    "é́",
    ".*",
    "[",
    "\\",
    "a.b*",
    "أمن",
    "'; --",
    "{}",
    "w" * 300,
]


@pytest.mark.parametrize("text", WEIRD)
def test_no_text_breaks_a_query_or_a_write(engine: SearchEngine, text: str) -> None:
    nodes: Iterable[Node] = (Word(text), Phrase((text,)), Phrase((text, text)), Phrase(()), Prefix(text), AnyOf(()))
    weird = document(
        1,
        title=text,
        summary=text,
        tags=(text,),
        body=f"{text} common",
        facets={"topic": (text,), "by": (text,)},
        title_key=text,
        passages=(Passage(text, Place(label=text, anchor=text)),),
    )
    report = engine.write([weird, document(2, body="common")])
    assert set(report.written) == {ref(1), ref(2)}
    for node in nodes:
        engine.run(ask(node, facets=("topic", "by", "tag")))
    assert sorted(numbers(engine, ask(Word("common")))) == [1, 2]
    assert numbers(engine, ask(Word("common"), filters=Filters({"topic": frozenset({text})}))) == [1]
    assert len(engine.passages([ref(1)])[ref(1)][0].text) == len(text)


# --- meaning ------------------------------------------------------------------------------------------------------------


def test_the_best_passage_counts_and_the_title_adds_its_share(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, vectors=[axis(0, 1), axis(0.8, 0.6), axis(0, 0, 1)]),
            document(2, vectors=[None, axis(0.6, 0.8)], title_vector=axis(1)),
            document(3, vectors=[None]),
            document(4),
        ]
    )
    result = engine.run(EngineQuery(MEMBER, vector=axis(1), floor=0.1, title_weight=0.25))
    got = {c.ref.id: (c.passage, c.similarity, c.semantic, c.lexical) for c in result.candidates}
    assert got == {
        1: (1, pytest.approx(0.8, abs=2e-3), pytest.approx(0.8, abs=2e-3), None),
        2: (1, pytest.approx(0.6, abs=2e-3), pytest.approx((0.6 + 0.25) / 1.25, abs=2e-3), None),
    }
    assert result.total == 2


def test_floor_pool_and_must_decide_the_pool_before_the_filters(engine: SearchEngine) -> None:
    engine.write(
        [
            document(
                i, vectors=[axis(10 - i, i)], body="odd" if i % 2 else "even", facets={"kind": ("k",) if i > 2 else ()}
            )
            for i in range(1, 9)
        ]
    )
    vector = axis(1)
    kind = Filters({"kind": frozenset({"k"})})

    def near(**changes: object) -> list[int]:
        return sorted(numbers(engine, EngineQuery(MEMBER, vector=vector, **changes)))  # type: ignore[arg-type]

    assert near(floor=0.9) == [1, 2, 3]
    assert near(pool=4) == [1, 2, 3, 4]
    assert near(pool=4, filters=kind) == [3, 4]
    assert near(pool=2, lexical=LexicalQuery(must_not=(Word("odd"),))) == [2, 4]
    assert near(pool=2, lexical=LexicalQuery(should=(Word("nothing"),), must=(Word("odd"),))) == [1, 3]
    assert near(pool=2, exclude=frozenset({ref(1)})) == [2, 3]


def test_both_legs_are_one_list(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, body="patrol", vectors=[axis(1)]),
            document(2, body="patrol", vectors=[axis(0, 1)]),
            document(3, vectors=[axis(0.9, 0.1)]),
            document(4),
        ]
    )
    result = engine.run(ask(Word("patrol"), vector=axis(1), floor=0.5))
    legs = {c.ref.id: (c.lexical is not None, c.semantic is not None) for c in result.candidates}
    assert legs == {1: (True, True), 2: (True, True), 3: (False, True)}
    assert result.total == 3


def test_what_let_a_document_in_does_not_decide_its_scores(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, body="police patrol", vectors=[axis(0.2, 1)]),
            document(2, body="patrol", vectors=[axis(1)]),
            document(3, body="police", vectors=[axis(1)]),
            document(4, body="training", vectors=[axis(1)]),
            document(5, body="patrol", vectors=[axis(0, 1)]),
        ]
    )
    asked = LexicalQuery(should=(Word("patrol"), Word("police")), minimum=2)
    result = engine.run(EngineQuery(MEMBER, asked, axis(1), floor=0.5, title_weight=0))
    got = {c.ref.id: (c.lexical, c.semantic) for c in result.candidates}
    assert got.keys() == {1, 2, 3, 4}  # the fifth has too few of the words and too little of the meaning
    assert result.total == 4
    assert {number: lexical is not None for number, (lexical, _) in got.items()} == {
        1: True,
        2: True,
        3: True,
        4: False,
    }
    assert {number: semantic for number, (_, semantic) in got.items()} == {
        1: pytest.approx(0.196, abs=2e-3),
        **dict.fromkeys((2, 3, 4), pytest.approx(1.0, abs=2e-3)),
    }
    # A word scores the same whichever way its document was found.
    alone = engine.run(EngineQuery(MEMBER, LexicalQuery(should=asked.should, minimum=1)))
    assert {c.ref.id: c.lexical for c in alone.candidates if c.ref.id != 5} == {
        number: pytest.approx(got[number][0]) for number in (1, 2, 3)
    }


@pytest.mark.parametrize("vector", [np.zeros(DIMENSION), np.full(DIMENSION, np.nan), np.ones(3), np.ones(0)])
def test_a_vector_without_direction_finds_nothing(engine: SearchEngine, vector: np.ndarray) -> None:
    engine.write([document(1, body="patrol", vectors=[axis(1)])])
    assert numbers(engine, EngineQuery(MEMBER, vector=vector.astype(np.float32))) == []
    assert numbers(engine, ask(Word("patrol"), vector=vector.astype(np.float32))) == [1]


@pytest.mark.parametrize(
    "vector", [np.zeros(DIMENSION), np.full(DIMENSION, np.inf), np.full(DIMENSION, np.nan), np.ones(3)]
)
def test_a_bad_vector_is_refused_and_the_rest_of_the_batch_written(engine: SearchEngine, vector: np.ndarray) -> None:
    report = engine.write([document(1, vectors=[axis(1), vector]), document(2), document(3, title_vector=vector)])
    assert report.written == (ref(2),)
    assert set(report.failed) == {ref(1), ref(3)}
    assert set(engine.state([ref(1), ref(2), ref(3)])) == {ref(2)}


# --- access and filters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "spaces", "seen"),
    [
        ({"member"}, {"open"}, [1]),
        ({"org:1"}, {"open", "space:2"}, [1, 2]),
        ({"org:2"}, {"space:2"}, [2]),
        ({"member"}, {"space:2"}, []),
        (set(), {"open"}, []),
        ({"member"}, set(), []),
        ({"org:"}, {"open"}, []),
    ],
)
def test_a_viewer_sees_what_shares_a_token_with_each_set(
    engine: SearchEngine, audience: set[str], spaces: set[str], seen: list[int]
) -> None:
    engine.write(
        [
            document(1, body="x1", audience=frozenset({"member", "org:1"}), facets={"kind": ("a",)}, vectors=[axis(1)]),
            document(
                2, body="x1", audience=frozenset({"org:1", "org:2"}), space=frozenset({"space:2"}), vectors=[axis(1)]
            ),
            document(3, body="x1", audience=frozenset(), vectors=[axis(1)]),
            document(4, body="x1", space=frozenset(), vectors=[axis(1)]),
        ]
    )
    access = AccessFilter(frozenset(audience), frozenset(spaces))
    for words, vector in ((None, None), (LexicalQuery((Word("x1"),)), None), (None, axis(1))):
        result = engine.run(EngineQuery(access, words, vector, facets=("kind", "unheard of")))
        assert sorted(c.ref.id for c in result.candidates) == seen
        assert result.total == len(seen)
        assert result.facets == {"kind": {"a": 1} if 1 in seen else {}, "unheard of": {}}


def test_filters_take_any_value_of_all_fields_and_none_of_the_excluded(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, facets={"kind": ("sop",), "by": ("ana",), "topic": ("x", "y")}, tags=("Tag One",)),
            document(2, facets={"kind": ("case",), "topic": ("y",)}, tags=("tag one",)),
            document(3, facets={"kind": ("thread",), "topic": ("z",)}),
        ]
    )

    def narrowed(fields: dict[str, set[str]], excluded: dict[str, set[str]] | None = None) -> list[int]:
        both = [{name: frozenset(values) for name, values in part.items()} for part in (fields, excluded or {})]
        return sorted(numbers(engine, EngineQuery(MEMBER, filters=Filters(*both))))

    assert narrowed({"kind": {"sop", "case"}}) == [1, 2]
    assert narrowed({"kind": {"sop", "case"}, "topic": {"x", "z"}}) == [1]
    assert narrowed({"by": {"ana"}}) == [1]
    assert narrowed({"tag": {"Tag One"}}) == [1]
    assert narrowed({}, {"topic": {"x", "z"}}) == [2]
    assert narrowed({"topic": {"y"}}, {"kind": {"case"}}) == [1]
    assert narrowed({"kind": set()}) == [1, 2, 3]
    assert narrowed({"unheard of": {"x"}}) == []
    assert narrowed({}, {"unheard of": {"x"}}) == [1, 2, 3]


def test_dates_are_days_in_utc(engine: SearchEngine) -> None:
    late = datetime.fromisoformat("2024-05-02T01:00:00+02:00")
    engine.write([document(1, changed=late), document(2, changed=datetime(2024, 5, 2, tzinfo=UTC)), document(3)])
    day = date(2024, 5, 2)
    assert numbers(engine, EngineQuery(MEMBER, filters=Filters(after=day))) == [2]
    assert numbers(engine, EngineQuery(MEMBER, filters=Filters(before=day))) == [1, 3]
    assert numbers(engine, EngineQuery(MEMBER, filters=Filters(after=date(2024, 5, 1), before=day))) == [1]


def test_facets_are_ordered_cut_and_counted_multi_select(engine: SearchEngine) -> None:
    engine.write(
        [
            document(1, facets={"topic": ("b", "a"), "kind": ("sop",)}),
            document(2, facets={"topic": ("c", "c")}),
            document(3, facets={"topic": ("a",), "kind": ("case",)}),
            document(4, facets={"kind": ("case",)}),
        ]
    )
    facets = engine.run(EngineQuery(MEMBER, facets=("topic", "kind"))).facets
    assert list(facets["topic"].items()) == [("a", 2), ("b", 1), ("c", 1)]
    chosen = Filters({"kind": frozenset({"sop"})})
    result = engine.run(EngineQuery(MEMBER, filters=chosen, facets=("topic", "kind"), facet_size=1))
    assert result.total == 1
    assert result.facets == {"topic": {"a": 1}, "kind": {"case": 2}}


# --- order --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [(Sort.NEWEST, [4, 11, 2, 3, 1]), (Sort.ADOPTED, [2, 3, 4, 11, 1]), (Sort.EVIDENCE, [1, 11, 2, 4, 3])],
)
def test_an_asked_order_is_kept_and_cut_at_depth(engine: SearchEngine, sort: Sort, order: list[int]) -> None:
    facts = {1: (1, 4, 0), 2: (2, 1, 9), 3: (2, 0, 9), 4: (3, 0, 1), 11: (3, 1, 1)}  # day, evidence, adoptions
    engine.write(
        [
            document(
                number,
                body="patrol",
                vectors=[axis(1)],
                changed=datetime(2024, 1, day, tzinfo=UTC),
                signals=Signals(evidence=evidence, adoptions=adoptions),
            )
            for number, (day, evidence, adoptions) in facts.items()
        ]
    )
    # Equal days and counts fall back to the reference as text: record:11 before record:4.
    expected = {Sort.NEWEST: [11, 4, 2, 3, 1], Sort.ADOPTED: [2, 3, 11, 4, 1]}.get(sort, order)
    for query in (
        ask(Word("patrol"), sort=sort),
        EngineQuery(MEMBER, vector=axis(1), sort=sort),
        ask(Word("patrol"), vector=axis(1), sort=sort),
    ):
        assert numbers(engine, query) == expected
    cut = engine.run(ask(Word("patrol"), sort=sort, depth=2))
    assert [c.ref.id for c in cut.candidates] == expected[:2]
    assert cut.total == 5


def test_equal_keys_are_cut_by_reference_even_when_there_are_many(engine: SearchEngine) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    engine.write([document(i, changed=moment) for i in range(200)])
    result = engine.run(EngineQuery(MEMBER, sort=Sort.NEWEST, depth=3))
    assert [str(c.ref) for c in result.candidates] == sorted(f"record:{i}" for i in range(200))[:3]


def test_depth_bounds_the_words_but_not_the_total(engine: SearchEngine) -> None:
    engine.write([document(i, body="patrol " * i, vectors=[axis(1, i)] if i == 1 else ()) for i in range(1, 9)])
    result = engine.run(ask(Word("patrol"), depth=3, vector=axis(1, 1), floor=0.9))
    assert result.total == 8
    assert sorted(c.ref.id for c in result.candidates if c.semantic is None) == [6, 7, 8]
    assert ref(1) in {c.ref for c in result.candidates}


def test_candidates_carry_what_ranking_looks_at(engine: SearchEngine) -> None:
    signals = Signals(evidence=3, review_due=date(2026, 1, 2), solved=True, adoptions=7)
    engine.write([document(1, title_key="crime scene", signals=signals)])
    (candidate,) = engine.run(EngineQuery(MEMBER)).candidates
    assert (candidate.title_key, candidate.signals) == ("crime scene", signals)
