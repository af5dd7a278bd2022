"""The drain: what it writes, what it embeds, and what it does when something fails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.access import MEMBER
from core.content import ContentRef
from core.outbox import MAX_ATTEMPTS
from indexer.build import expected_of
from search.embedding import EmbedderState
from search.engine import Recipe
from tests.unit.indexer.fakes import Bench

LONG = [f"Paragraph {number} tells of something else entirely." for number in range(100)]


def is_complete(bench: Bench, number: int) -> bool:
    """The index holds all of the document's vectors and says so."""
    document = bench.engine.now()[ContentRef("record", number)]
    expected = expected_of(bench.source.documents[number], bench.embedder.digest)
    has_all = document.title_vector is not None and all(one.vector is not None for one in document.passages)
    assert has_all is (document.content_hash == expected.content_hash)
    return has_all


def test_a_saved_document_is_written_and_its_mark_removed(bench):
    ref = bench.put(1, "Isolate the phone.")
    report = bench.indexer.drain_once()
    assert (report.claimed, report.embedded, report.failed) == (1, 1, 0)
    assert bench.engine.now()[ref].body == "Title 1\n\nIsolate the phone."
    assert is_complete(bench, 1)
    assert bench.marks() == []


def test_an_unchanged_document_is_not_written_again(bench):
    ref = bench.put(1)
    bench.indexer.drain_once()
    bench.engine.batches.clear()
    bench.mark(ref)
    assert bench.indexer.drain_once().unchanged == 1
    assert bench.engine.batches == []
    assert bench.marks() == []


@pytest.mark.parametrize(
    "change",
    [
        {"tags": ("phones",)},
        {"audience": frozenset({"org:1"})},
        {"summary": "Another."},
        {"facets": {"kind": ("case",)}},
        {"revision": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_metadata_embeds_nothing(bench, change):
    bench.put(1, *LONG)
    bench.indexer.drain_all()
    bench.embedder.texts.clear()
    ref = bench.put(1, *LONG, **change)
    assert bench.indexer.drain_once().metadata == 1
    assert bench.embedder.texts == []
    assert getattr(bench.engine.now()[ref], next(iter(change))) == next(iter(change.values()))
    assert is_complete(bench, 1)


def test_an_edit_embeds_only_what_is_new(bench):
    bench.put(1, "Isolate the phone.", "Call the laboratory.")
    bench.indexer.drain_once()
    bench.embedder.texts.clear()
    bench.put(1, "Isolate the phone.", "Call the laboratory at once.", revision=2)
    bench.indexer.drain_once()
    assert bench.embedder.texts == ["Title 1\nCall the laboratory at once."]


def test_what_no_longer_belongs_is_deleted(bench):
    ref = bench.put(1)
    bench.indexer.drain_once()
    bench.remove(1)
    assert bench.indexer.drain_once().deleted == 1
    assert ref not in bench.engine.now()


def test_a_kind_that_nobody_claims_is_deleted(bench):
    bench.mark(ContentRef("poem", 1))
    assert bench.indexer.drain_once().unchanged == 1
    assert bench.marks() == []


def test_an_edit_while_the_drain_works_is_not_lost(bench):
    ref = bench.put(1, "Old text.")

    def edit():
        bench.source.on_load = lambda: None
        bench.put(1, "New text.", revision=2)

    bench.source.on_load = edit
    bench.indexer.drain_once()
    assert bench.engine.now()[ref].body.endswith("\nOld text.")
    assert len(bench.marks()) == 1
    bench.indexer.drain_once()
    assert bench.engine.now()[ref].body.endswith("\nNew text.")
    assert bench.marks() == []


def test_a_newer_index_is_left_alone(bench):
    ref = bench.put(1, "Newer.", revision=7)
    bench.indexer.drain_once()
    bench.put(1, "Older.", revision=6)
    assert bench.indexer.drain_once().stale == 1
    assert bench.engine.now()[ref].body.endswith("\nNewer.")


def test_an_engine_that_is_down_costs_no_attempt(bench):
    bench.put(1)
    bench.engine.is_down = True
    report = bench.indexer.drain_all()
    assert report.stopped == "The engine is down."
    assert [(mark.attempts, mark.claimed_until) for mark in bench.marks()] == [(0, None)]
    bench.engine.is_down = False
    assert bench.indexer.drain_once().embedded == 1


def test_an_index_of_another_recipe_is_not_written_to(bench):
    bench.put(1)
    bench.engine.promote(bench.engine.create_generation(Recipe(1, "another", 64)))
    assert "rebuild" in bench.indexer.drain_all().stopped
    assert bench.engine.now() == {}
    assert bench.marks()[0].attempts == 0


def test_a_broken_document_does_not_keep_back_its_neighbours(bench):
    refs = [bench.put(number) for number in range(1, 6)]
    bench.source.broken = {3}
    report = bench.indexer.drain_once()
    assert (report.embedded, report.failed) == (4, 1)
    assert set(bench.engine.now()) == {ref for ref in refs if ref.id != 3}
    assert [(mark.object_id, mark.error) for mark in bench.marks()] == [(3, "ValueError")]


def test_a_document_the_engine_refuses_is_parked_after_eight_attempts(bench):
    ref = bench.put(1)
    bench.engine.refused = {ref: "too odd"}
    for attempt in range(1, MAX_ATTEMPTS + 1):
        bench.world.clock.advance(timedelta(hours=1))
        assert bench.indexer.drain_once().failed == 1
        assert bench.marks()[0].attempts == attempt
    assert bench.marks()[0].parked
    assert bench.marks()[0].error == "too odd"
    bench.world.clock.advance(timedelta(days=30))
    assert bench.indexer.drain_once().claimed == 0
    assert bench.indexer.status().parked == 1


def test_a_crash_of_the_indexer_over_one_document_fails_that_one(bench):
    bench.put(1)
    bench.put(2, title=None)
    bench.put(3)
    report = bench.indexer.drain_once()
    assert (report.embedded, report.failed) == (2, 1)
    assert [mark.object_id for mark in bench.marks()] == [2]


def test_words_are_there_while_the_model_loads_and_vectors_follow(bench):
    bench.embedder.now = EmbedderState.LOADING
    ref = bench.put(1, "Isolate the phone.")
    assert bench.indexer.drain_once().put_off == 1
    assert bench.engine.now()[ref].body.endswith("\nIsolate the phone.")
    assert not is_complete(bench, 1)
    assert bench.indexer.drain_once().claimed == 0
    bench.embedder.now = EmbedderState.READY
    assert bench.indexer.drain_once().embedded == 1
    assert is_complete(bench, 1)
    assert bench.marks() == []


def test_an_edit_does_not_wait_for_the_model(bench):
    bench.embedder.now = EmbedderState.LOADING
    bench.put(1, "Old.")
    bench.indexer.drain_once()
    ref = bench.put(1, "New.", revision=2)
    bench.indexer.drain_once()
    assert bench.engine.now()[ref].body.endswith("\nNew.")


def test_a_model_that_failed_leaves_words_and_a_waiting_mark(bench):
    bench.embedder.now = EmbedderState.FAILED
    bench.put(1)
    report = bench.indexer.drain_all()
    assert (report.put_off, report.failed) == (1, 0)
    assert not is_complete(bench, 1)
    assert bench.indexer.status().waiting == 1


def test_a_command_waits_for_the_model(bench):
    bench.embedder.now = EmbedderState.IDLE
    bench.put(1)
    assert bench.indexer.drain_all().embedded == 1
    assert is_complete(bench, 1)


def test_a_long_document_is_found_by_words_before_it_has_vectors_and_others_get_their_turn(bench):
    hurried = bench.make(seconds=0)
    bench.put(1, *LONG)
    report = hurried.drain_once()
    assert report.unfinished == 1
    assert 0 < len(bench.embedder.texts) < len(LONG)
    assert not is_complete(bench, 1)
    bench.put(2, "Something urgent.")
    hurried.drain_once()
    assert bench.engine.now()[ContentRef("record", 2)].body.endswith("\nSomething urgent.")
    hurried.drain_all()
    assert is_complete(bench, 1)
    assert is_complete(bench, 2)
    assert len(bench.embedder.texts) == len(set(bench.embedder.texts))
    assert bench.marks() == []


def test_a_kill_in_the_middle_embeds_nothing_twice(bench):
    bench.put(1, *LONG)
    bench.embedder.after = 64
    with pytest.raises(KeyboardInterrupt):
        bench.indexer.drain_once()
    bench.embedder.after = 10_000
    bench.world.clock.advance(timedelta(hours=1))
    bench.indexer.drain_all()
    assert is_complete(bench, 1)
    assert len(bench.embedder.texts) == len(set(bench.embedder.texts)) == len(LONG) + 1


def test_two_drains_share_the_work(bench):
    for number in range(1, 100):
        bench.put(number)
    other = bench.make()
    assert bench.indexer.drain_once().claimed == 64
    assert other.drain_once().claimed == 35


def test_a_text_of_an_unknown_script_has_no_vector_and_waits_for_none(bench):
    bench.embedder._knows = lambda text: text.isascii()
    ref = bench.put(1, "Evidence.", "پولیس تعاون کرتی ہے۔")
    bench.indexer.drain_once()
    assert [one.vector is None for one in bench.engine.now()[ref].passages] == [False, True]
    assert bench.marks() == []


def test_progress_ends_at_the_total(bench):
    seen = []
    for number in range(1, 100):
        bench.put(number)
    bench.indexer.drain_all(lambda done, total, unit: seen.append((done, total, unit)))
    assert seen[-1] == (99, 99, "documents")


def test_hashes_differ_for_whatever_may_differ(bench):
    plain = bench.source.put(1, "One.", "Two.")
    changed = [
        replace(plain, title="Other"),
        replace(plain, sections=plain.sections[:1]),
        replace(plain, language="ur"),
        replace(plain, space=frozenset({"space:1"})),
        replace(plain, audience=frozenset({MEMBER, "org:1"})),
        plain,
    ]
    hashes = {(one.content_hash, one.state_hash) for one in (expected_of(source, "m") for source in changed)}
    assert len(hashes) == len(changed)
    assert expected_of(plain, "m").content_hash != expected_of(plain, "n").content_hash
