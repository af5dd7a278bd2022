"""Who gets the seats of one course: the allocation of METHODS 3, seat by seat, each with what decided it. Pure.

The next seat goes to the organisation with the largest deficit `(sum A + k) x W_o - A_o - g_o` that has an eligible candidate
left and is under its cap; its best candidate takes it. A seat that no organisation under its cap can fill goes by merit alone.
Nobody below the merit floor gets a seat or a place on the reserve list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil

PRECISION = 9
"""Decimals to which deficits are compared: less is noise of the arithmetic."""


class Ground(StrEnum):
    """What gave a seat."""

    SHARE = "share"
    MERIT = "merit"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was nominated, screened and scored."""

    id: int
    organisation: int
    merit: float
    """0..100."""
    last_abroad: date | None = None
    """When his last course abroad ended; None: never."""
    service_since: date | None = None

    @property
    def order(self) -> tuple[float, bool, date, date, int]:
        """Best first: merit, then never abroad, longest since the last, longest service (Nepal, section 50); the id ends every tie."""
        return (
            -self.merit,
            self.last_abroad is not None,
            self.last_abroad or date.min,
            self.service_since or date.max,
            self.id,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What an organisation is entitled to and what it had."""

    organisation: int
    entitlement: float
    """W: its part of all seats, 0..1."""
    history: float
    """A: seats it used in the last 36 months, weighted by their length."""


@dataclass(frozen=True, slots=True)
class Rival:
    """The organisation that was next in line for a seat."""

    organisation: int
    deficit: float
    history_needed: float
    """How many more seats the winner would have to have had for the rival to get this one."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat, or one place on the reserve list, with what decided it."""

    number: int
    candidate: Candidate
    ground: Ground
    deficit: float
    entitled_to: float
    """`(sum A + k) x W_o`: what its share comes to with this seat."""
    history: float
    given: int
    """What the organisation got in this round before."""
    rival: Rival | None
    capped: tuple[int, ...]
    """Organisations with a larger deficit that are at their cap."""
    next_merit: float | None
    """Of the next candidate of the same organisation."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a round comes to."""

    seats: tuple[Seat, ...]
    reserve: tuple[Seat, ...]
    below_floor: tuple[Candidate, ...]
    cap: int
    floor: float


def default_cap(seats: int) -> int:
    """The most seats of one organisation in a round: `ceil(3/8 N)`."""
    return ceil(3 * seats / 8)


def allocate(
    candidates: Sequence[Candidate], claims: Sequence[Claim], *, seats: int, floor: float, cap: int | None = None
) -> Allocation:
    """Seats and reserve list. An organisation without a claim has entitlement and history 0. `cap` is `default_cap` unless given.

    The reserve list is what the same rule would give if there were more seats; the caps hold for the two together as long as
    somebody under a cap is left.
    """
    most = default_cap(seats) if cap is None else cap
    round_ = _Round(candidates, claims, floor, most)
    given: list[Seat] = []
    while len(given) < seats and (seat := round_.next(len(given) + 1)):
        given.append(seat)
    reserve: list[Seat] = []
    while seat := round_.next(len(given) + len(reserve) + 1):
        reserve.append(seat)
    below = sorted((one for one in candidates if one.merit < floor), key=lambda one: one.order)
    return Allocation(tuple(given), tuple(reserve), tuple(below), most, floor)


class _Round:
    """One round in the making."""

    def __init__(self, candidates: Sequence[Candidate], claims: Sequence[Claim], floor: float, cap: int) -> None:
        self._waiting: dict[int, list[Candidate]] = {}
        for one in sorted(candidates, key=lambda one: one.order):
            if one.merit >= floor:
                self._waiting.setdefault(one.organisation, []).append(one)
        known = {claim.organisation: claim for claim in claims}
        self._claims = {key: known.get(key, Claim(key, 0.0, 0.0)) for key in {*known, *self._waiting}}
        self._total = sum(claim.history for claim in self._claims.values())
        self._given = dict.fromkeys(self._claims, 0)
        self._cap = cap

    def next(self, number: int) -> Seat | None:
        """Give seat `number`; None when nobody is left."""
        waiting = [key for key, rest in self._waiting.items() if rest]
        if not waiting:
            return None
        deficits = {key: self._deficit(key, number) for key in waiting}
        under = [key for key in waiting if self._given[key] < self._cap]
        if under:
            ranked = sorted(under, key=lambda key: (-deficits[key], self._waiting[key][0].order))
            return self._give(number, ranked, deficits, Ground.SHARE)
        return self._give(number, sorted(waiting, key=lambda key: self._waiting[key][0].order), deficits, Ground.MERIT)

    def _give(self, number: int, ranked: list[int], deficits: dict[int, float], ground: Ground) -> Seat:
        winner, claim = ranked[0], self._claims[ranked[0]]
        candidate = self._waiting[winner].pop(0)
        rest = self._waiting[winner]
        seat = Seat(
            number=number,
            candidate=candidate,
            ground=ground,
            deficit=deficits[winner],
            entitled_to=(self._total + number) * claim.entitlement,
            history=claim.history,
            given=self._given[winner],
            rival=self._rival(winner, ranked[1], deficits) if len(ranked) > 1 and ground is Ground.SHARE else None,
            capped=tuple(sorted(key for key in deficits if key not in ranked and deficits[key] > deficits[winner])),
            next_merit=rest[0].merit if rest else None,
        )
        self._given[winner] += 1
        return seat

    def _rival(self, winner: int, rival: int, deficits: dict[int, float]) -> Rival:
        # One seat more in the winner's past takes 1 - W from its own deficit and adds the rival's W to the rival's.
        slope = 1 - self._claims[winner].entitlement + self._claims[rival].entitlement
        gap = deficits[winner] - deficits[rival]
        return Rival(rival, deficits[rival], gap / slope if slope > 0 else 0.0)

    def _deficit(self, organisation: int, number: int) -> float:
        claim = self._claims[organisation]
        raw = (self._total + number) * claim.entitlement - claim.history - self._given[organisation]
        return round(raw, PRECISION)
