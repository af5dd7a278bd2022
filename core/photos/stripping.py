"""The one entrance: a picture of any format that can be freed of hidden data."""

from collections.abc import Callable, Mapping

from core.photos import jpeg, png, tiff, webp
from core.photos.model import Stripped

STRIPPED: Mapping[str, Callable[[bytes], Stripped]] = {
    "image/jpeg": jpeg.strip,
    "image/png": png.strip,
    "image/webp": webp.strip,
    "image/tiff": tiff.strip,
}
"""Media types from which hidden data is removed."""
REFUSED = frozenset({"image/heic", "image/heif", "image/avif", "image/heic-sequence", "image/heif-sequence"})
"""Media types that carry a place as a rule, and from which nothing here removes it."""


def strip(data: bytes, media_type: str) -> Stripped:
    """The picture without hidden data; the same bytes when there was none, and for a media type not in `STRIPPED`.

    Raises UnreadablePhoto for a picture that is damaged.
    """
    remove = STRIPPED.get(media_type)
    if remove is None:
        return Stripped(data, frozenset())
    stripped = remove(data)
    return stripped if stripped.removed else Stripped(data, frozenset())
