"""`Indexer`: everything a job, a command or an administrator's page asks of the write side of the index."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from math import inf
from threading import Event

from core import outbox
from core.clock import Clock
from core.content import ContentRef
from core.db import Database
from core.errors import Unavailable
from core.files import FileStore
from core.sources import Sources
from core.uow import UnitOfWork
from indexer import marks
from indexer.build import prepare, recipe_for
from indexer.drain import Drain, DrainLimits, DrainReport
from indexer.extraction import ExtractionLimits
from indexer.loading import load
from indexer.rebuild import Rebuild, RebuildReport, check_fits
from indexer.texts import Reader, TextStage, count_pending
from indexer.vectors import VectorStore
from indexer.verify import BATCH_DOCUMENTS, Comparison, Progress, all_refs, compare, no_progress
from search.embedding import Embedder, EmbedderState
from search.engine import Generation, Recipe, SearchEngine

log = logging.getLogger(__name__)

TEXTS_PER_DRAIN = 4
"""Files read between two drains, so that a pile of uploads does not keep edits from being found."""

POLL_SECONDS = 1.0
"""Seconds between two looks at what another process is doing."""
IDLE_TIMEOUT = 180.0
"""Seconds without anything to do of our own after which a command leaves the others to it."""

__all__ = ["Indexer", "IndexerStatus", "PendingReport", "recipe_for"]


@dataclass(frozen=True, slots=True)
class IndexerStatus:
    """What the index holds and what waits."""

    waiting: int
    parked: int
    texts: int
    """Files whose text is still to be read."""
    recipe: Recipe
    """What this process would write with."""
    model: EmbedderState
    model_reason: str
    generations: tuple[Generation, ...] = ()
    engine_error: str = ""
    """Why the engine does not answer; empty when it does."""

    @property
    def current(self) -> Generation | None:
        """The generation readers use."""
        return next((one for one in self.generations if one.is_current), None)

    @property
    def documents(self) -> int:
        """Documents readers can find."""
        return self.current.documents if self.current else 0

    @property
    def passages(self) -> int:
        """Passages of those documents."""
        return self.current.passages if self.current else 0

    @property
    def fits(self) -> bool:
        """False when the index was made with another model or version, so that a rebuild is due."""
        return self.current is None or self.current.recipe == self.recipe

    def rows(self) -> list[tuple[str, str]]:
        """Name and value of everything, for a terminal."""
        model = f"{self.model} {self.model_reason}".strip()
        lines = [
            ("documents", str(self.documents)),
            ("passages", str(self.passages)),
            ("waiting", str(self.waiting)),
            ("given up", str(self.parked)),
            ("texts to read", str(self.texts)),
            ("model", f"{model} ({self.recipe.model or 'none'}, {self.recipe.dimension} dimensions)"),
            ("index fits", "yes" if self.fits else "no: run `ipcu index rebuild`"),
        ]
        if self.engine_error:
            lines.append(("engine", self.engine_error))
        for one in self.generations:
            mark = "current" if one.is_current else "building" if one.is_building else "kept"
            size = f"{one.documents} documents, {one.passages} passages, {one.bytes / 1e6:.1f} MB"
            lines.append((f"generation {one.name}", f"{mark}, {size}"))
        if self.current and self.current.differs:
            lines.append(("index layout", f"{self.current.differs}: run `ipcu index rebuild`"))
        return lines


@dataclass(slots=True)
class PendingReport:
    """What one run of the job did."""

    drained: DrainReport = field(default_factory=DrainReport)
    texts: int = 0
    is_cut_short: bool = False
    """It ended because its time was up or the process ends; there may be more to do."""

    def __str__(self) -> str:
        return f"{self.drained}; {self.texts} files read"


class Indexer:
    """The write side. Thread-safe; every method may run in several processes at once."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        sources: Sources,
        engine: SearchEngine,
        embedder: Embedder,
        files: FileStore,
        extraction: ExtractionLimits | None = None,
        limits: DrainLimits | None = None,
        reader: Callable[[], AbstractContextManager[Reader]] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sources = sources
        self._engine = engine
        self._embedder = embedder
        self._limits = limits or DrainLimits()
        # Marks may have been put off before this process began.
        self._is_put_off = True
        self._stopping = Event()
        self._vectors = VectorStore(database, clock, embedder)
        self._texts = TextStage(
            database=database,
            clock=clock,
            files=files,
            limits=extraction or ExtractionLimits(),
            reader=reader,
            stopping=self._stopping,
        )

    def drain_once(self) -> DrainReport:
        """One round over the marks that are due, and over those that waited for the model once it can be used."""
        return self._round(self._limits)

    def drain_all(self, progress: Progress = no_progress) -> DrainReport:
        """For commands: rounds until nothing is due or the engine is down, waiting for the model where vectors are due.

        Marks that wait after a failure are left.
        """
        return self._rounds(replace(self._limits, wait_for_model=True), progress)

    def run_all(self, progress: Progress = no_progress) -> PendingReport:
        """For commands: read new files, index everything that changed and, if others are at it too, see them finish.

        Waits for the model, and for marks that another process holds; one that was killed holds them for half a minute.
        """
        report, since = PendingReport(), time.monotonic()
        while not self._stopping.is_set():
            read = self._read_texts(progress)
            report.texts += read
            drained = self.drain_all(progress)
            report.drained.add(drained)
            if read or drained.finished:
                since = time.monotonic()
            if drained.stopped or not (read or self._waits_for_others(since)):
                break
        return report

    def stop(self) -> None:
        """Make work in other threads of this process end soon, every mark settled or given back. Not to be undone."""
        self._stopping.set()

    def run_pending(self, seconds: float = inf) -> PendingReport:
        """The job: index what changed, read new files a few at a time, index what uses them.

        Begins nothing more after `seconds`, which leaves the rest to another run.
        """
        report, until = PendingReport(), time.monotonic() + seconds

        def has_time() -> bool:
            report.is_cut_short = self._stopping.is_set() or time.monotonic() >= until
            return not report.is_cut_short

        while True:
            report.drained.add(self._rounds(self._limits, go_on=has_time))
            read = self._texts.run(TEXTS_PER_DRAIN, go_on=has_time)
            report.texts += read
            if not read:
                return report

    def model_ready(self) -> None:
        """The model was loaded: documents written without vectors are due now. The next drain would see it itself."""
        self._is_put_off = False
        with UnitOfWork(self._database, self._clock) as work:
            marks.make_due(work.session, work.now)

    def rebuild(self, progress: Progress = no_progress, *, promote: bool = True) -> RebuildReport:
        """Build a new generation and, unless told not to, let readers use it. Stopped, it can be run again to go on.

        Raises Unavailable without model or engine, Conflict when the result does not match the database.
        """
        report = self._builder().run(progress, promote=promote)
        self._mark([*report.failed, *report.comparison.words], "rebuild")
        if report.promoted:
            self.prune_vectors(progress)
        return report

    def verify(self, progress: Progress = no_progress) -> Comparison:
        """Compare database and current generation in both directions; every difference is marked to be indexed again.

        Raises Unavailable when the engine is down or was made with another recipe, and when `stop` was called meanwhile.
        """

        def step(done: int, total: int, unit: str) -> None:
            if self._stopping.is_set():
                raise Unavailable("The comparison was stopped before its end.")
            progress(done, total, unit)

        result = compare(
            database=self._database,
            sources=self._sources,
            engine=self._engine,
            generation=check_fits(self._engine, self._embedder),
            model=self._embedder.digest,
            progress=step,
        )
        self._mark([*result.differences, *result.failed], "verify")
        return result

    def promote(self, name: str, progress: Progress = no_progress) -> Comparison:
        """Let readers use another generation, for instance the former one, once it holds what the database says.

        One of another model or version cannot be written to by this process: readers get it as it is, and Unavailable
        says so. Raises NotFound for an unknown name, Conflict when it does not come out equal to the database.
        """
        chosen = next((one for one in self._engine.generations() if one.name == name), None)
        if chosen is None or chosen.recipe != recipe_for(self._embedder):
            self._engine.promote(name)
            raise Unavailable(
                f"Readers now use {name} as it is, for it was made with another model or version. Run `ipcu index rebuild`."
            )
        if not chosen.is_current:
            report = self._builder().bring_back(name, progress)
            self._mark([*report.failed, *report.comparison.words], "promote")
            return report.comparison
        return self.verify(progress)

    def prune_vectors(self, progress: Progress = no_progress) -> int:
        """Forget kept vectors of texts no document has any more; returns how many."""
        used, done = set[str](), 0
        groups = list(all_refs(self._database, self._sources, BATCH_DOCUMENTS))
        total = sum(map(len, groups))
        for refs in groups:
            for source in load(self._database, self._sources, refs).documents.values():
                used.update(prepare(source, self._embedder).texts)
            done += len(refs)
            progress(done, total, "tidying")
        return self._vectors.prune(used, {one.recipe.model for one in self._engine.generations()})

    def status(self) -> IndexerStatus:
        """What the index holds and what waits. An engine that is down is said, not raised."""
        generations: tuple[Generation, ...] = ()
        error = ""
        try:
            generations = tuple(self._engine.generations())
        except Unavailable as problem:
            error = problem.message
        with self._database.reading() as session:
            return IndexerStatus(
                waiting=outbox.count_waiting(session),
                parked=len(outbox.list_parked(session, 10_000)),
                texts=count_pending(session),
                recipe=recipe_for(self._embedder),
                model=self._embedder.state,
                model_reason=self._embedder.reason,
                generations=generations,
                engine_error=error,
            )

    def _builder(self) -> Rebuild:
        return Rebuild(
            database=self._database,
            sources=self._sources,
            engine=self._engine,
            embedder=self._embedder,
            vectors=self._vectors,
        )

    def _rounds(
        self, limits: DrainLimits, progress: Progress = no_progress, go_on: Callable[[], bool] = lambda: True
    ) -> DrainReport:
        whole = DrainReport()
        with self._database.reading() as session:
            total = outbox.count_waiting(session)
        if total:
            progress(0, total, "documents")
        while True:
            report = self._round(limits)
            whole.add(report)
            if total:
                progress(min(whole.finished, total), total, "documents")
            if not report.claimed or report.stopped or self._stopping.is_set() or not go_on():
                return whole

    def _read_texts(self, progress: Progress) -> int:
        with self._database.reading() as session:
            total = count_pending(session)
        if not total:
            return 0
        progress(0, total, "reading files")
        return self._texts.run(total, on_read=lambda done: progress(done, total, "reading files"))

    def _waits_for_others(self, since: float) -> bool:
        """True, after a moment, while another process holds marks, for as long as one may be at them."""
        with self._database.reading() as session:
            if not outbox.count_leased(session, self._clock.now()):
                return False
        self._stopping.wait(POLL_SECONDS)
        return time.monotonic() < since + IDLE_TIMEOUT

    def _round(self, limits: DrainLimits) -> DrainReport:
        if self._is_put_off and self._embedder.ready:
            self.model_ready()
        drain = Drain(
            database=self._database,
            clock=self._clock,
            sources=self._sources,
            engine=self._engine,
            embedder=self._embedder,
            vectors=self._vectors,
            limits=limits,
            stopping=self._stopping,
        )
        report = drain.round()
        self._is_put_off = self._is_put_off or report.put_off > 0
        return report

    def _mark(self, refs: list[ContentRef], reason: str) -> None:
        if not refs:
            return
        with UnitOfWork(self._database, self._clock) as work:
            for ref in refs:
                work.mark_dirty(ref, reason)
