"""What people call types of files, and the endings by which a browser offers them for choosing."""

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

_OFFICE = "application/vnd.openxmlformats-officedocument"
_KNOWN: dict[str, tuple[str | LazyString, tuple[str, ...]]] = {
    "application/pdf": ("PDF", (".pdf",)),
    f"{_OFFICE}.wordprocessingml.document": ("Word (docx)", (".docx",)),
    f"{_OFFICE}.presentationml.presentation": ("PowerPoint (pptx)", (".pptx",)),
    f"{_OFFICE}.spreadsheetml.sheet": ("Excel (xlsx)", (".xlsx",)),
    "text/plain": (_("plain text"), (".txt", ".csv")),
    "text/markdown": ("Markdown", (".md",)),
    "text/html": ("HTML", (".html", ".htm")),
    "image/png": ("PNG", (".png",)),
    "image/jpeg": ("JPEG", (".jpg", ".jpeg")),
    "image/gif": ("GIF", (".gif",)),
    "image/webp": ("WebP", (".webp",)),
}


def type_names(media_types: Iterable[str]) -> list[str]:
    """What a reader calls these types; a rare one by its own name."""
    return [str(_KNOWN[one][0]) if one in _KNOWN else one for one in media_types]


def type_endings(media_types: Iterable[str]) -> str:
    """The value of `accept` in a file field: it only helps with choosing, nothing is refused by it."""
    return ",".join(ending for one in media_types for ending in (_KNOWN[one][1] if one in _KNOWN else (one,)))
