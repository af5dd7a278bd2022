"""What a file really is. The name only decides between kinds of text, never about a binary."""

import codecs
import struct
from pathlib import Path, PurePath

import filetype  # type: ignore[import-untyped]

from indexer.extraction.model import (
    DOCX,
    ENCRYPTED_OFFICE,
    HTML,
    MARKDOWN,
    PDF,
    PLAIN,
    PPTX,
    UNKNOWN,
)

_HEAD_BYTES = 65_536
# The list of entries at the end of an office file is small; a bigger one is not worth reading.
_TAIL_BYTES = 1_048_576
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP = "application/zip"
_OLE = "application/x-ole-storage"
_OFFICE_PARTS = (
    ("word/document", DOCX),
    ("ppt/presentation", PPTX),
    ("xl/workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_SUFFIXES = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
    ".txt": PLAIN,
    ".text": PLAIN,
}
# Bytes that no text in an 8-bit encoding contains.
_BINARY_BYTES = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


def sniff_media_type(head: bytes, filename: str) -> str:
    """Return the media type of a file from its first bytes (some KB are enough).

    Text is told apart by the extension of ``filename``; a binary is only ever what its content
    says. Anything unrecognised is "application/octet-stream".
    """
    if _looks_like_pdf(head):
        return PDF
    if head.startswith(_OLE_MAGIC):
        return ENCRYPTED_OFFICE if _utf16("EncryptedPackage") in head else _OLE
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    return _text_type(head, filename) if _is_text(head) else UNKNOWN


def sniff_file(path: Path, filename: str) -> str:
    """Like :func:`sniff_media_type`, but looks inside containers; reads about 1 MB at most.

    Word and PowerPoint files are recognised by their parts, whatever the file is called. Files
    with macros and old binary office formats have types that are not supported.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head.startswith((*_ZIP_MAGICS, _OLE_MAGIC)):
            return sniff_media_type(head, filename)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
    if head.startswith(_OLE_MAGIC):
        return sniff_media_type(head + tail, filename)
    return _office_type(_zip_names(tail)) or _ZIP


def _looks_like_pdf(head: bytes) -> bool:
    # Readers accept a header anywhere in the first KB; a text that mentions one is still text.
    start = head[:1024].removeprefix(codecs.BOM_UTF8).lstrip()
    return start.startswith(b"%PDF-") or (b"%PDF-" in start and not _is_text(head))


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _zip_names(tail: bytes) -> list[str]:
    """Names in the central directory, read without trusting any of its numbers.

    zipfile would load the whole directory, which in a hostile file costs gigabytes.
    """
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return []
    position = max(0, end - struct.unpack_from("<L", tail, end + 12)[0])
    names: list[str] = []
    while tail.startswith(b"PK\x01\x02", position) and position + 46 <= end:
        name, extra, comment = struct.unpack_from("<HHH", tail, position + 28)
        names.append(tail[position + 46 : position + 46 + name].decode("utf-8", "replace"))
        position += 46 + name + extra + comment
    return names


def _office_type(names: list[str]) -> str | None:
    if "[Content_Types].xml" not in names:
        return None
    for stem, media_type in _OFFICE_PARTS:
        if any(name.startswith(stem) and name.endswith(".xml") for name in names):
            has_macros = any(name.endswith("/vbaProject.bin") for name in names)
            return "application/vnd.ms-office" if has_macros else media_type
    return None


def _is_text(head: bytes) -> bool:
    if head.startswith(_UTF16_MARKS):
        return True
    if head.translate(None, _BINARY_BYTES) != head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _is_western_text(head)
    return True


def _is_western_text(head: bytes) -> bool:
    # Any bytes decode as cp1252 or nearly so; real text is mostly letters and blanks.
    text = head.decode("cp1252", "replace")
    wordlike = sum(character.isalnum() or character.isspace() for character in text)
    return "\ufffd" not in text and wordlike > 0.7 * len(text)


def _text_type(head: bytes, filename: str) -> str:
    by_name = _TEXT_SUFFIXES.get(PurePath(filename).suffix.lower())
    if by_name is not None:
        return by_name
    start = head[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return HTML if start.startswith((b"<!doctype html", b"<html")) else PLAIN
