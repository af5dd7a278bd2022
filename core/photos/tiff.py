"""TIFF: entries that only describe the picture leave its directories, and their values are overwritten with zeros.

The file keeps its length and every offset in it, as the lines of the picture are found by them.
"""

import struct
from dataclasses import dataclass, field

from core.photos.exif import GPS
from core.photos.model import Removed, Stripped, UnreadablePhoto

_EXIF, _XMP, _IPTC, _PHOTOSHOP, _DESCRIPTION, _SUB = 0x8769, 0x02BC, 0x83BB, 0x8649, 0x010E, 0x014A
_INTEROPERABILITY, _PREVIEW = 0xA005, 0x0201
_DIRECTORIES = (_EXIF, GPS, _INTEROPERABILITY)
_SORTS = {
    GPS: Removed.GPS,
    _XMP: Removed.XMP,
    _IPTC: Removed.IPTC,
    _PHOTOSHOP: Removed.IPTC,
    _DESCRIPTION: Removed.COMMENT,
}
_KEPT = frozenset(
    [
        *(*range(254, 267), 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301, *range(317, 326)),
        *(330, 332, 334, 336, 338, 339, 340, 341, 347, *range(512, 522), *range(529, 533), 34675),
    ]
)
"""Baseline and extension tags without which the picture is not what it is; among them the orientation and the colours."""
_LINES = ((273, 279), (324, 325), (513, 514))
"""Tags of offsets and byte counts of strips, tiles and JPEG streams."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_NUMBERS = 200, 4000, 2_000_000
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Entry:
    raw: bytes
    tag: int
    kind: int
    count: int
    value: Range
    """Where its value stands: in the entry itself, or elsewhere when it is longer than four bytes."""
    is_inside: bool


@dataclass(slots=True)
class _Work:
    data: bytearray
    order: str
    removed: set[Removed] = field(default_factory=set)
    kept: list[Range] = field(default_factory=list)
    blank: list[Range] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    numbers_read: int = 0

    def numbers(self, entry: _Entry) -> list[int]:
        """Whole numbers of an entry. All entries together may have as many as a picture needs, and no more."""
        letter = {3: "H", 4: "I", 13: "I"}.get(entry.kind)
        self.numbers_read += entry.count
        if letter is None or self.numbers_read > _MOST_NUMBERS:
            raise UnreadablePhoto
        return list(struct.unpack_from(f"{self.order}{entry.count}{letter}", self.data, entry.value[0]))


def strip(data: bytes) -> Stripped:
    """The picture without hidden data. Raises UnreadablePhoto for what is no whole TIFF of up to 4 GB."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 8:
        raise UnreadablePhoto
    work = _Work(bytearray(data), order)
    waiting = [int(struct.unpack_from(f"{order}I", data, 4)[0])]
    while waiting:
        start = waiting.pop()
        if start:
            waiting += _directory(work, start)
    _overwrite(work)
    return Stripped(bytes(work.data), frozenset(work.removed))


def _directory(work: _Work, start: int) -> list[int]:
    """Take out what must go from one directory of pictures; where further directories begin."""
    entries, following = _entries(work, start)
    kept = [entry for entry in entries if entry.tag in _KEPT]
    by_tag = {entry.tag: entry for entry in kept}
    further = [*work.numbers(by_tag[_SUB])] if _SUB in by_tag else []
    for offsets, counts in _LINES:
        if offsets in by_tag and counts in by_tag:
            places, lengths = work.numbers(by_tag[offsets]), work.numbers(by_tag[counts])
            work.kept += [(place, place + length) for place, length in zip(places, lengths, strict=False)]
    work.kept += [entry.value for entry in kept if not entry.is_inside]
    for entry in entries:
        if entry.tag not in _KEPT:
            work.removed.add(_SORTS.get(entry.tag, Removed.EXIF))
            _blank(work, entry, 0)
    end = start + 2 + 12 * len(entries) + 4
    table = struct.pack(f"{work.order}H", len(kept)) + b"".join(entry.raw for entry in kept)
    table += struct.pack(f"{work.order}I", following)
    work.data[start:end] = table.ljust(end - start, b"\0")
    work.kept.append((start, start + len(table)))
    return [*further, following]


def _entries(work: _Work, start: int) -> tuple[list[_Entry], int]:
    """Entries of a directory, and the offset of the next one."""
    if start in work.seen or len(work.seen) >= _MOST_DIRECTORIES or start + 2 > len(work.data):
        raise UnreadablePhoto
    work.seen.add(start)
    (count,) = struct.unpack_from(f"{work.order}H", work.data, start)
    end = start + 2 + 12 * count
    if count > _MOST_ENTRIES or end + 4 > len(work.data):
        raise UnreadablePhoto
    entries = [_entry(work, start + 2 + 12 * number) for number in range(count)]
    return entries, int(struct.unpack_from(f"{work.order}I", work.data, end)[0])


def _entry(work: _Work, place: int) -> _Entry:
    tag, kind, count, offset = struct.unpack_from(f"{work.order}HHII", work.data, place)
    size = _SIZES.get(kind, 1) * count
    start = place + 8 if size <= 4 else offset
    if start + size > len(work.data):
        raise UnreadablePhoto
    return _Entry(bytes(work.data[place : place + 12]), tag, kind, count, (start, start + size), size <= 4)


def _blank(work: _Work, entry: _Entry, depth: int) -> None:
    """Remember where the value of an entry that goes must be overwritten, with all that it leads to."""
    if not entry.is_inside:
        work.blank.append(entry.value)
    if entry.tag not in _DIRECTORIES or depth > 2:
        return
    for start in work.numbers(entry)[:1]:
        if entry.tag == GPS:
            work.removed.add(Removed.GPS)
        entries, _ = _entries(work, start)
        for inner in entries:
            _blank(work, inner, depth + 1)
        work.blank.append((start, start + 2 + 12 * len(entries) + 4))


def _overwrite(work: _Work) -> None:
    """Zeros over what goes. Raises UnreadablePhoto when something that stays would be hit: such a file is made to mislead."""
    kept, at = _merged(work.kept), 0
    for start, end in _merged(work.blank):
        while at < len(kept) and kept[at][1] <= start:
            at += 1
        if at < len(kept) and kept[at][0] < end:
            raise UnreadablePhoto
        work.data[start:end] = bytes(end - start)


def _merged(ranges: list[Range]) -> list[Range]:
    """The same stretches in order, none touching another: each byte is looked at once, however often it was named."""
    merged: list[Range] = []
    for start, end in sorted(one for one in ranges if one[0] < one[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
