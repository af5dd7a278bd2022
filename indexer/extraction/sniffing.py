"""What a file really is. The name only decides between kinds of text, never about a binary."""

import codecs
import os
import re
import struct
import unicodedata
from pathlib import PurePath
from typing import IO

import filetype  # type: ignore[import-untyped]

from indexer.extraction.decoding import decode_text, guess_encoding
from indexer.extraction.model import (
    DOCX,
    ENCRYPTED_OFFICE,
    HTML,
    MAIL,
    MARKDOWN,
    PDF,
    PLAIN,
    PPTX,
    SVG,
    UNKNOWN,
    WEB_ARCHIVE,
    XML,
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
_TEXT_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_SCRIPT_MAGIC = b"#!"
_SCRIPT = "text/x-script"
_PROGRAMS = frozenset(
    {"application/x-msdownload", "application/x-executable", "application/x-elf", "application/java-archive", _SCRIPT}
)
_PROGRAM_SUFFIXES = frozenset(
    {
        ".app",
        ".bat",
        ".cmd",
        ".com",
        ".cpl",
        ".dll",
        ".exe",
        ".hta",
        ".jar",
        ".jse",
        ".lnk",
        ".msi",
        ".msp",
        ".pif",
        ".ps1",
    }
    | {".reg", ".scr", ".sh", ".vbe", ".vbs", ".wsf", ".wsh", ".apk", ".deb", ".rpm", ".elf", ".jnlp", ".psm1", ".scf"}
)
# A mail, or a page saved as one, begins with headers; one of them at least is written by programs only.
_MAIL = re.compile(
    r"(?:From [^\n]{3,200}\n)?(?:[!-9;-~]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,60}?"
    r"(?:Received:\s*(?:from|by)\b|(?:MIME-Version|Message-ID|Return-Path|Content-Transfer-Encoding|X-Mailer|DKIM-Signature):)",
    re.IGNORECASE,
)
_MULTIPART_PAGE = re.compile(
    r"^(?:Content-Type:\s*multipart/related|Content-Location:|Snapshot-Content-Location:|From:\s*<Saved by)",
    re.IGNORECASE | re.MULTILINE,
)
# The first element of a text that declares itself as XML, or whose first element has a namespace.
_MARKUP = re.compile(
    r"(?:<\?xml\b[^>]*\?>|(?=<[\w.-]+:[\w.-]+[\s>]|<[\w:.-]+\s[^<>]*\bxmlns))"
    r"(?:\s+|<\?[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*<(?P<root>[\w:.-]+)",
    re.DOTALL | re.IGNORECASE,
)
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


def sniff_media_type(stream: IO[bytes], filename: str) -> str:
    """Return the media type of a file; reads about 1 MB of a seekable stream and leaves it at its start.

    A binary is only ever what its content says: Word and PowerPoint files are recognised by their parts, in whatever order
    they lie in the container and whatever the file is called. Files with macros and old binary office formats have types that are
    not supported. Text is told apart by what it is the source of (mail, web archive, XML), then by the extension of ``filename``.
    Anything unrecognised is "application/octet-stream".
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    tail = _tail(stream) if head.startswith((*_ZIP_MAGICS, _OLE_MAGIC)) else b""
    stream.seek(0)
    if _looks_like_pdf(head):
        return PDF
    if head.startswith(_OLE_MAGIC):
        return ENCRYPTED_OFFICE if _utf16("EncryptedPackage") in head + tail else _OLE
    if head.startswith(_ZIP_MAGICS):
        return _office_type(_zip_names(tail)) or _ZIP
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if head.startswith(_SCRIPT_MAGIC):
        return _SCRIPT
    text = _text_of(head)
    return UNKNOWN if text is None else _text_type(text, filename)


def is_program(media_type: str, filename: str) -> bool:
    """Tell whether a computer would run the file when somebody opens it: by its content, or by the name it goes by."""
    return media_type in _PROGRAMS or PurePath(filename.strip(" .")).suffix.lower() in _PROGRAM_SUFFIXES


def _tail(stream: IO[bytes]) -> bytes:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES))
    return stream.read(_TAIL_BYTES)


def _looks_like_pdf(head: bytes) -> bool:
    # Readers accept a header anywhere in the first KB; a text that mentions one is still text.
    start = head[:1024].removeprefix(codecs.BOM_UTF8).lstrip()
    return start.startswith(b"%PDF-") or (b"%PDF-" in start and _text_of(head) is None)


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


def _text_of(head: bytes) -> str | None:
    """Return the beginning of a text, whatever its encoding; None for a binary."""
    head = head[: len(head) // 4 * 4] if len(head) == _HEAD_BYTES else head
    if not head.startswith(_TEXT_MARKS) and head.translate(None, _BINARY_BYTES) != head:
        # Only UTF-16 and UTF-32 without a mark have such bytes.
        encoding = guess_encoding(head)
        return head.decode(encoding, "replace") if encoding.startswith(("utf-16", "utf-32")) else None
    decoded = decode_text(head)
    return None if decoded.is_guessed and not _is_wordlike(decoded.text) else decoded.text


def _is_wordlike(text: str) -> bool:
    # Any bytes decode in some encoding or nearly so; real text is mostly letters and blanks.
    wordlike = sum(unicodedata.category(character)[0] in "LMN" or character.isspace() for character in text)
    return wordlike > 0.7 * len(text)


def _text_type(text: str, filename: str) -> str:
    start = text[:4096].removeprefix("\ufeff").lstrip()
    if _MAIL.match(start):
        return WEB_ARCHIVE if _MULTIPART_PAGE.search(text) else MAIL
    if found := _MARKUP.match(start):
        root = found["root"].lower().rpartition(":")[2]
        if root != "html":
            return SVG if root == "svg" else XML
    suffix = PurePath(filename).suffix.lower()
    by_name = _TEXT_SUFFIXES.get(suffix)
    if by_name is not None:
        return by_name
    return HTML if start[:100].lower().startswith(("<!doctype html", "<html", "<?xml")) else PLAIN
