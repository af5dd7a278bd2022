"""Bytes to text: the one way for plain text, Markdown and HTML, for attachments and for imported records.

Order of trust: byte order mark, valid UTF-8, the encoding the file declares, UTF-8 with a few damaged bytes, and only then the
statistics of chardet. Who gets a guess is told that it is one.
"""

import codecs
from collections import defaultdict
from dataclasses import dataclass

import chardet

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before those of UTF-16: the mark of one begins like the mark of the other.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What contains one of these is valid UTF-8 and yet no UTF-8: UTF-16 of Latin letters, ISO-2022 and HZ.
_NOT_UTF8 = (b"\0", b"\x1b$", b"\x1b(", b"~{")
# Labels mean what browsers take them for: the Windows superset of a standard.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
}
_ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac_roman",
}
_TRUSTED_PER_DAMAGED = 4
"""So many valid characters beyond ASCII for each damaged place make a file UTF-8."""
_FALLBACK = "cp1252"
_SAMPLE = 200_000
_FEW_BYTES, _FEW_LETTERS = 5, 8
# They decode any byte, so that one damaged byte makes them the best guess; nobody wrote files in them for 25 years.
_IMPROBABLE = ("mac-cyrillic", "mac-greek", "mac-turkish", "mac-latin2", "mac-iceland", "ptcp154", "kz1048")
_PIECES, _PIECE = 6, 64


@dataclass(frozen=True)
class DecodedText:
    """Text of a file with the name of its encoding, and how sure that is."""

    text: str
    encoding: str
    is_guessed: bool = False
    """Nothing in the file says so."""
    is_damaged: bool = False
    """Some bytes mean nothing in this encoding; they are read as Windows-1252, or replaced by U+FFFD."""


def decode_text(data: bytes, declared: str = "") -> DecodedText:
    """Return ``data`` as text without byte order mark. ``declared`` is the label the file itself gives, "" if none.

    Never fails: text in which no encoding fits is read as Windows-1252 and marked as guessed and damaged.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _lenient(data[len(mark) :], encoding)
    if not any(sign in data for sign in _NOT_UTF8) and (text := _strict(data, "utf-8")) is not None:
        return DecodedText(text, "utf-8")
    if (encoding := codec_of(declared)) and (text := _strict(data, encoding)) is not None:
        return DecodedText(text, encoding)
    if _is_nearly_utf8(data):
        return DecodedText(data.decode("utf-8", _HANDLER), "utf-8", is_damaged=True)
    if encoding and encoding != "utf-8":
        return _lenient(data, encoding)
    return _guess(data)


def codec_of(label: str) -> str:
    """Return the Python codec for an encoding label of HTML, XML or MIME, "" for one that is unknown or no text codec."""
    label = label.strip().lower()
    try:
        codec = codecs.lookup(_ALIASES.get(label, label))
    except (LookupError, ValueError):
        return ""
    # `hex` and `zip` are codecs as well.
    return _SUPERSETS.get(codec.name, codec.name) if getattr(codec, "_is_text_encoding", True) else ""


def guess_encoding(data: bytes) -> str:
    """Return the encoding the bytes are likely in, by their statistics; "" when they are no text."""
    data = data[:_SAMPLE]
    if _is_nearly_ascii(data):
        return _FALLBACK
    votes: dict[str, float] = defaultdict(float)
    # One bad byte excludes the right encoding from the whole, and from the piece it stands in; the other pieces outvote it.
    size = max(_PIECE, -(-len(data) // _PIECES))
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    for piece in [data, *(piece for piece in pieces if len(piece) == size and size < len(data))]:
        found = chardet.detect(piece, compat_names=False, max_bytes=_SAMPLE, exclude_encodings=_IMPROBABLE)
        if found["encoding"]:
            votes[codec_of(str(found["encoding"]))] += float(found["confidence"]) * len(piece)
    return max(votes, key=votes.__getitem__) if votes else _unmarked_utf16(data)


def _guess(data: bytes) -> DecodedText:
    encoding = guess_encoding(data) or _FALLBACK
    found = _lenient(data, encoding)
    return DecodedText(found.text.removeprefix("\ufeff"), found.encoding, is_guessed=True, is_damaged=found.is_damaged)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _lenient(data: bytes, encoding: str) -> DecodedText:
    text = _strict(data, encoding)
    if text is not None:
        return DecodedText(text, encoding)
    return DecodedText(data.decode(encoding, "replace"), encoding, is_damaged=True)


def _is_nearly_utf8(data: bytes) -> bool:
    if any(sign in data for sign in _NOT_UTF8):
        return False
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    valid = sum(char > "\x7f" for char in text) - damaged
    return valid >= _TRUSTED_PER_DAMAGED * damaged


def _is_nearly_ascii(data: bytes) -> bool:
    """A few accents among many Latin letters: too little for statistics, and most such files are of Windows."""
    high = sum(byte >= 0x80 for byte in data)
    letters = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    binary = any(byte < 9 for byte in data) or b"\x1b" in data or b"~{" in data
    return not binary and 0 < high <= _FEW_BYTES and letters > high


def _unmarked_utf16(data: bytes) -> str:
    """Chinese, Japanese or Korean in UTF-16 without a mark: half of all random bytes would be such letters, not nearly all."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(data[: len(data) // 2 * 2], encoding) or ""
        usual = sum(_is_usual(char) for char in text)
        if len(text) > _FEW_LETTERS and usual >= 0.95 * len(text):
            return encoding
    return ""


def _is_usual(char: str) -> bool:
    return (
        " " <= char < "\x7f"
        or char in "\r\n\t"
        or "\u3000" <= char < "\u3100"
        or ("\u4e00" <= char < "\ua000" or "\uac00" <= char < "\ud7a4" or "\uff00" <= char < "\ufff0")
    )


def _repair(error: UnicodeError) -> tuple[str, int]:
    """A single byte that is no UTF-8 was pasted from a Windows program; the rest of a cut character is lost."""
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    return (bad.decode(_FALLBACK, "replace") if len(bad) == 1 else "\ufffd"), error.end


_HANDLER = "ipcu-windows-1252"
codecs.register_error(_HANDLER, _repair)
