"""Uploaded pictures lose their hidden data before they are stored, and the page says what was removed."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO

from flask_babel import gettext as _

from core.photos import REFUSED, REMOVED_LABELS, STRIPPED, Removed, UnreadablePhoto, strip
from webapp.wording.language import translated


def without_hidden_data(stream: IO[bytes], media_type: str, limit: int) -> tuple[IO[bytes], frozenset[Removed]]:
    """The stream to store instead, and what is no longer in it. Raises UnreadablePhoto for what cannot be freed of it.

    One of more than `limit` bytes comes back as it is: the store refuses it.
    """
    if media_type in REFUSED:
        raise UnreadablePhoto(
            _("Pictures of this kind hold the place where they were taken. Save it as JPEG, PNG or WebP first.")
        )
    if media_type not in STRIPPED:
        return stream, frozenset()
    data = stream.read(limit + 1)
    stream.seek(0)
    if len(data) > limit:
        return stream, frozenset()
    stripped = strip(data, media_type)
    return BytesIO(stripped.data), stripped.removed


def told(removed: Iterable[Removed]) -> str:
    """The sentence about what was removed."""
    what = ", ".join(translated(REMOVED_LABELS[one]) for one in Removed if one in removed)
    return str(_("Removed from the picture before it was stored: %(what)s.", what=what))
