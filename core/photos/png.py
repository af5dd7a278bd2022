"""PNG: chunks of text, time and Exif, and all that no standard knows, are left out."""

import struct
import zlib

from core.photos import exif
from core.photos.model import Removed, Stripped, UnreadablePhoto

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs hIST sPLT cICP mDCV cLLI acTL fcTL fdAT".split()
)
_SORTS = {b"eXIf": Removed.EXIF, b"tEXt": Removed.COMMENT, b"zTXt": Removed.COMMENT, b"iTXt": Removed.COMMENT}
_XMP = b"XML:com.adobe.xmp\0"


def strip(data: bytes) -> Stripped:
    """The picture without hidden data. Raises UnreadablePhoto for what is no whole PNG."""
    if not data.startswith(SIGNATURE):
        raise UnreadablePhoto
    pieces, removed = [SIGNATURE], set[Removed]()
    place, name, has_exif = len(SIGNATURE), b"", False
    while name != b"IEND":
        name, content, place = _chunk(data, place)
        if len(pieces) == 1 and name != b"IHDR":
            raise UnreadablePhoto
        if name in _KEPT:
            pieces.append(make_chunk(name, content))
            continue
        block = b""
        if name == b"eXIf":
            orientation, has_place = exif.look(content)
            block = b"" if has_exif else exif.only(orientation)
            has_exif = True
            if block:
                pieces.append(make_chunk(name, block))
            if has_place:
                removed.add(Removed.GPS)
        if not block or block != content:
            removed.add(Removed.XMP if content.startswith(_XMP) else _SORTS.get(name, Removed.OTHER))
    if data[place:].strip(b"\0"):
        removed.add(Removed.OTHER)
    return Stripped(b"".join(pieces), frozenset(removed))


def make_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _chunk(data: bytes, place: int) -> tuple[bytes, bytes, int]:
    """Name and content of the chunk at a place, and where the next one begins."""
    if place + 12 > len(data):
        raise UnreadablePhoto
    (length,) = struct.unpack_from(">I", data, place)
    end = place + 12 + int(length)
    if end > len(data):
        raise UnreadablePhoto
    name, content = data[place + 4 : place + 8], data[place + 8 : end - 4]
    if struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(name + content):
        raise UnreadablePhoto
    return name, content, end
