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
    limit; ``truncated`` says that some text was left out because of a limit.
    """

    status: ExtractionStatus
    reason: str
    blocks: tuple[TextBlock, ...] = ()
    pages: int | None = None
    truncated: bool = False


@dataclass(frozen=True)
class ExtractionLimits:
    """What one file may cost. Limits that the platform cannot enforce are left out there."""

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
