"""The drain: takes dirty marks, brings the index up to date with the database, settles the marks.

Words first: what can be found by its words is written at once; vectors that take time follow in a second write, and the
mark stays until they are there. So a change is visible within a second, whatever waits for the model.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from threading import Event

from core import outbox
from core.clock import Clock
from core.content import ContentRef
from core.db import Database
from core.errors import DomainError, Unavailable
from core.outbox import Claim
from core.sources import Sources
from core.uow import UnitOfWork
from indexer import marks
from indexer.build import PreparedDocument, expected_of, prepare, recipe_for
from indexer.dictionary import update_dictionary
from indexer.lease import LEASE, Lease
from indexer.loading import Loaded, load
from indexer.plan import Expected, SyncAction
from indexer.vectors import VectorStore
from indexer.writing import WRITES, Target, write_targets
from search.documents import Vector
from search.embedding import Embedder, EmbedderState
from search.engine import SearchEngine

log = logging.getLogger(__name__)

INLINE_EMBEDDING_LIMIT = 32
"""So many new texts are embedded before the first write: it takes about as long as the write itself would wait."""
BATCH_PASSAGES = 1_000
"""Passages of one write, which bounds the memory of a batch unless one document alone has more."""
RETRY_LOADING = timedelta(seconds=15)
RETRY_FAILED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """How much one round takes on."""

    claims: int = 64
    group: int = 16
    """Documents read together."""
    lease: timedelta = LEASE
    """Renewed while the round goes on. A worker that is killed in the middle keeps its marks from the others for so long."""
    seconds: float = 5.0
    """How long a round goes on embedding before newer marks get their turn."""
    wait_for_model: bool = False
    """Commands wait for the model to load; a web process writes words and comes back."""


@dataclass(slots=True)
class DrainReport:
    """What became of the marks of one or more rounds."""

    claimed: int = 0
    embedded: int = 0
    """Documents written because their text or their vectors changed."""
    metadata: int = 0
    deleted: int = 0
    unchanged: int = 0
    stale: int = 0
    failed: int = 0
    put_off: int = 0
    """Written without vectors; they follow when the model can be used."""
    unfinished: int = 0
    """Given back because the time was up; the next round goes on."""
    vectors: int = 0
    """Texts embedded."""
    stopped: str = ""
    """Why it ended early; empty when it did not."""

    def add(self, other: "DrainReport") -> None:
        """Sum up a later round. What a former one gave back unfinished is what the later one claimed again."""
        self.claimed, self.unfinished = self.finished, 0
        for one in fields(self):
            if one.name != "stopped":
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        self.stopped = other.stopped or self.stopped

    @property
    def finished(self) -> int:
        """Marks that will not come back in the next round."""
        return self.claimed - self.unfinished

    def __str__(self) -> str:
        counts = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name not in ("claimed", "stopped")]
        said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts if count)
        return (
            f"{self.claimed} changes{': ' if said else ''}{said}{f'. Stopped: {self.stopped}' if self.stopped else ''}"
        )


@dataclass(slots=True)
class _Batch:
    """Claims on their way through, and what keeps some of them from being settled."""

    claims: Mapping[ContentRef, Claim]
    loaded: Loaded
    targets: Sequence[Target]
    failed: dict[ContentRef, str] = field(default_factory=dict)
    waiting: set[ContentRef] = field(default_factory=set)
    unfinished: set[ContentRef] = field(default_factory=set)

    def of(self, refs: Iterable[ContentRef]) -> list[Claim]:
        """The claims on those references."""
        return [self.claims[ref] for ref in refs]


class Drain:
    """Runs rounds. Any number of processes may drain at once: a claim is exclusive."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        sources: Sources,
        engine: SearchEngine,
        embedder: Embedder,
        vectors: VectorStore,
        limits: DrainLimits = DrainLimits(),
        stopping: Event | None = None,
    ) -> None:
        """`stopping`, once set, ends a round early; what it did not finish is given back."""
        self._database = database
        self._clock = clock
        self._sources = sources
        self._engine = engine
        self._embedder = embedder
        self._vectors = vectors
        self._limits = limits
        self._stopping = stopping or Event()
        self._until = 0.0
        self._lease: Lease

    def round(self) -> DrainReport:
        """Handle the marks that are due, at most one round of them. An engine that is down stops it and fails no mark."""
        limits = self._limits
        with UnitOfWork(self._database, self._clock) as work:
            now = work.now
            claims = outbox.claim(work.session, now, limits.claims, limits.lease)
        report = DrainReport(claimed=len(claims))
        if claims:
            self._lease = Lease(
                self._database,
                self._clock,
                lambda session, old, new: outbox.renew(session, claims, old, new),
                until=now + limits.lease,
                length=limits.lease,
            )
            with self._lease:
                self._work_off(claims, report)
        return report

    def _work_off(self, left: Sequence[Claim], report: DrainReport) -> None:
        self._until = time.monotonic() + self._limits.seconds
        try:
            names = write_targets(self._engine, recipe_for(self._embedder))
            while left and not self._stopping.is_set():
                self._handle(left[: self._limits.group], names, report)
                left = left[self._limits.group :]
        except DomainError as error:
            log.warning("indexing stopped: %s", error.message)
            report.stopped = error.message
        finally:
            # Also when the person at the terminal stops it: what is under lease nobody else tries.
            report.claimed -= len(left)
            self._lease.end()
            if left and self._lease.holds:
                self._release(left)

    def _release(self, claims: Sequence[Claim]) -> None:
        with UnitOfWork(self._database, self._clock) as work:
            outbox.release(work.session, claims)

    def _handle(self, claims: Sequence[Claim], names: Sequence[str], report: DrainReport) -> None:
        try:
            self._index(claims, names, report)
        except DomainError:
            raise
        except Exception as error:
            # The job boundary: one document that breaks the indexer must not keep the others from being found.
            if len(claims) > 1:
                for one in claims:
                    self._handle([one], names, report)
                return
            log.exception("%s cannot be indexed", claims[0].ref)
            report.failed += 1
            with UnitOfWork(self._database, self._clock) as work:
                outbox.fail(work.session, claims, type(error).__name__, work.now)

    def _index(self, claims: Sequence[Claim], names: Sequence[str], report: DrainReport) -> None:
        self._lease.check()
        refs = [claim.ref for claim in claims]
        loaded = load(self._database, self._sources, refs)
        places = [Target(self._engine, name, refs) for name in names]
        batch = _Batch({claim.ref: claim for claim in claims}, loaded, places, dict(loaded.failed))
        model = self._embedder.digest
        expected = {ref: expected_of(one, model) for ref, one in loaded.documents.items()}
        outcomes = {ref: _strongest(place.plan(ref, expected.get(ref)) for place in places) for ref in refs}
        for place in places:
            batch.failed.update(place.write((), loaded.absent))
        changed = [ref for ref in expected if outcomes[ref] in WRITES]
        for drafts in self._drafts(loaded, changed):
            self._write(batch, drafts, expected, report)
        self._settle(batch)
        self._count(batch, outcomes, report)

    def _drafts(self, loaded: Loaded, refs: Iterable[ContentRef]) -> Iterator[list[PreparedDocument]]:
        drafts: list[PreparedDocument] = []
        for ref in refs:
            drafts.append(prepare(loaded.documents[ref], self._embedder))
            if sum(len(one.pieces) for one in drafts) >= BATCH_PASSAGES:
                yield drafts
                drafts = []
        if drafts:
            yield drafts

    def _write(
        self,
        batch: _Batch,
        drafts: list[PreparedDocument],
        expected: Mapping[ContentRef, Expected],
        report: DrainReport,
    ) -> None:
        vectors = self._vectors.load([digest for one in drafts for digest in one.texts])
        missing = {key: text for one in drafts for key, text in one.texts.items() if key not in vectors}
        if missing and not (self._embedder.ready and len(missing) <= INLINE_EMBEDDING_LIMIT):
            # Words first. Other documents of the batch are written whole with it.
            self._put(batch, drafts, vectors, expected)
        able = self._embed(missing, vectors, report) if missing else True
        for one in drafts:
            if not _is_complete(one, vectors):
                (batch.unfinished if able else batch.waiting).add(one.source.ref)
        self._put(batch, [one for one in drafts if _is_complete(one, vectors)], vectors, expected)

    def _embed(self, missing: Mapping[str, str], vectors: dict[str, Vector], report: DrainReport) -> bool:
        """Add what can be made in the time left to `vectors`; False when the model cannot be used now."""
        if not self._limits.wait_for_model and not self._embedder.ready:
            self._embedder.load_in_background()
            return False
        if time.monotonic() >= self._until and report.vectors:
            return True
        try:
            made = self._vectors.make(missing, go_on=self._has_time)
        except Unavailable:
            if self._embedder.ready:
                raise
            return False
        report.vectors += len(made)
        vectors.update(made)
        return True

    def _has_time(self) -> bool:
        return time.monotonic() < self._until and not self._stopping.is_set()

    def _put(
        self,
        batch: _Batch,
        drafts: Iterable[PreparedDocument],
        vectors: Mapping[str, Vector],
        expected: Mapping[ContentRef, Expected],
    ) -> None:
        """Write drafts with the vectors there are; the hash of an incomplete one says so."""
        self._lease.check()
        model = self._embedder.digest
        documents = [
            one.finish(
                vectors,
                expected[one.source.ref]
                if _is_complete(one, vectors)
                else expected_of(one.source, model, complete=False),
            )
            for one in drafts
        ]
        for place in batch.targets:
            batch.failed.update(place.write(documents))

    def _settle(self, batch: _Batch) -> None:
        self._lease.check()
        retry = RETRY_FAILED if self._embedder.state is EmbedderState.FAILED else RETRY_LOADING
        waiting = batch.waiting - batch.failed.keys()
        unfinished = batch.unfinished - batch.failed.keys()
        done = batch.claims.keys() - batch.failed.keys() - waiting - unfinished
        with UnitOfWork(self._database, self._clock) as work:
            absent = [ref for ref in batch.loaded.absent if ref not in batch.failed]
            update_dictionary(work.session, batch.loaded.documents.values(), absent)
            outbox.settle(work.session, batch.of(done))
            outbox.release(work.session, batch.of(unfinished))
            marks.postpone(work.session, batch.of(waiting), work.now + retry)
            for ref, reason in batch.failed.items():
                outbox.fail(work.session, batch.of([ref]), reason, work.now)

    @staticmethod
    def _count(batch: _Batch, outcomes: Mapping[ContentRef, SyncAction], report: DrainReport) -> None:
        report.failed += len(batch.failed)
        report.put_off += len(batch.waiting - batch.failed.keys())
        report.unfinished += len(batch.unfinished - batch.failed.keys())
        names = {
            SyncAction.EMBED: "embedded",
            SyncAction.METADATA_ONLY: "metadata",
            SyncAction.DELETE: "deleted",
            SyncAction.NOTHING: "unchanged",
            SyncAction.STALE: "stale",
        }
        for ref in outcomes.keys() - batch.failed.keys() - batch.waiting - batch.unfinished:
            name = names[outcomes[ref]]
            setattr(report, name, getattr(report, name) + 1)


def _is_complete(draft: PreparedDocument, vectors: Mapping[str, Vector]) -> bool:
    return all(digest in vectors for digest in draft.texts)


def _strongest(outcomes: Iterable[SyncAction]) -> SyncAction:
    """Of the outcomes in several generations the one that costs most."""
    order = (SyncAction.EMBED, SyncAction.METADATA_ONLY, SyncAction.DELETE, SyncAction.STALE, SyncAction.NOTHING)
    return min(outcomes, key=order.index)
