"""Builds a new generation beside the one readers use, and swaps them when the new one is proved complete.

Edits made meanwhile reach both: the drain writes to every generation of the same recipe that is current or building.
A rebuild that was stopped goes on where it was: what is stored with equal hashes is skipped, what is embedded is kept.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.content import ContentRef
from core.db import Database
from core.errors import Conflict, Unavailable
from core.sources import Sources
from indexer.build import PreparedDocument, expected_of, prepare, recipe_for
from indexer.loading import load
from indexer.plan import SyncAction
from indexer.vectors import VectorStore
from indexer.verify import Comparison, Progress, all_refs, compare, no_progress
from indexer.writing import WRITES, Target
from search.documents import Vector
from search.embedding import Embedder, EmbedderState
from search.engine import Generation, SearchEngine

log = logging.getLogger(__name__)

BATCH_DOCUMENTS = 16
"""Documents brought together: what a stop can lose, and how far progress moves at once."""
MAX_REPAIR_ROUNDS = 3
"""Comparisons, each followed by repairs, before a rebuild gives up. One is enough unless access changes meanwhile."""


@dataclass(slots=True)
class RebuildReport:
    """What a rebuild did."""

    generation: str
    resumed: bool = False
    written: int = 0
    skipped: int = 0
    """Already there from a former, unfinished run, or written by a drain meanwhile."""
    vectors: int = 0
    """Texts embedded; the others' vectors were kept."""
    failed: list[ContentRef] = field(default_factory=list)
    """Documents that could not be read or stored; they are retried by the drain."""
    dropped: list[str] = field(default_factory=list)
    promoted: bool = False
    comparison: Comparison = field(default_factory=Comparison)

    def __str__(self) -> str:
        end = "promoted" if self.promoted else "not promoted"
        return (
            f"Generation {self.generation} {end}: {self.written} documents written, {self.skipped} already there, "
            f"{self.vectors} texts embedded, {len(self.failed)} failed. {self.comparison}"
        )


class Rebuild:
    """One rebuild. At most one should run at a time; a second one works on the same generation and does no harm."""

    def __init__(
        self, *, database: Database, sources: Sources, engine: SearchEngine, embedder: Embedder, vectors: VectorStore
    ) -> None:
        self._database = database
        self._sources = sources
        self._engine = engine
        self._embedder = embedder
        self._vectors = vectors

    def run(self, progress: Progress = no_progress, *, promote: bool = True) -> RebuildReport:
        """Fill, compare, repair, promote. Raises Unavailable without the model or the engine, Conflict when the new
        generation does not come out equal to the database; readers then stay where they are.
        """
        self._need_model()
        return self._fill(self._open(), progress, promote=promote)

    def bring_back(self, name: str, progress: Progress = no_progress) -> RebuildReport:
        """Bring a former generation of the same recipe up to date, prove it, and let readers use it. Raises as `run` does.

        The drain writes to it from the first moment, so that readers meet it as it should be, whoever is killed meanwhile.
        """
        self._engine.reopen(name)
        return self._fill(RebuildReport(name, resumed=True), progress, promote=True)

    def _fill(self, report: RebuildReport, progress: Progress, *, promote: bool) -> RebuildReport:
        groups = list(all_refs(self._database, self._sources, BATCH_DOCUMENTS))
        total, done = sum(map(len, groups)), 0
        progress(done, total, "documents")
        for refs in groups:
            self._bring(report, refs)
            done += len(refs)
            progress(done, total, "documents")
        self._prove(report, progress)
        if promote:
            self._engine.promote(report.generation)
            report.promoted = True
            report.dropped = self._drop_old(report.generation)
        log.info("rebuilt %s: %s documents", report.generation, total)
        return report

    def _need_model(self) -> None:
        if self._embedder.state is EmbedderState.OFF:
            return
        # One short text loads the model, or says at once why an index without vectors is all there could be.
        self._embedder.embed(["ready?"])

    def _open(self) -> RebuildReport:
        recipe = recipe_for(self._embedder)
        building = [one for one in self._engine.generations() if one.is_building]
        # What was begun under other settings would end as the settings no longer ask.
        mine = [one for one in building if one.recipe == recipe and not one.differs]
        for one in building:
            if one not in mine[-1:]:
                self._engine.drop(one.name)
        if mine:
            return RebuildReport(mine[-1].name, resumed=True)
        return RebuildReport(self._engine.create_generation(recipe))

    def _bring(self, report: RebuildReport, refs: Sequence[ContentRef]) -> None:
        """Make the generation hold those objects as the database has them now."""
        loaded = load(self._database, self._sources, refs)
        target = Target(self._engine, report.generation, refs)
        model = self._embedder.digest
        report.failed += loaded.failed
        wanted = []
        for ref, source in loaded.documents.items():
            expected = expected_of(source, model)
            outcome = target.plan(ref, expected)
            if outcome in WRITES:
                wanted.append((prepare(source, self._embedder), expected))
            report.skipped += outcome is SyncAction.NOTHING
        vectors = self._vectors_of([draft for draft, _ in wanted], report)
        failed = target.write([draft.finish(vectors, expected) for draft, expected in wanted], loaded.absent)
        report.failed += failed
        report.written += len(wanted) - len(failed)

    def _vectors_of(self, drafts: Sequence[PreparedDocument], report: RebuildReport) -> Mapping[str, Vector]:
        texts = {digest: text for draft in drafts for digest, text in draft.texts.items()}
        vectors = self._vectors.load(texts)
        missing = {digest: text for digest, text in texts.items() if digest not in vectors}
        if missing:
            vectors |= self._vectors.make(missing)
            report.vectors += len(missing)
        return vectors

    def _prove(self, report: RebuildReport, progress: Progress) -> None:
        for _ in range(MAX_REPAIR_ROUNDS):
            report.comparison = compare(
                database=self._database,
                sources=self._sources,
                engine=self._engine,
                generation=report.generation,
                model=self._embedder.digest,
                progress=progress,
            )
            wrong = _wrong(report.comparison, report.failed)
            if not wrong:
                return
            for start in range(0, len(wrong), 64):
                self._bring(report, wrong[start : start + 64])
        raise Conflict(
            f"Generation {report.generation} does not match the database after {MAX_REPAIR_ROUNDS} repairs; readers stay on the "
            f"present one. {report.comparison}"
        )

    def _drop_old(self, current: str) -> list[str]:
        """Keep one former generation for roll-back."""
        former = [one for one in self._engine.generations() if _is_former(one, current)]
        for one in former[:-1]:
            self._engine.drop(one.name)
        return [one.name for one in former[:-1]]


def check_fits(engine: SearchEngine, embedder: Embedder) -> str:
    """Name of the current generation. Raises Unavailable when this process could not have written it."""
    current = next((one for one in engine.generations() if one.is_current), None)
    if current is None:
        raise Unavailable("There is no index yet. Run `ipcu index rebuild`.")
    if current.recipe != recipe_for(embedder):
        raise Unavailable("The index was made with another model or version. Run `ipcu index rebuild`.")
    return current.name


def _wrong(comparison: Comparison, failed: Sequence[ContentRef]) -> list[ContentRef]:
    """Differences a repair can mend: not the words of the dictionary, nor documents that cannot be read."""
    differences = dict.fromkeys([*comparison.missing, *comparison.extra, *comparison.different])
    return [ref for ref in differences if ref not in set(failed)]


def _is_former(one: Generation, current: str) -> bool:
    return one.name != current and not one.is_current and not one.is_building
