"""The only caller of the engine, behind a circuit breaker."""

import time
from collections.abc import Mapping, Sequence

from core.content import ContentRef
from core.errors import Unavailable
from search.engine import EngineQuery, EngineResult, SearchEngine, StoredPassages

OPEN_SECONDS = 10.0
"""How long the circuit breaker stays open: optional queries are skipped for so long after a failure. With servers that hang,
every record page would wait as long as a search may."""


class Retrieval:
    """Runs engine queries. Thread-safe. Every method raises Unavailable when the engine is down."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self._open_until = 0.0

    def run(self, query: EngineQuery) -> EngineResult:
        """Ask the engine, whatever happened before. A failure opens the breaker, an answer closes it."""
        try:
            result = self._engine.run(query)
        except Unavailable:
            self._open_until = time.monotonic() + OPEN_SECONDS
            raise
        self._open_until = 0.0
        return result

    def run_optional(self, query: EngineQuery) -> EngineResult:
        """Ask for something a page can do without: raises Unavailable at once while the breaker is open."""
        if time.monotonic() < self._open_until:
            raise Unavailable("Search was out of order a moment ago.")
        return self.run(query)

    def total(self, query: EngineQuery) -> int:
        """How many documents a query finds."""
        return self.run(query).total

    def passages(self, refs: Sequence[ContentRef]) -> Mapping[ContentRef, StoredPassages]:
        """The stored passages of those documents, each list with the revision it was made from."""
        return self._engine.passages(refs) if refs else {}
