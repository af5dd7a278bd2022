"""The least similarity of a hit that was found by meaning alone, by model. Below it a question has no answer here.

Calibrated by `benchmarks/calibrate_floor.py`; a new model needs its own line.
"""

from search.embedding.model_files import PACKAGED_DIGEST
from search.embedding.stand_ins import HashEmbedder

FLOORS = {
    # Questions of StackFAQ put to Cranfield and the other way round: 0.9 % and 0.9 % of those without an answer get a hit;
    # put to their own collection, 0.0 % and 1.3 % lose their best document. At 0.26: 2.8 % and 3.1 %, 0.0 % and 0.9 %; at
    # 0.36: 0.0 % and 0.4 %, 0.0 % and 2.7 %. No floor tells a question of the subject that happens to have no answer.
    PACKAGED_DIGEST: 0.30,
    # Two and a half standard deviations of texts that share no word.
    HashEmbedder().digest: 0.30,
}
"""Model digest to the least cosine of the best passage."""

RELIABLE = {
    # On the demo and the given collections together, with vectors in bfloat16 and int8 (decision 14): below 0.545 more than a tenth
    # of the questions without an answer get one in some of them, above 0.575 one of the demo's 45 answered ones is lost.
    PACKAGED_DIGEST: 0.56,
}
"""Model digest to the least `search.reliability.confidence` of an answered question; another model judges none unanswered."""

UNCALIBRATED = 0.5
"""For a model nobody measured. High on purpose: a missing semantic hit is found by its words, a wrong one misleads."""


def floor_for(digest: str, override: float | None = None) -> float:
    """The floor of a model; what an administrator set wins."""
    return FLOORS.get(digest, UNCALIBRATED) if override is None else override
