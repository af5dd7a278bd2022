"""What an embedder is. Every matrix is `(n, d) float32` with rows of unit length."""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search.documents import Vector

Matrix = NDArray[np.float32]

PASSAGE_TOKENS = 256
"""A passage with its title is at most this long, whatever the model could take."""

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\ufb00-\ufb06]")


class EmbedderState(StrEnum):
    """Where a model stands in this process."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    OFF = "off"


class Embedder(Protocol):
    """Makes vectors. All methods may be called from any thread."""

    @property
    def digest(self) -> str:
        """Names the model by its content: vectors of equal digests are comparable. Empty without a model."""

    @property
    def dimension(self) -> int:
        """Length of a vector; 0 without a model."""

    @property
    def state(self) -> EmbedderState:
        """Loading, ready, failed, off; idle until somebody asks for it."""

    @property
    def reason(self) -> str:
        """Why it failed, for an administrator; empty otherwise."""

    @property
    def ready(self) -> bool:
        """True when `embed_query` answers at once."""

    @property
    def room(self) -> int:
        """Tokens of one text, the model's own special ones taken off."""

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """Start loading unless that was done; `on_ready` runs once the model has been loaded, never when it failed."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of passages, row by row. Waits for the model; raises Unavailable when it cannot be loaded."""

    def embed_query(self, text: str) -> Vector:
        """The unit vector of a question. Raises Unavailable at once unless the model is ready."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text without special ones. Needs no loaded model."""

    def knows(self, text: str) -> bool:
        """False when most letters are of a script the model was not trained on: its vector would be noise."""


def is_mostly_latin(text: str) -> bool:
    """True unless more than half of the letters are of other scripts."""
    return text.isascii() or 2 * len(_LATIN.findall(text)) >= len(_LETTER.findall(text))


def unit_rows(matrix: NDArray[Any]) -> Matrix:
    """The rows scaled to length 1 as float32; rows of zeros stay."""
    rows = np.asarray(matrix, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[norms == 0] = 1
    scaled: Matrix = np.divide(rows, norms, dtype=np.float32)
    return scaled
