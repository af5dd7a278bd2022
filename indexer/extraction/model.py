"""What extraction takes and returns. Imports nothing heavy: parent and child both load it."""

from dataclasses import dataclass
from enum import StrEnum

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
UNKNOWN = "application/octet-stream"
# Texts only in form: their source is for programs, and is not to be shown or indexed as what it is.
MAIL = "message/rfc822"
WEB_ARCHIVE = "multipart/related"
XML = "application/xml"
SVG = "image/svg+xml"
# Our own name: office files locked with a password are all the same opaque container.
ENCRYPTED_OFFICE = "application/x-encrypted-office"

SUPPORTED_TYPES: frozenset[str] = frozenset({PDF, DOCX, PPTX, PLAIN, MARKDOWN, HTML})


class ExtractionStatus(StrEnum):
    """How the reading of a file went; PENDING is for callers that have not read it yet."""

    PENDING = "pending"
    OK = "ok"
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNSUPPORTED = "unsupported"


class Remark(StrEnum):
    """What a reader should know of a file that was read; stored as the name, with ``:detail`` behind it where there is one."""

    ENCODING_GUESSED = "encoding_guessed"
    """The file does not say in which encoding it is; the detail names the one it was read in."""
    BYTES_REPLACED = "bytes_replaced"
    """Some bytes mean nothing in the encoding of the file."""
    HIDDEN_TEXT = "hidden_text"
    """The file carries text that its viewer does not show; it was left out."""


@dataclass(frozen=True)
class TextBlock:
    """A run of normalised text under one heading, on one page where the format has pages.

    ``heading`` is the heading path ("A > B") or the nearest heading, "" if there is none.
    ``page`` is the 1-based page or slide number, None when the format has no pages.
    """

    text: str
    heading: str
    page: int | None


@dataclass(frozen=True)
class Extraction:
    """The result for one file.

    ``reason`` is one plain sentence for a user, "" exactly when the status is OK. ``blocks`` is
    empty unless the status is OK. ``pages`` counts all pages of the file, also those beyond the
    limit; ``truncated`` says that some text was left out because of a limit. ``remarks`` are values
    of :class:`Remark`, some with a detail ("encoding_guessed:cp1251").
    """

    status: ExtractionStatus
    reason: str
    blocks: tuple[TextBlock, ...] = ()
    pages: int | None = None
    truncated: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtractionLimits:
    """What one file may cost. ExtractionLimits that the platform cannot enforce are left out there."""

    seconds: float = 60
    memory_mb: int = 1024
    max_file_mb: int = 100
    max_pages: int = 3000
    max_characters: int = 5_000_000


class UnreadableError(Exception):
    """Raised by parsers for a file that has no usable text; carries what the user is told."""

    def __init__(self, status: ExtractionStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
