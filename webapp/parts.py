"""The parts of the product: the only place that names its domains. Each adds its content after those before it."""

from webapp.library.part import LIBRARY
from webapp.part import Part
from webapp.training.opportunities.part import OPPORTUNITIES

PARTS: tuple[Part, ...] = (LIBRARY, OPPORTUNITIES)
