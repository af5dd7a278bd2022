"""JPEG: application segments and comments are left out, the segments that make the picture are copied as they are."""

import struct

from core.photos import exif
from core.photos.model import Removed, Stripped, UnreadablePhoto

START, END, SCAN, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_APPS = range(0xE0, 0xF0)
_RESTARTS = range(0xD0, 0xD8)
_EXIF = b"Exif\0"
_JFIF = b"JFIF\0"
_KEPT = (b"ICC_PROFILE\0", b"Adobe")
"""Colours are wrong without these."""
_SORTS = {
    b"http://ns.adobe.com/x": Removed.XMP,
    b"Photoshop 3.0\0": Removed.IPTC,
    b"MPF\0": Removed.PICTURES,
    b"JFXX\0": Removed.PICTURES,
}


def strip(data: bytes) -> Stripped:
    """The picture without hidden data. Raises UnreadablePhoto for what is no whole JPEG."""
    if data[:2] != bytes((0xFF, START)):
        raise UnreadablePhoto
    pieces, removed = [data[:2]], set[Removed]()
    place, has_exif = 2, False
    while True:
        marker, place = _marker(data, place)
        if marker == END:
            pieces.append(bytes((0xFF, END)))
            if data[place:].strip(b"\0"):
                # What cameras hang on behind: depth maps, films, whole further pictures with their own Exif.
                removed.add(Removed.PICTURES)
            return Stripped(b"".join(pieces), frozenset(removed))
        end = _end_of_segment(data, place)
        content = data[place + 2 : end]
        if marker in _APPS or marker == COMMENT:
            kept, sorts = _application(marker, content, may_orient=not has_exif)
            has_exif = has_exif or content.startswith(_EXIF)
            removed |= sorts
            if kept:
                pieces.append(_segment(marker, kept))
        else:
            pieces.append(_segment(marker, content))
            if marker == SCAN:
                scan_end = _end_of_scan(data, end)
                pieces.append(data[end:scan_end])
                end = scan_end
        place = end


def _marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker at a place, and where what belongs to it begins. Filling bytes may stand before it."""
    if data[place : place + 1] != b"\xff":
        raise UnreadablePhoto
    while data[place : place + 1] == b"\xff":
        place += 1
    if place >= len(data) or data[place] < 0xC0 or data[place] in _RESTARTS or data[place] == START:
        raise UnreadablePhoto
    return data[place], place + 1


def _end_of_segment(data: bytes, place: int) -> int:
    if place + 2 > len(data):
        raise UnreadablePhoto
    (length,) = struct.unpack_from(">H", data, place)
    if length < 2 or place + length > len(data):
        raise UnreadablePhoto
    return place + int(length)


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the compressed lines end: at a marker that neither stands for the byte 255 nor restarts the decoder."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise UnreadablePhoto
        following = data[place + 1]
        if following == 0xFF:
            place += 1
        elif following == 0 or following in _RESTARTS:
            place += 2
        else:
            return place


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _application(marker: int, content: bytes, *, may_orient: bool) -> tuple[bytes, set[Removed]]:
    """What stays of an application segment or comment (nothing: empty), and what was removed."""
    if marker == COMMENT:
        return b"", {Removed.COMMENT}
    if content.startswith(_JFIF):
        # Two bytes before its end a JFIF header says the size of a preview that follows.
        has_preview = len(content) > 14
        return content[:12] + b"\0\0", {Removed.PICTURES} if has_preview else set()
    if content.startswith(_KEPT):
        return content, set()
    if content.startswith(_EXIF):
        orientation, has_place = exif.look(content[6:])
        block = exif.only(orientation) if may_orient else b""
        kept = _EXIF + b"\0" + block if block else b""
        if kept == content:
            return kept, set()
        return kept, {Removed.EXIF, Removed.GPS} if has_place else {Removed.EXIF}
    sorts = {sort for begin, sort in _SORTS.items() if content.startswith(begin)} or {Removed.OTHER}
    if Removed.XMP in sorts and b"GPSL" in content:
        sorts.add(Removed.GPS)
    return b"", sorts
