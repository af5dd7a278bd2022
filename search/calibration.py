"""The least similarity of a hit that was found by meaning alone, by model. Below it a question has no answer here.

Calibrated by `benchmarks/calibrate_floor.py`; a new model needs its own line.
"""

from search.embedding import HashEmbedder
from search.model_files import PACKAGED_DIGEST

FLOORS = {
    PACKAGED_DIGEST: 0.36,
    HashEmbedder().digest: 0.3,
}
"""Model digest to the least cosine of the best passage."""

UNCALIBRATED = 0.5
"""For a model nobody measured. High on purpose: a missing semantic hit is found by its words, a wrong one misleads."""


def floor_for(digest: str, override: float | None = None) -> float:
    """The floor of a model; what an administrator set wins."""
    return FLOORS.get(digest, UNCALIBRATED) if override is None else override
