"""Cosines of one query with every visible passage: all of them roughly, those that matter exactly.

The memory is the limit, so what is read of every passage is a byte a dimension. How far such a cosine may be off is known
(Cauchy-Schwarz, from what rounding took of each vector), so whatever could be among the nearest is compared again by the
stored numbers, and the answer is that of comparing all of them so. Measured on two EPYC cores without AVX-512, 100,000 x 384:
bytes 4.2 to 5.4 ms, float16 9.8 to 11 ms, numpy on a float32 copy 9.2 to 13 ms. Gathering the visible rows costs more than
scanning the others with them, so whole blocks are scanned and those without a visible row are left out.
"""

import math
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from search.engines.embedded.storage import Halves

try:
    import numkong
except ImportError:
    HAS_NUMKONG = False  # no wheel for this platform: numpy gives the same answers, slower
else:
    HAS_NUMKONG = True

Scores = NDArray[np.floating]

BLOCK = 1024
"""Passages scanned or left out together."""

UNSEEN = np.float32(-2.0)
"""The score of what was not scanned: below every cosine."""


Runs = tuple[tuple[int, int], ...]
"""Stretches of rows, each beginning with a block."""


class Kernel(Protocol):
    """Compares rows of one append-only matrix of unit vectors with a query."""

    def roughly(self, matrix: Halves, query: Halves, runs: Runs) -> tuple[Scores, float]:
        """The cosine of every row in the runs, `UNSEEN` elsewhere; and how far off any of them may be."""

    def exactly(self, matrix: Halves, query: Halves, rows: NDArray[np.int64]) -> Scores:
        """The cosines of those rows."""


class NumkongKernel:
    """SIMD kernels, which release the GIL: on bytes made once (a dimension's and four more a vector in each process), and on float16 in place."""

    def __init__(self) -> None:
        self._bytes = _Bytes.none(0)
        self._growing = Lock()

    def roughly(self, matrix: Halves, query: Halves, runs: Runs) -> tuple[Scores, float]:
        """See `Kernel`."""
        known, asked = self._bytes_of(matrix), _Bytes.of(query[np.newaxis])
        scores = np.full(len(matrix), UNSEEN, np.float32)
        for start, stop in runs:
            products = np.asarray(numkong.dot(asked.numbers[0], known.numbers[start:stop])).reshape(-1)
            np.multiply(products, known.steps[start:stop] * asked.steps[0], out=scores[start:stop], casting="same_kind")
        # |v.q - v'.q'| <= |v - v'| |q| + |v'| |q - q'|, and no v' is longer than 1 + |v - v'|.
        return scores, known.lost + (1.0 + known.lost) * asked.lost

    def exactly(self, matrix: Halves, query: Halves, rows: NDArray[np.int64]) -> Scores:
        """See `Kernel`."""
        if not len(rows):  # which numkong refuses
            return np.empty(0, np.float32)
        products: Scores = np.asarray(numkong.dot(query, matrix[rows])).reshape(-1)
        return products

    def _bytes_of(self, matrix: Halves) -> "_Bytes":
        """The whole matrix in bytes. Rows never change once committed, so only those that are new are made."""
        if self._bytes.count < len(matrix):
            with self._growing:
                if self._bytes.count < len(matrix):
                    self._bytes = self._bytes.extended(matrix)
        return self._bytes


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Vectors as whole numbers from -127 to 127, each with the length of its step. The arrays have room behind `count`."""

    numbers: NDArray[np.int8]
    steps: NDArray[np.float32]
    count: int
    lost: float
    """The length of the longest difference that rounding made to a vector."""

    @classmethod
    def none(cls, dimension: int, room: int = 0) -> Self:
        """Room for some."""
        return cls(np.empty((room, dimension), np.int8), np.empty(room, np.float32), 0, 0.0)

    @classmethod
    def of(cls, vectors: Halves) -> Self:
        """Rounded."""
        return cls.none(vectors.shape[1]).extended(vectors)

    def extended(self, vectors: Halves) -> Self:
        """These, which are the first of the vectors, and the others; where there is room, in the same arrays, which former ones do not see."""
        known, needed, lost = self.count, len(vectors), self.lost
        held = self if needed <= len(self.numbers) else self.none(vectors.shape[1], needed + needed // 8)
        if held is not self and known:
            held.numbers[:known], held.steps[:known] = self.numbers[:known], self.steps[:known]
        for start in range(known, needed, BLOCK):
            stop = min(start + BLOCK, needed)
            lost = max(lost, _round(vectors[start:stop], held.numbers[start:stop], held.steps[start:stop]))
        return type(self)(held.numbers, held.steps, needed, lost)


def _round(vectors: Halves, numbers: NDArray[np.int8], steps: NDArray[np.float32]) -> float:
    """Fill in numbers and steps of the vectors; how long the longest difference is."""
    # What damage made of a vector must not spoil `lost`, and with it all others.
    wide = np.nan_to_num(vectors.astype(np.float32), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.divide(np.abs(wide).max(axis=1, initial=0.0), 127, out=steps)
    steps[steps == 0.0] = 1.0
    rounded = np.rint(wide / steps[:, np.newaxis])
    numbers[:] = rounded
    wide -= rounded * steps[:, np.newaxis]
    return math.sqrt(np.einsum("ij,ij->i", wide, wide).max(initial=0.0))


class NumpyKernel:
    """BLAS on float32 copies of whole blocks, made once: four times the memory of bytes."""

    def __init__(self) -> None:
        self._blocks: dict[int, NDArray[np.float32]] = {}

    def roughly(self, matrix: Halves, query: Halves, runs: Runs) -> tuple[Scores, float]:
        """See `Kernel`."""
        wide, scores = query.astype(np.float32), np.full(len(matrix), UNSEEN, np.float32)
        for start, stop in runs:
            for first in range(start, stop, BLOCK):
                last = min(first + BLOCK, stop)
                np.dot(self._block(matrix, first, last), wide, out=scores[first:last])
        return scores, 1e-5  # sums of float32 in another order

    def exactly(self, matrix: Halves, query: Halves, rows: NDArray[np.int64]) -> Scores:
        """See `Kernel`."""
        products: Scores = matrix[rows].astype(np.float32) @ query.astype(np.float32)
        return products

    def _block(self, matrix: Halves, first: int, last: int) -> NDArray[np.float32]:
        if last - first < BLOCK:  # still growing
            return matrix[first:last].astype(np.float32)
        # Rows never change once committed, so a full block is good for the life of the generation.
        block = self._blocks.get(first)
        if block is None:
            block = self._blocks[first] = matrix[first:last].astype(np.float32)
        return block


def best_kernel() -> Kernel:
    """The fastest kernel this machine has."""
    return NumkongKernel() if HAS_NUMKONG else NumpyKernel()


def needed_runs(slot: NDArray[np.int64], slots: NDArray[np.int64], total: int) -> Runs:
    """The stretches of the matrix, in whole blocks, that hold every given range of slots."""
    if not len(slot):
        return ()
    blocks = -(-total // BLOCK)
    opens = np.bincount(slot // BLOCK, minlength=blocks + 1)
    shuts = np.bincount((slot + slots - 1) // BLOCK + 1, minlength=blocks + 1)
    wanted = np.concatenate([[False], np.cumsum(opens - shuts)[:blocks] > 0, [False]])
    edges = np.flatnonzero(wanted[1:] != wanted[:-1]).reshape(-1, 2) * BLOCK
    return tuple((start, min(stop, total)) for start, stop in edges.tolist())
