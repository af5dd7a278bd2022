"""Plain text and the decoding that Markdown and HTML share with it."""

import codecs
from pathlib import Path

from indexer.extraction.collector import Collector

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, declared: str = "") -> str:
    """Return ``data`` as text: byte order mark, then UTF-8, then ``declared``, then cp1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in ("utf-8", declared):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def read_text(path: Path, out: Collector) -> None:
    """Read a text file as one block."""
    out.add(decode(path.read_bytes()))
