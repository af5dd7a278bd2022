"""Compares database and index in both directions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from sqlmodel import Session, col, select

from core.content import ContentRef
from core.db import Database
from core.outbox import DirtyMark
from core.sources import ContentSource, Sources
from indexer.build import expected_of
from indexer.dictionary import is_for_everybody, list_entries
from indexer.loading import load
from indexer.plan import SyncAction, plan
from search.engine import SearchEngine

BATCH_DOCUMENTS = 64
"""Documents read together."""
Progress = Callable[[int, int, str], None]
"""Called with what is done, what there is, and the unit."""


def no_progress(done: int, total: int, unit: str) -> None:
    """No progress wanted."""


@dataclass(slots=True)
class Comparison:
    """Where database and one generation of the index differ."""

    checked: int = 0
    missing: list[ContentRef] = field(default_factory=list)
    """They belong in the index and are not there."""
    extra: list[ContentRef] = field(default_factory=list)
    """They are there and belong nowhere."""
    different: list[ContentRef] = field(default_factory=list)
    """Text, metadata, access or revision are not what the database says."""
    words: list[ContentRef] = field(default_factory=list)
    """The dictionary has their words and must not, or has not and should."""
    failed: list[ContentRef] = field(default_factory=list)
    """They cannot be read from the database."""
    in_flight: int = 0
    """Differences whose change is already waiting to be indexed; they are in none of the lists."""

    @property
    def differences(self) -> list[ContentRef]:
        """Everything to be indexed again, each once."""
        return list(dict.fromkeys([*self.missing, *self.extra, *self.different, *self.words]))

    @property
    def is_clean(self) -> bool:
        """True when nothing is wrong that is not being put right already."""
        return not self.differences and not self.failed

    def __str__(self) -> str:
        if self.is_clean:
            return f"{self.checked} documents compared, no difference ({self.in_flight} waiting to be indexed)"
        return (
            f"{self.checked} documents compared: {len(self.missing)} missing, {len(self.extra)} too many, "
            f"{len(self.different)} different, {len(self.words)} with wrong words in suggestions, "
            f"{len(self.failed)} unreadable ({self.in_flight} waiting to be indexed)"
        )


def compare(
    *,
    database: Database,
    sources: Sources,
    engine: SearchEngine,
    generation: str,
    model: str,
    progress: Progress = no_progress,
) -> Comparison:
    """Compare one generation with the database. Reads only; the caller decides what follows."""
    stored = dict(engine.scan(generation))
    total, result, everybody = len(stored), Comparison(), set[ContentRef]()
    for refs in all_refs(database, sources):
        loaded = load(database, sources, refs)
        result.failed += loaded.failed
        for ref in loaded.failed:
            stored.pop(ref, None)
        for ref, source in loaded.documents.items():
            if is_for_everybody(source):
                everybody.add(ref)
            held = stored.pop(ref, None)
            if held is None:
                result.missing.append(ref)
            elif plan(expected_of(source, model), held) is not SyncAction.NOTHING:
                result.different.append(ref)
        result.checked += len(refs)
        progress(result.checked, max(total, result.checked), "comparing")
    result.extra = list(stored)
    with database.reading() as session:
        result.words = sorted(everybody.symmetric_difference(list_entries(session)) - set(result.failed))
        _leave_out_waiting(session, result)
    return result


def all_refs(database: Database, sources: Sources, size: int = BATCH_DOCUMENTS) -> Iterator[list[ContentRef]]:
    """Every reference that belongs in the index, in groups of one kind."""
    for source in sources:
        ids = _ids(database, source)
        while group := list(islice(ids, size)):
            yield [ContentRef(source.kind, one) for one in group]


def _ids(database: Database, source: ContentSource) -> Iterator[int]:
    # Read whole before anything else is: an open cursor would hold a snapshot for as long as a rebuild takes.
    with database.reading() as session:
        return iter(list(source.ids(session)))


def _leave_out_waiting(session: Session, result: Comparison) -> None:
    marked = select(DirtyMark.kind, DirtyMark.object_id).where(~col(DirtyMark.parked))
    waiting = {ContentRef(kind, one) for kind, one in session.exec(marked)}
    result.in_flight = len(waiting.intersection(result.differences))
    for name in ("missing", "extra", "different", "words"):
        setattr(result, name, [ref for ref in getattr(result, name) if ref not in waiting])
