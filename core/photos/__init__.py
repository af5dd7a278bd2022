"""Hidden data of pictures: found and removed without touching a pixel.

Segments and chunks that only describe the picture are left out of the copy, those that make it are copied as they are.
Only the orientation stays, as without it the picture would lie on its side.
"""

from core.photos.model import REMOVED_LABELS, Removed, Stripped, UnreadablePhoto
from core.photos.stripping import REFUSED, STRIPPED, strip

__all__ = ["REFUSED", "REMOVED_LABELS", "STRIPPED", "Removed", "Stripped", "UnreadablePhoto", "strip"]
