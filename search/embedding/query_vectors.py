"""Vectors of questions, kept."""

import threading
from collections import OrderedDict

from search.documents import Vector
from search.embedding.port import Embedder

CACHED_QUERIES = 2_000


class QueryVectors:
    """The vectors of recent questions: one forward pass per question, however often a page of it is turned."""

    def __init__(self, embedder: Embedder, size: int = CACHED_QUERIES) -> None:
        self._embedder = embedder
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    def get(self, text: str) -> Vector:
        """The unit vector of a normalised question, not to be written to. Raises Unavailable like `embed_query`."""
        key = (self._embedder.digest, text)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Outside the lock: two threads may compute the same vector once, but nobody waits for another's question.
        vector = self._embedder.embed_query(text)
        vector.flags.writeable = False
        with self._lock:
            self._kept[key] = vector
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return vector
