"""Embedders without a model: a hash of words for tests, and none at all."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from core.errors import Unavailable
from search.documents import Vector
from search.embedding.port import PASSAGE_TOKENS, EmbedderState, Matrix, unit_rows
from search.text import normalise, stem, words

_ROUGH_TOKEN = re.compile(r"\w{1,12}|[^\w\s]")


class _Immediate:
    """What embedders without a model to load have in common."""

    state = EmbedderState.READY
    reason = ""
    ready = True
    room = PASSAGE_TOKENS - 2

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """There is nothing to load."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and punctuation marks; long words count as several."""
        return [len(_ROUGH_TOKEN.findall(normalise(text))) for text in texts]


class HashEmbedder(_Immediate):
    """Hashed bags of stems: texts that share words are similar. For tests and for trying things without the model."""

    def __init__(self, dimension: int = 64, *, knows: Callable[[str], bool] | None = None) -> None:
        self.dimension = dimension
        self.digest = f"hash-{dimension}"
        self._knows = knows

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors; a text without words gets a vector all such texts share."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for one, times in Counter(map(stem, words(text))).items():
                position, sign = _bucket(one)
                row[position % self.dimension] += sign * np.float32(times) ** 0.5
            if not row.any():
                row[0] = 1
        return unit_rows(rows)

    def embed_query(self, text: str) -> Vector:
        """The same as for passages."""
        vector: Vector = self.embed([text])[0]
        return vector

    def knows(self, text: str) -> bool:
        """Every script, unless the constructor was told otherwise."""
        return self._knows is None or self._knows(text)


@lru_cache(maxsize=65_536)
def _bucket(stemmed: str) -> tuple[int, int]:
    number = zlib.crc32(stemmed.encode())
    return number >> 1, 1 if number & 1 else -1


class NoEmbedder(_Immediate):
    """Search without the meaning leg."""

    state = EmbedderState.OFF
    ready = False
    digest = ""
    dimension = 0

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Always raises Unavailable."""
        raise Unavailable("Searching by meaning is switched off.")

    def embed_query(self, text: str) -> Vector:
        """Always raises Unavailable."""
        raise Unavailable("Searching by meaning is switched off.")

    def knows(self, text: str) -> bool:
        """Nothing."""
        return False
