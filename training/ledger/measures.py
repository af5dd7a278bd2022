"""The measures of a fair share (METHODS 3): entitlement, representation ratio, Gini. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

UNDER, OVER = 0.85, 1.15
"""A representation ratio below or above is called under- or over-represented."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Parts of the entitlement; they add up to 1."""

    equal: float = 0.4
    """a: the same for every organisation."""
    strength: float = 0.4
    """b: by its strength."""
    need: float = 0.2
    """c: by its officers with open prioritised needs."""


@dataclass(frozen=True, slots=True)
class Body:
    """What an organisation's entitlement is made of."""

    id: int
    strength: int
    need: int = 0


def entitlements(bodies: Sequence[Body], weights: Weights | None = None) -> dict[int, float]:
    """`W_o = a/n + b x strength_o/sum strength + c x need_o/sum need`, by organisation.

    A part that nobody has anything of (no strength entered, no open need) is shared equally.
    """
    weights = weights or Weights()
    count = len(bodies)
    strength, need = sum(body.strength for body in bodies), sum(body.need for body in bodies)
    return {
        body.id: weights.equal / count
        + weights.strength * (body.strength / strength if strength else 1 / count)
        + weights.need * (body.need / need if need else 1 / count)
        for body in bodies
    }


def ratios(history: Mapping[int, float], entitled: Mapping[int, float]) -> dict[int, float]:
    """`RR_o = (A_o / sum A) / W_o`; 0 for everybody while nobody had anything."""
    total = sum(history.get(key, 0.0) for key in entitled)
    if not total:
        return dict.fromkeys(entitled, 0.0)
    return {key: history.get(key, 0.0) / total / share if share else 0.0 for key, share in entitled.items()}


def gini(values: Iterable[float]) -> float:
    """`G = sum_i sum_j |x_i - x_j| / (2 n^2 mean x)`: 0 when all have the same; 0 for nothing at all."""
    known = list(values)
    total = sum(known)
    if not total:
        return 0.0
    spread = sum(abs(one - other) for one in known for other in known)
    return spread / (2 * len(known) * total)


def band(ratio: float) -> str:
    """`under`, `over` or `fair`."""
    if ratio < UNDER:
        return "under"
    return "over" if ratio > OVER else "fair"
