"""Applying one batch to a generation. The caller holds the writer's lock."""

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from tantivy import IndexWriter

from core.content import ContentRef
from search.documents import SearchDocument, StoredState, Vector
from search.engine import Delete, Write, WriteReport
from search.engines.common import flaw, unit, value_term
from search.engines.embedded.analysis import (
    HEAD,
    Normalise,
    head_document,
    tantivy_document,
)
from search.engines.embedded.generation import Head, OpenGeneration, Snapshot
from search.engines.embedded.records import LogRecord, record_of
from search.engines.embedded.storage import encode_passages

_log = logging.getLogger(__name__)

_WASTE_LIMIT = 0.5
_WASTE_MATTERS = 10_000
"""Fewer vectors than this are scanned in no time, dead or alive."""


@dataclass(slots=True)
class _Plan:
    """What of a batch takes effect."""

    effective: dict[ContentRef, Write] = field(default_factory=dict)
    stale: dict[ContentRef, None] = field(default_factory=dict)
    failed: dict[ContentRef, str] = field(default_factory=dict)

    def report(self) -> WriteReport:
        return WriteReport(
            written=tuple(ref for ref, write in self.effective.items() if isinstance(write, SearchDocument)),
            deleted=tuple(ref for ref, write in self.effective.items() if isinstance(write, Delete)),
            stale=tuple(ref for ref in self.stale if ref not in self.effective and ref not in self.failed),
            failed=self.failed,
        )


@dataclass(slots=True)
class _Rows:
    """The bytes a batch appends, and where the files end with them."""

    end: Head
    log: list[bytes] = field(default_factory=list)
    text: list[bytes] = field(default_factory=list)
    vectors: list[bytes] = field(default_factory=list)
    titles: list[bytes] = field(default_factory=list)

    def add(self, record: LogRecord) -> None:
        line = record.line()
        self.log.append(line)
        self.end = replace(self.end, log=self.end.log + len(line))


def apply(generation: OpenGeneration, batch: Sequence[Write], normalise: Normalise) -> WriteReport:
    """Write what of the batch is not stale, durably, in one commit. Each reference ends in one list of the report."""
    snapshot = generation.snapshot()
    plan = _plan(snapshot, batch, generation.recipe.dimension)
    if not plan.effective:
        return plan.report()
    rows = _lay_out(snapshot, plan.effective.values())
    start = snapshot.head
    width = 2 * generation.recipe.dimension
    generation.vectors.append(width * start.slots, rows.vectors)
    generation.titles.append(width * start.titles, rows.titles)
    generation.text.append(start.text, rows.text)
    generation.log.append(start.log, rows.log)
    with generation.writer() as writer:
        for row, write in enumerate(plan.effective.values(), len(snapshot.rows)):
            writer.delete_documents_by_term("id", value_term(str(write.ref)))
            if isinstance(write, SearchDocument):
                writer.add_document(tantivy_document(write, row, normalise))
        writer.delete_documents_by_term("id", HEAD)
        writer.add_document(head_document(json.dumps(asdict(rows.end))))
        commit(writer)
    _warn_of_waste(generation.name, generation.snapshot())
    return plan.report()


def commit(writer: IndexWriter) -> None:
    """The commit point of every write: before it nothing has happened, after it everything has."""
    writer.commit()


def _plan(snapshot: Snapshot, batch: Sequence[Write], dimension: int) -> _Plan:
    plan = _Plan()
    known: dict[ContentRef, int] = {}
    for write in batch:
        ref = write.ref
        if ref not in known:
            known[ref] = _stored_revision(snapshot, ref)
        if write.revision < known[ref]:
            plan.stale[ref] = None
            continue
        reason = flaw(write, dimension) if isinstance(write, SearchDocument) else None
        if reason is not None:
            plan.failed[ref] = reason
            plan.effective.pop(ref, None)
            continue
        known[ref] = write.revision
        plan.failed.pop(ref, None)
        # Taken out first, so that the order stays that of the last writes.
        plan.effective.pop(ref, None)
        plan.effective[ref] = write
    return plan


def _stored_revision(snapshot: Snapshot, ref: ContentRef) -> int:
    row = snapshot.rows.latest.get(ref)
    return -1 if row is None else snapshot.rows.record(row, snapshot.log).state.revision


def _lay_out(snapshot: Snapshot, writes: Collection[Write]) -> _Rows:
    """Give every write its place behind the committed ends of the files."""
    rows = _Rows(snapshot.head)
    for write in writes:
        former = snapshot.passages(write.ref)
        if former is not None:
            end = rows.end
            rows.end = replace(end, documents=end.documents - 1, passages=end.passages - len(former))
        if isinstance(write, Delete):
            rows.add(LogRecord(write.ref, StoredState(write.revision, "", ""), deleted=True))
        else:
            _lay_out_document(rows, write)
    return rows


def _lay_out_document(rows: _Rows, document: SearchDocument) -> None:
    block = encode_passages(document.passages)
    with_vector = [(i, passage.vector) for i, passage in enumerate(document.passages) if passage.vector is not None]
    end = rows.end
    record = replace(
        record_of(document),
        text_start=end.text,
        text_size=len(block),
        slot=end.slots,
        slots=len(with_vector),
        ordinals=None if len(with_vector) == len(document.passages) else tuple(i for i, _ in with_vector),
        title_slot=-1 if document.title_vector is None else end.titles,
    )
    rows.text.append(block)
    rows.vectors.extend(_halves(vector) for _, vector in with_vector)
    if document.title_vector is not None:
        rows.titles.append(_halves(document.title_vector))
    rows.end = replace(
        end,
        text=end.text + len(block),
        slots=end.slots + len(with_vector),
        titles=end.titles + (document.title_vector is not None),
        documents=end.documents + 1,
        passages=end.passages + len(document.passages),
    )
    rows.add(record)


def _halves(vector: Vector) -> bytes:
    direction = unit(vector)
    if direction is None:
        raise ValueError("a vector without direction passed the check")
    return direction.astype(np.float16).tobytes()


def _warn_of_waste(name: str, snapshot: Snapshot) -> None:
    """Dead slots are scanned like living ones; a rebuild is what removes them."""
    total = len(snapshot.vectors)
    waste = dead_share(snapshot)
    if total >= _WASTE_MATTERS and waste > _WASTE_LIMIT:
        _log.warning(
            "%.0f %% of index generation %s is dead; `ipcu index rebuild` makes it small again",
            100 * waste,
            name,
        )


def dead_share(snapshot: Snapshot) -> float:
    """The share of vectors that belong to replaced or deleted documents."""
    total = len(snapshot.vectors)
    return 1.0 - int(snapshot.rows.slots[snapshot.rows.alive].sum()) / total if total else 0.0
