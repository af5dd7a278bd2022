"""What a reader keeps in memory of the row log: one column per thing a query needs to know of a document.

tantivy cannot hand out its stored fields fast enough for four hundred candidates, nor follow an update without reading a
segment anew. The log can: a reader replays only the lines added since it last looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.content import ContentRef, Signals
from core.errors import Unavailable
from search.engine import AccessFilter
from search.engines.common import REMEDY
from search.engines.embedded.records import LogRecord
from search.engines.embedded.values import Mask, Numbers, Values

Pair = tuple[frozenset[str], frozenset[str]]

_AT_ONCE = 8_192
"""Lines parsed together: parsed they take much more memory than what is kept of them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Every line of the log as columns. Immutable: a refresh makes a new one and leaves running queries theirs."""

    refs: tuple[ContentRef, ...]
    title_keys: tuple[str, ...]
    signals: tuple[Signals, ...]
    changed: Numbers
    """Microseconds since 1970, UTC."""
    adoptions: Numbers
    evidence: Numbers
    ends: tuple[int, ...]
    """Where each line ends in the log."""
    latest: Mapping[ContentRef, int]
    """The row that counts for a document; it may be a deletion."""
    alive: Mask
    """Rows that count and are not deletions."""
    pair: Numbers
    """Which of `pairs` a row has: many documents share few pairs of audience and space."""
    pairs: Mapping[Pair, int]
    slot: Numbers
    slots: Numbers
    title_slot: Numbers
    ordinals: Mapping[int, tuple[int, ...]]
    """Passage of each vector, for rows where some passages have none."""
    values: Values

    @classmethod
    def empty(cls) -> "Rows":
        """The columns of an empty log."""
        none = np.empty(0, np.int64)
        return cls(
            (), (), (), none, none, none, (), {}, np.empty(0, np.bool_), none, {}, none, none, none, {}, Values.none()
        )

    def __len__(self) -> int:
        return len(self.refs)

    @property
    def size(self) -> int:
        """Bytes of the log replayed so far."""
        return self.ends[-1] if self.ends else 0

    def extended(self, log: bytes) -> "Rows":
        """These rows and the lines that follow them in the log. A damaged line raises Unavailable."""
        lines, rows = log.splitlines(keepends=True), self
        for start in range(0, len(lines), _AT_ONCE):
            rows = rows._extended(lines[start : start + _AT_ONCE])
        return rows

    def _extended(self, lines: Sequence[bytes]) -> "Rows":
        try:
            records = [LogRecord.parse(line) for line in lines]
        except (ValueError, TypeError) as error:
            raise Unavailable("The row log of the search index is damaged. %(remedy)s", remedy=REMEDY) from error
        base = len(self)
        latest, pairs, ordinals = dict(self.latest), dict(self.pairs), dict(self.ordinals)
        alive = np.concatenate([self.alive, np.array([not record.deleted for record in records])])
        numbers = np.empty((len(records), 7), np.int64)
        for row, record in enumerate(records, base):
            former = latest.get(record.ref)
            if former is not None:
                alive[former] = False
            latest[record.ref] = row
            pair = pairs.setdefault((frozenset(record.audience), frozenset(record.space)), len(pairs))
            signals = record.signals
            numbers[row - base] = (
                *(pair, record.slot, record.slots, record.title_slot),
                *(record.changed, signals.adoptions, signals.evidence),
            )
            if record.ordinals is not None:
                ordinals[row] = record.ordinals
        ends = self.size + np.cumsum([len(line) for line in lines])
        return Rows(
            refs=self.refs + tuple(record.ref for record in records),
            title_keys=self.title_keys + tuple(record.title_key for record in records),
            signals=self.signals + tuple(record.signals for record in records),
            changed=np.concatenate([self.changed, numbers[:, 4]]),
            adoptions=np.concatenate([self.adoptions, numbers[:, 5]]),
            evidence=np.concatenate([self.evidence, numbers[:, 6]]),
            ends=self.ends + tuple(ends.tolist()),
            latest=latest,
            alive=alive,
            pair=np.concatenate([self.pair, numbers[:, 0]]),
            pairs=pairs,
            slot=np.concatenate([self.slot, numbers[:, 1]]),
            slots=np.concatenate([self.slots, numbers[:, 2]]),
            title_slot=np.concatenate([self.title_slot, numbers[:, 3]]),
            ordinals=ordinals,
            values=self.values.extended([record.values for record in records]),
        )

    def visible(self, access: AccessFilter) -> Mask:
        """The living rows that share a token with each set of the viewer."""
        meets = [
            not (access.audience.isdisjoint(audience) or access.spaces.isdisjoint(spaces))
            for audience, spaces in self.pairs
        ]
        if not meets:
            return np.zeros(len(self), np.bool_)
        passes: Mask = np.array(meets)[self.pair] & self.alive
        return passes

    def record(self, row: int, log: memoryview) -> LogRecord:
        """The whole line of a row."""
        start = self.ends[row - 1] if row else 0
        return LogRecord.parse(bytes(log[start : self.ends[row]]))

    def living(self) -> Sequence[int]:
        """The numbers of the living rows."""
        numbers: list[int] = np.flatnonzero(self.alive).tolist()
        return numbers

    def passage_of(self, row: int, position: int) -> int:
        """The ordinal of the passage a row's vector at that position belongs to."""
        gaps = self.ordinals.get(row)
        return position if gaps is None else gaps[position]
