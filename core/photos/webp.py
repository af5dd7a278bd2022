"""WebP: the chunks of Exif and XMP, and those that no standard knows, are left out, and the header says so."""

import struct

from core.photos import exif
from core.photos.model import Removed, Stripped, UnreadablePhoto

_KEPT = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
_SORTS = {b"EXIF": Removed.EXIF, b"XMP ": Removed.XMP}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_EXIF = b"Exif\0\0"


def strip(data: bytes) -> Stripped:
    """The picture without hidden data. Raises UnreadablePhoto for what is no whole WebP."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise UnreadablePhoto
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    if end > len(data) or end < 20:
        raise UnreadablePhoto
    chunks: list[tuple[bytes, bytes]] = []
    removed, block, place = set[Removed](), b"", 12
    while place < end:
        name, content, place = _chunk(data, place, end)
        if name in (*_KEPT, b"VP8X"):
            chunks.append((name, content))
            continue
        sort = _SORTS.get(name, Removed.OTHER)
        if sort is Removed.EXIF:
            orientation, has_place = exif.look(content.removeprefix(_EXIF))
            block = block or exif.only(orientation)
            if block == content:
                continue
            if has_place:
                removed.add(Removed.GPS)
        removed.add(sort)
    if not any(name in (b"VP8 ", b"VP8L", b"ANMF") for name, _ in chunks):
        raise UnreadablePhoto
    if data[end:].strip(b"\0"):
        removed.add(Removed.OTHER)
    return Stripped(_written(chunks, block), frozenset(removed))


def _chunk(data: bytes, place: int, end: int) -> tuple[bytes, bytes, int]:
    if place + 8 > end:
        raise UnreadablePhoto
    (length,) = struct.unpack_from("<I", data, place + 4)
    after = place + 8 + int(length)
    if after > end:
        raise UnreadablePhoto
    # The filling byte behind the last chunk is forgotten by some writers.
    return data[place : place + 4], data[place + 8 : after], min(after + length % 2, end)


def _written(chunks: list[tuple[bytes, bytes]], block: bytes) -> bytes:
    """The file of these chunks. An orientation needs the extended header, which a file with Exif has."""
    pieces, is_extended = [], False
    for name, content in chunks:
        if name == b"VP8X" and len(content) >= 10:
            is_extended = True
            flags = content[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if block else 0)
            content = bytes((flags,)) + content[1:]
        pieces.append(_made(name, content))
    if block and is_extended:
        pieces.append(_made(b"EXIF", block))
    body = b"WEBP" + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _made(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
