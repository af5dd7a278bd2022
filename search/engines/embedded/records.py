"""The row log: one JSON line for every write a generation ever took."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.content import ContentRef, Signals
from search.documents import SearchDocument, StoredState
from search.engines.common import exact_values, microseconds

_NO_SIGNALS = Signals()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of the log: where the parts of a written document lie, or that a document was deleted."""

    ref: ContentRef
    state: StoredState
    deleted: bool
    title_key: str = ""
    signals: Signals = _NO_SIGNALS
    audience: tuple[str, ...] = ()
    space: tuple[str, ...] = ()
    changed: int = 0
    """Microseconds since 1970, UTC."""
    text_start: int = 0
    text_size: int = 0
    passages: int = 0
    slot: int = 0
    """Row of the first passage vector."""
    slots: int = 0
    ordinals: tuple[int, ...] | None = None
    """Passage of each vector, when some passages have none."""
    title_slot: int = -1
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The exact values by field, without the fields that have none."""

    def line(self) -> bytes:
        """The record as a line of ASCII."""
        signals = self.signals
        due = signals.review_due.toordinal() if signals.review_due else None
        state = self.state
        values: list[Any] = [
            self.ref.kind,
            self.ref.id,
            state.revision,
            state.content_hash,
            state.state_hash,
            self.deleted,
        ]
        if not self.deleted:
            values += [
                self.title_key,
                signals.evidence,
                due,
                signals.solved,
                signals.adoptions,
                self.audience,
                self.space,
            ]
            values += [
                self.changed,
                self.text_start,
                self.text_size,
                self.passages,
                self.slot,
                self.slots,
            ]
            values += [self.ordinals, self.title_slot, self.values]
        return json.dumps(values, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "LogRecord":
        """The inverse of `line()`. Raises ValueError for anything else."""
        kind, number, revision, content, state, deleted, *rest = json.loads(line)
        ref, stored = ContentRef(kind, number), StoredState(revision, content, state)
        if deleted:
            return cls(ref, stored, deleted=True)
        key, evidence, due, solved, adoptions, audience, space, changed, *where = rest
        text_start, text_size, passages, slot, slots, ordinals, title_slot, values = where
        return cls(
            ref=ref,
            state=stored,
            deleted=False,
            title_key=key,
            signals=Signals(evidence, date.fromordinal(due) if due else None, solved, adoptions),
            audience=tuple(audience),
            space=tuple(space),
            changed=changed,
            text_start=text_start,
            text_size=text_size,
            passages=passages,
            slot=slot,
            slots=slots,
            ordinals=None if ordinals is None else tuple(ordinals),
            title_slot=title_slot,
            values=values,
        )


def record_of(document: SearchDocument) -> LogRecord:
    """What the log says of a document, before it is known where its parts will lie."""
    return LogRecord(
        ref=document.ref,
        state=StoredState(document.revision, document.content_hash, document.state_hash),
        deleted=False,
        title_key=document.title_key,
        signals=document.signals,
        audience=tuple(sorted(document.audience)),
        space=tuple(sorted(document.space)),
        changed=microseconds(document.changed),
        passages=len(document.passages),
        values={name: held for name, held in exact_values(document).items() if held},
    )
