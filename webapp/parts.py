"""The parts of the product: the only place that names its domains. Each adds its content after those before it."""

from webapp.forums.part import FORUMS
from webapp.library.part import LIBRARY
from webapp.part import Part

PARTS: tuple[Part, ...] = (LIBRARY, FORUMS)
