"""What is removed from a picture, and what is said when that cannot be done."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Invalid


class Removed(StrEnum):
    """Sorts of hidden data."""

    GPS = "gps"
    EXIF = "exif"
    XMP = "xmp"
    IPTC = "iptc"
    COMMENT = "comment"
    PICTURES = "pictures"
    """Previews and further pictures, which may show what was cut off from the one that is seen."""
    OTHER = "other"


REMOVED_LABELS: dict[Removed, str] = {
    Removed.GPS: "place where it was taken (GPS)",
    Removed.EXIF: "camera, time and other data (Exif)",
    Removed.XMP: "description data (XMP)",
    Removed.IPTC: "press data (IPTC)",
    Removed.COMMENT: "comment",
    Removed.PICTURES: "further pictures",
    Removed.OTHER: "other hidden data",
}
"""What readers call each sort, in English; webapp translates."""


class UnreadablePhoto(Invalid):
    """The picture is damaged or of a form from which hidden data cannot be removed; nothing was stored."""

    def __init__(
        self, message: str = "This picture is damaged: it ends too early or breaks the rules of its format."
    ) -> None:
        super().__init__(message, {"file": message})


@dataclass(frozen=True, slots=True)
class Stripped:
    """A picture without hidden data."""

    data: bytes
    removed: frozenset[Removed]
    """Empty when there was nothing to remove; `data` is then what was given."""
