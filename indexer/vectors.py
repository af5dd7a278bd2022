"""Vectors kept in the database by (text digest, model digest), so that nothing is embedded twice."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from core.clock import Clock
from core.db import Database
from core.uow import UnitOfWork
from search.documents import Vector
from search.embedding import Embedder
from search.models import PassageVector

CHUNK = 32
"""Texts embedded and saved together: one or two seconds of work that a kill can lose."""
LOOKUP_BATCH = 400
"""Digests of one query; SQLite takes at most 999 parameters in older builds."""
_STORED = np.dtype("<f2")


class VectorStore:
    """Reads and makes the vectors of one model."""

    def __init__(self, database: Database, clock: Clock, embedder: Embedder) -> None:
        self._database = database
        self._clock = clock
        self._embedder = embedder

    def load(self, digests: Collection[str]) -> dict[str, Vector]:
        """Those that are there: `(d,) float32` by text digest."""
        wanted, found = list(dict.fromkeys(digests)), dict[str, Vector]()
        if not self._embedder.digest:
            return found
        mine = select(PassageVector.text_digest, PassageVector.vector).where(
            PassageVector.model_digest == self._embedder.digest
        )
        with self._database.reading() as session:
            for start in range(0, len(wanted), LOOKUP_BATCH):
                some = col(PassageVector.text_digest).in_(wanted[start : start + LOOKUP_BATCH])
                for digest, stored in session.exec(mine.where(some)):
                    found[digest] = np.frombuffer(stored, dtype=_STORED).astype(np.float32)
        return found

    def make(self, texts: Mapping[str, str], *, go_on: Callable[[], bool] = lambda: True) -> dict[str, Vector]:
        """Embed texts by digest, each chunk saved before the next begins; stops early when `go_on` says no.

        At least one chunk is made. Waits for the model; raises Unavailable when it cannot be loaded.
        """
        digests, made = list(texts), dict[str, Vector]()
        for start in range(0, len(digests), CHUNK):
            if start and not go_on():
                break
            chunk = digests[start : start + CHUNK]
            # Rounded first, so that a vector is the same whether it was just made or read back.
            rows = self._embedder.embed([texts[one] for one in chunk]).astype(_STORED)
            self._save(chunk, rows)
            made.update(zip(chunk, rows.astype(np.float32), strict=True))
        return made

    def prune(self, used: Collection[str], models: Collection[str]) -> int:
        """Forget vectors whose text no document has any more, and those of models no generation uses; returns how many."""
        keep, mine = frozenset(used), self._embedder.digest
        with self._database.reading() as session:
            stored = session.exec(select(PassageVector.text_digest).where(PassageVector.model_digest == mine)).all()
        gone = [digest for digest in stored if digest not in keep]
        foreign = col(PassageVector.model_digest).not_in({*models, mine})
        with UnitOfWork(self._database, self._clock) as work:
            pruned = work.session.execute(delete(PassageVector).where(foreign)).rowcount  # type: ignore[attr-defined]
        for start in range(0, len(gone), LOOKUP_BATCH):
            some = col(PassageVector.text_digest).in_(gone[start : start + LOOKUP_BATCH])
            with UnitOfWork(self._database, self._clock) as work:
                work.session.execute(delete(PassageVector).where(some, col(PassageVector.model_digest) == mine))
        return len(gone) + int(pruned)

    def _save(self, digests: Sequence[str], rows: "np.ndarray[tuple[int, int], np.dtype[np.float16]]") -> None:
        dialect = sqlite if self._database.is_sqlite else postgresql
        insert = dialect.insert(PassageVector.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]
        model = self._embedder.digest
        values = [
            {"text_digest": digest, "model_digest": model, "vector": row.tobytes()}
            for digest, row in zip(digests, rows, strict=True)
        ]
        with UnitOfWork(self._database, self._clock) as work:
            work.session.execute(insert, values)
