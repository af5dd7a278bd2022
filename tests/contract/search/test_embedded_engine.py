"""What only the embedded engine promises: crashes, processes, damage, and two kernels with one answer."""

import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from core.content import ContentRef
from core.errors import Unavailable
from search.engine import Delete, EngineQuery, LexicalQuery, Phrase, Recipe, Word
from search.engines.embedded import EmbeddedEngine, generation, kernels, writing
from search.engines.embedded import engine as embedded_engine
from search.engines.embedded.kernels import BLOCK, Kernel, NumkongKernel, NumpyKernel, needed_runs
from tests.contract.search.engine_model import DIMENSION, MEMBER, RECIPE, axis, document

ROOT = Path(__file__).parents[3]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


def ask(engine: EmbeddedEngine, word: str) -> set[int]:
    result = engine.run(EngineQuery(MEMBER, LexicalQuery((Word(word),)), axis(1), floor=0.9))
    assert result.total == len(result.candidates)
    return {candidate.ref.id for candidate in result.candidates}


def child(directory: Path, task: str) -> subprocess.Popen[bytes]:
    """Another process at work on the same index; see `child_writer`."""
    module = "tests.contract.search.child_writer"
    return subprocess.Popen([sys.executable, "-m", module, str(directory), task], cwd=ROOT)


# --- processes and crashes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before the log", "before the commit", "after the commit"])
def test_a_killed_writer_leaves_all_or_nothing(directory: Path, moment: str) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(i, body="old", vectors=[axis(0, 1), axis(1)]) for i in (1, 2)])
    assert child(directory, moment).wait(60) == -signal.SIGKILL
    done = moment == "after the commit"
    for reader in (engine, EmbeddedEngine(directory, recipe=RECIPE)):
        assert ask(reader, "old") == ({1, 3} if done else {1, 2})
        assert ask(reader, "new") == ({1, 3} if done else {1, 2})
        assert {ref.id for ref, _ in reader.scan()} == ({1, 3} if done else {1, 2})
    # The next writer, in whatever process, goes on as if nothing had been.
    engine.write([document(4, body="next", vectors=[axis(0, 0, 1)]), document(5, body="next", vectors=[axis(1)])])
    again = EmbeddedEngine(directory, recipe=RECIPE)
    assert ask(again, "next") == ask(engine, "next") == ({1, 3, 4, 5} if done else {1, 2, 4, 5})
    hits = again.run(EngineQuery(MEMBER, vector=axis(0, 0, 1), floor=0.9)).candidates
    assert [(hit.ref.id, hit.passage) for hit in hits] == [(4, 0)]
    assert again.passages([ContentRef("record", 5)])[ContentRef("record", 5)][0].text == "passage 0"


def test_what_a_commit_left_when_it_was_killed_stands_in_nobodys_way(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(i, body="old") for i in (1, 2)])
    words = _only(directory) / "words"
    meta = json.loads((words / "meta.json").read_bytes())
    for segment in meta["segments"]:
        for later in range(1, 30):
            (words / f"{segment['segment_id'].replace('-', '')}.{meta['opstamp'] + later}.del").write_bytes(
                b"half a li"
            )
    for _ in range(3):
        assert engine.write([document(1, revision=2, body="new"), Delete(ContentRef("record", 2), 2)]).written
    assert ask(engine, "old") == set()
    assert ask(EmbeddedEngine(directory, recipe=RECIPE), "new") == {1}


def test_processes_share_an_index(directory: Path) -> None:
    reader = EmbeddedEngine(directory, recipe=RECIPE)
    writers = [child(directory, first) for first in ("0", "10")]
    seen: set[int] = set()
    while any(writer.poll() is None for writer in writers):
        now = ask(reader, "patrol")
        assert now >= seen
        seen = now
    assert [writer.returncode for writer in writers] == [0, 0]
    assert ask(reader, "patrol") == {0, 1, 2, 10, 11, 12}
    assert len(reader.generations()) == 1


def test_threads_read_while_one_writes(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(0, body="patrol", vectors=[axis(1)])])
    errors: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            seen: set[int] = set()
            while not done.is_set():
                now = ask(engine, "patrol")
                assert now >= seen
                seen = now
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for number in range(1, 12):
        engine.write([document(number, body="patrol", vectors=[axis(1)])])
        assert number in ask(engine, "patrol")
    done.set()
    for thread in readers:
        thread.join()
    assert errors == []


def test_waiting_for_another_writer_is_bounded(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE, lock_timeout=0.02)
    engine.write([document(1, body="patrol")])
    with FileLock(directory / "write.lock"):
        for act in (lambda: engine.write([document(2)]), lambda: engine.create_generation(RECIPE)):
            with pytest.raises(Unavailable, match="another process"):
                act()
        assert ask(engine, "patrol") == {1}
    assert engine.write([document(2)]).written


def test_a_failed_commit_changes_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(1, body="old", vectors=[axis(1)])])

    def full(_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "commit", full)
        with pytest.raises(Unavailable, match="no space"):
            engine.write([document(1, revision=2, body="new"), document(2, body="new")])
    assert ask(engine, "old") == {1}
    assert engine.write([document(2, body="new")]).written
    assert ask(EmbeddedEngine(directory, recipe=RECIPE), "new") == {1, 2}


# --- damage -------------------------------------------------------------------------------------------------------------


def _only(directory: Path) -> Path:
    (found,) = (directory / "generations").glob("g*")
    return found


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no CURRENT": lambda root: (root / "CURRENT").unlink(),
    "empty CURRENT": lambda root: (root / "CURRENT").write_text(""),
    "CURRENT elsewhere": lambda root: (root / "CURRENT").write_text("../../etc\n"),
    "binary CURRENT": lambda root: (root / "CURRENT").write_bytes(b"\xff\x00"),
    "missing generation": lambda root: _only(root).rename(root / "elsewhere"),
    "no recipe": lambda root: (_only(root) / "recipe.json").unlink(),
    "other format": lambda root: (_only(root) / "recipe.json").write_text('{"format": 99, "recipe": {}}'),
    "broken recipe": lambda root: (_only(root) / "recipe.json").write_text("{"),
    "broken words": lambda root: (_only(root) / "words" / "meta.json").write_text("{"),
    "no words": lambda root: (_only(root) / "words" / "meta.json").unlink(),
    "cut vectors": lambda root: os.truncate(_only(root) / "vectors.f16", 70),
    "cut log": lambda root: os.truncate(_only(root) / "rows.log", 70),
    "broken log": lambda root: (_only(root) / "rows.log").write_bytes(b"x" * 5000),
    "no passages": lambda root: (_only(root) / "passages.bin").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_unavailable_and_a_rebuild_is_the_way_out(directory: Path, damage: str) -> None:
    with ExitStack() as stack:
        engine = EmbeddedEngine(directory, recipe=RECIPE)
        stack.callback(engine.close)
        engine.write([document(1, body="old", vectors=[axis(1)])])
    DAMAGE[damage](directory)
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    with pytest.raises(Unavailable, match="ipcu index rebuild"):
        engine.run(EngineQuery(MEMBER))
    with pytest.raises(Unavailable, match="ipcu index rebuild"):
        engine.write([document(2)])
    engine.generations()
    name = engine.create_generation(RECIPE)
    engine.write([document(2, body="new", vectors=[axis(1)])], name)
    engine.promote(name)
    assert ask(engine, "new") == {2}


@pytest.mark.parametrize("ending", ["fast", "idx", "pos", "term", "fieldnorm", "store"])
def test_any_bytes_where_the_words_were_are_an_answer_or_unavailable(directory: Path, ending: str) -> None:
    """tantivy panics at some of them."""
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(number, body=f"a seized phone and word{number}") for number in range(1, 40)])
    engine.close()
    (path,) = (one for one in _only(directory).glob(f"words/*.{ending}") if one.stat().st_size == _largest(one))
    whole = path.read_bytes()
    asked = [LexicalQuery((Word("phone"),)), LexicalQuery((Phrase(("seized", "phone")),)), None]
    for seed in range(6):
        noise = random.Random(seed).randbytes(len(whole) // 2)
        path.write_bytes(whole[: len(whole) // 4] + noise + whole[len(whole) // 4 + len(noise) :])
        engine = EmbeddedEngine(directory, recipe=RECIPE)
        for lexical in asked:
            with suppress(Unavailable):
                engine.run(EngineQuery(MEMBER, lexical, facets=("kind", "topic")))
        with suppress(Unavailable):
            engine.write([document(1, revision=seed + 9, body="new")])
        engine.close()


def _largest(path: Path) -> int:
    return max(one.stat().st_size for one in path.parent.glob(f"*{path.suffix}"))


def test_passages_that_cannot_be_decoded_are_unavailable(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(1, body="old", vectors=[axis(1)])])
    engine.close()
    path = _only(directory) / "passages.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:64] + b"\xf7" * (len(whole) - 64))  # the header stays
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    (passages,) = engine.passages([document(1).ref]).values()
    with pytest.raises(Unavailable, match="ipcu index rebuild"):
        list(passages)


def test_an_unwritable_place_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        EmbeddedEngine(tmp_path / "file" / "index", recipe=RECIPE).write([document(1)])


def test_an_interrupted_first_start_is_made_good(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.create_generation(RECIPE)  # and killed before it was promoted
    (directory / "generations" / ".new-g000007-abcdef").mkdir()
    assert engine.write([document(1, body="patrol")]).written
    assert [found.is_current for found in engine.generations()] == [False, True]
    assert not list((directory / "generations").glob(".*"))


def test_what_a_rebuild_replaced_is_freed_without_garbage_collection(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server leaves what it has when it is ready out of garbage collection (`webapp.cli.serve.get_ready`)."""
    alive: weakref.WeakSet[generation.OpenGeneration] = weakref.WeakSet()

    class Watched(generation.OpenGeneration):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            alive.add(self)

    monkeypatch.setattr(embedded_engine, "OpenGeneration", Watched)
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(1, body="old", vectors=[axis(1)])])
    assert ask(engine, "old") == {1}
    (former,) = (found.name for found in engine.generations())
    gc.disable()
    try:
        name = engine.create_generation(RECIPE)
        engine.write([document(2, body="new", vectors=[axis(1)])], name)
        engine.promote(name)
        engine.drop(former)
        assert ask(engine, "new") == {2}
        assert {found.name for found in alive} == {name}
    finally:
        gc.enable()


# --- refresh, kernels, text ---------------------------------------------------------------------------------------------


def test_a_refresh_replays_only_new_rows(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, reader = (EmbeddedEngine(directory, recipe=RECIPE) for _ in range(2))
    engine.write([document(i, body="patrol") for i in range(50)])
    assert len(ask(reader, "patrol")) == 50
    parsed = []
    parse = generation.Rows.extended

    def extended(rows: generation.Rows, log: bytes) -> generation.Rows:
        parsed.append(log.count(b"\n"))
        return parse(rows, log)

    engine.write([document(7, revision=2), document(90, body="patrol")])
    monkeypatch.setattr(generation.Rows, "extended", extended)
    assert ask(reader, "patrol") == {*range(50), 90} - {7}
    assert ask(reader, "patrol") == {*range(50), 90} - {7}
    assert parsed == [2]


NEEDS_NUMKONG = pytest.mark.skipif(not kernels.HAS_NUMKONG, reason="numkong is not installed; `pip install numkong`")


@pytest.mark.parametrize("kernel", [NumpyKernel, pytest.param(NumkongKernel, marks=NEEDS_NUMKONG)])
def test_no_cosine_is_further_off_than_its_kernel_says(kernel: type[Kernel]) -> None:
    random = np.random.default_rng(1)
    for dimension in (3, 8, 384):
        matrix = random.standard_normal((2 * BLOCK + 37, dimension))
        matrix[5] = 0.0
        matrix[6, 1:] = 0.0  # what rounds to nothing beside one large number
        matrix[7, 1:] = matrix[7, 0] / 300
        stored = (matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)).astype(np.float16)
        stored[8], stored[9, 0] = np.nan, np.inf  # as damage makes them
        runs = ((0, BLOCK), (2 * BLOCK, len(matrix)))
        opened = kernel()
        for query in (*stored[[0, 6, 7]], *_units(random, 20, dimension)):
            with np.errstate(invalid="ignore"):
                true = stored.astype(np.float64) @ query.astype(np.float64)
            # A matrix that grows is compared from its beginning again and again.
            for length in (100, BLOCK + 3, len(matrix)):
                seen = tuple((start, min(stop, length)) for start, stop in runs if start < length)
                rough, off = opened.roughly(stored[:length], query, seen)
                whole = np.isfinite(true[:length])
                for start, stop in seen:
                    kept = np.flatnonzero(whole[start:stop]) + start
                    assert np.abs(rough[kept] - true[kept]).max() <= off + 1e-5
            assert (rough[BLOCK : 2 * BLOCK] == kernels.UNSEEN).all()
            chosen = random.integers(10, len(matrix), 50)
            np.testing.assert_allclose(opened.exactly(stored, query, chosen), true[chosen], atol=1e-5)


def _units(random: np.random.Generator, count: int, dimension: int) -> Iterator[np.ndarray]:
    for vector in random.standard_normal((count, dimension)):
        yield (vector / np.linalg.norm(vector)).astype(np.float16)


def test_engines_with_either_kernel_answer_alike(directory: Path) -> None:
    random = np.random.default_rng(2)
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    engine.write([document(i, vectors=random.standard_normal((40, DIMENSION))) for i in range(60)])
    slow = EmbeddedEngine(directory, recipe=RECIPE, kernel=NumpyKernel)
    for _ in range(20):
        query = EngineQuery(MEMBER, vector=random.standard_normal(DIMENSION).astype(np.float32), pool=20)
        one, other = ({c.ref: (c.passage, c.similarity) for c in e.run(query).candidates} for e in (engine, slow))
        assert one.keys() == other.keys()
        for ref, (passage, similarity) in one.items():
            assert other[ref] == (passage, pytest.approx(similarity, abs=1e-5))


def test_only_blocks_with_visible_rows_are_scanned() -> None:
    slot = np.array([0, 10, BLOCK - 1, 5 * BLOCK])
    slots = np.array([10, 5, 2 * BLOCK, 3])
    assert needed_runs(slot, slots, 5 * BLOCK + 3) == ((0, 3 * BLOCK), (5 * BLOCK, 5 * BLOCK + 3))
    assert needed_runs(slot[:0], slots[:0], 10) == ()


def test_text_is_normalised_when_it_is_indexed(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE, normalise=lambda text: text.replace("٣", "3"))
    engine.write([document(1, title="Form ٣", tags=("٣",), facets={"topic": ("٣",)})])
    assert ask(engine, "3") == {1}
    assert engine.run(EngineQuery(MEMBER, facets=("tag", "topic"))).facets == {"tag": {"٣": 1}, "topic": {"٣": 1}}


def test_dead_vectors_are_counted_and_gone_after_a_rebuild(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    assert engine.dead_share() == 0.0
    for revision in range(1, 5):
        engine.write([document(1, revision=revision, vectors=[axis(1)])])
    assert engine.dead_share() == 0.75
    name = engine.create_generation(RECIPE)
    engine.write([document(1, revision=4, vectors=[axis(1)])], name)
    assert engine.dead_share(name) == 0.0


def test_a_recipe_of_another_dimension_is_kept_with_the_generation(directory: Path) -> None:
    engine = EmbeddedEngine(directory, recipe=RECIPE)
    other = Recipe(2, "next model", 4)
    name = engine.create_generation(other)
    successor = EmbeddedEngine(directory, recipe=other)
    successor.write([document(1, vectors=[np.ones(4) / 2])], name)
    assert [found.recipe for found in successor.generations() if found.name == name] == [other]
    with pytest.raises(Unavailable):
        engine.write([document(2)], name)
