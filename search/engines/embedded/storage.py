"""Append-only files of a generation, and how passages are laid out in one of them.

None of these files knows how long it is: the head in the last tantivy commit does. Bytes behind it belong to a write
that never committed; the next writer cuts them off, and no reader ever looks there.
"""

import json
import mmap
import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from core.content import Place
from core.errors import Unavailable
from search.documents import Passage
from search.engine import StoredPassage, StoredPassages
from search.engines.common import REMEDY
from search.engines.embedded.damage import UNREADABLE, unreadable

Halves = NDArray[np.float16]

_HEADER = b"IPCU knowledge exchange, search index\n".ljust(64, b"\0")
"""Keeps the files from being empty (an empty file cannot be mapped) and the vectors aligned to a cache line."""

_STEP = 65_536


class AppendFile:
    """A file that only grows. Positions count from behind its header. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mapped: memoryview = memoryview(b"")

    def create(self) -> None:
        """Make it, empty."""
        self._path.write_bytes(_HEADER)

    def append(self, at: int, chunks: Iterable[bytes]) -> None:
        """Put the chunks at `at`, the committed end, over whatever stands behind it, durably."""
        with self._path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size < len(_HEADER) + at:
                raise Unavailable(
                    "%(file)s of the search index is shorter than it was. %(remedy)s",
                    file=self._path.name,
                    remedy=REMEDY,
                )
            file.seek(len(_HEADER) + at)
            file.writelines(chunks)
            end = file.tell()
            if end > size:
                # Room to grow (a hole, which takes no disk), so that readers rarely map the file anew: touching every
                # page of a new mapping costs a query more than the scan itself.
                file.truncate(-(-(end + end // 8) // _STEP) * _STEP)
            file.flush()
            os.fsync(file.fileno())

    def view(self, size: int) -> memoryview:
        """The first `size` bytes, mapped. They stay readable as long as the view is held."""
        needed = len(_HEADER) + size
        if len(self._mapped) < needed:
            with self._path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if len(mapped) < needed:
                raise Unavailable(
                    "%(file)s of the search index is cut short. %(remedy)s", file=self._path.name, remedy=REMEDY
                )
            if mapped[: len(_HEADER)] != _HEADER:
                raise Unavailable(
                    "%(file)s of the search index is damaged. %(remedy)s", file=self._path.name, remedy=REMEDY
                )
            self._mapped = memoryview(mapped)
        return self._mapped[len(_HEADER) : needed]


def as_vectors(view: memoryview, dimension: int) -> Halves:
    """The mapped bytes as a matrix of one vector a row."""
    if not dimension:
        return np.empty((0, 0), np.float16)
    return np.frombuffer(view, np.float16).reshape(-1, dimension)


def encode_passages(passages: Sequence[Passage]) -> bytes:
    """A block of passages: the table of where each ends, then each as JSON, so that any one can be read alone."""
    items = []
    for passage in passages:
        place = passage.place
        fields = [
            passage.text,
            place.source,
            place.label,
            place.anchor,
            place.page,
            place.object_id,
        ]
        items.append(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
    ends = np.cumsum([len(item) for item in items], dtype=np.uint32)
    return ends.astype("<u4").tobytes() + b"".join(items)


class PassageBlock(StoredPassages):
    """The passages of one document, decoded one by one when asked for. Raises Unavailable when they cannot be read."""

    def __init__(self, block: memoryview, count: int, revision: int, generation: str) -> None:
        self.revision = revision
        self._block = block
        self._count = count
        self._generation = generation
        self._decoded: dict[int, StoredPassage] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> StoredPassage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StoredPassage]: ...
    def __getitem__(self, index: int | slice) -> StoredPassage | Sequence[StoredPassage]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        ordinal = index + self._count if index < 0 else index
        if not 0 <= ordinal < self._count:
            raise IndexError(index)
        if ordinal not in self._decoded:
            self._decoded[ordinal] = self._decode(ordinal)
        return self._decoded[ordinal]

    def _decode(self, ordinal: int) -> StoredPassage:
        try:
            base = 4 * self._count
            start = struct.unpack_from("<I", self._block, 4 * ordinal - 4)[0] if ordinal else 0
            end = struct.unpack_from("<I", self._block, 4 * ordinal)[0]
            text, source, label, anchor, page, object_id = json.loads(bytes(self._block[base + start : base + end]))
        except UNREADABLE as error:
            raise unreadable(self._generation, error) from error
        return StoredPassage(ordinal, text, Place(source, label, anchor, page, object_id))
