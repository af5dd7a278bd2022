"""The parts of the product: the only place that names its domains. Each adds its content after those before it."""

from webapp.administration.part import ADMINISTRATION
from webapp.library.part import LIBRARY
from webapp.part import Part

PARTS: tuple[Part, ...] = (LIBRARY, ADMINISTRATION)
