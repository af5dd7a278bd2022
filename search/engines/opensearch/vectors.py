"""How vectors are kept: what each kind costs, how it is declared, sent and compared.

What the lucene engine of OpenSearch 3.5 takes was tried on a real node, nested and under filters: `float`, 7 bits, bytes and
`mode: on_disk` with 4x. It refuses 16-bit floats and every other compression; those need the faiss engine's native library.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST_BYTE = 127
_NEIGHBOURS = {"m": 64, "ef_construction": 128}
"""Of each vector in the graph. Of the pool among 100,000 passages, 16 let .770 be found (.786 when searched twice as widely), 32 .912 and
64 .991, indexed at 698, 565 and 554 passages a second (k = 1,000, OpenSearch 3.5.0, one segment)."""


class VectorKind(StrEnum):
    """The values of IPCU_OPENSEARCH_VECTORS."""

    FLOAT = "float"
    """Four bytes a dimension, exact scores."""
    SQ = "sq"
    """The graph compares 7-bit numbers, a quarter of the memory; the floats stay on disk and score what is shown."""
    ON_DISK = "on_disk"
    """As `sq`, and the server compares all it found again by the floats before it chooses."""
    BYTE = "byte"
    """One byte a dimension in memory and on disk; the floats are in the database only."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How an index is laid out on a cluster; takes effect with the next generation."""

    shards: int = 1
    replicas: int = 0
    vectors: VectorKind = VectorKind.FLOAT
    segments: int = 1
    """Segments of a shard after a rebuild; 0 leaves them as they came."""


def field_of(dimension: int, kind: VectorKind) -> dict[str, Any]:
    """The mapping of a vector field."""
    parameters: dict[str, Any] = {**_NEIGHBOURS}
    # The engine is named: the default one needs a native library, and a node without it dies at the first write.
    method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil", "parameters": parameters}
    field: dict[str, Any] = {"type": "knn_vector", "dimension": dimension, "method": method}
    match kind:
        case VectorKind.SQ:
            # The whole range of values: the default interval cuts the ends off, which cost 2 % of recall, measured.
            parameters["encoder"] = {"name": "sq", "parameters": {"bits": 7, "confidence_interval": 1.0}}
        case VectorKind.ON_DISK:
            field |= {"mode": "on_disk", "compression_level": "4x"}
        case VectorKind.BYTE:
            field["data_type"] = "byte"
        case VectorKind.FLOAT:
            pass
    return field


def numbers(vector: NDArray[np.float32], kind: VectorKind) -> list[float] | list[int]:
    """A unit vector as it is sent, stored or asked for."""
    if kind is VectorKind.BYTE:
        # A cosine does not see length, so every vector uses the whole range of a byte.
        scaled: list[int] = np.rint(vector * (_LARGEST_BYTE / np.abs(vector).max())).astype(int).tolist()
        return scaled
    # Seven places are all a float32 of a unit vector holds.
    return [round(number, 7) for number in vector.tolist()]


def cosine(compared: float, kind: VectorKind) -> float:
    """The cosine behind the score of an exact comparison by script, which differs by kind: `1 + cosine`, or half of it."""
    return compared - 1.0 if kind is VectorKind.BYTE else 2.0 * compared - 1.0
