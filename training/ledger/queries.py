"""Reads of the ledger: figures per organisation. They hold numbers and no names; every member may read them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from core.people import Organisation, OrganisationKind
from training.ledger.measures import Body, Weights, entitlements, gini, ratios
from training.nominations.models import USED, Nomination, OfficerProfile
from training.opportunities.models import Opportunity

HISTORY_MONTHS, QUIET_MONTHS = 36, 24
MONTH = 30.4375
"""Days."""
EVEN = Weights()


@dataclass(frozen=True, slots=True)
class Used:
    """One seat that was used."""

    nomination_id: int
    organisation_id: int
    user_id: int
    ended: date
    days: int
    is_named: bool
    """Named by a host or donor: outside the shares."""
    rank: str
    sex: str
    district: str
    is_first: bool
    """The officer's first seat here."""
    override: str


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one organisation."""

    organisation: Organisation
    entitlement: float
    seats: int
    seat_days: int
    weighted: float
    """A: seats weighted by their length, in average seats."""
    ratio: float
    named: int
    """Seats that a host or donor named, not in the figures before."""
    first_timers: int
    last: date | None
    is_quiet: bool
    """No seat in the last 24 months."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the organisations had in the 36 months before a day."""

    until: date
    lines: tuple[Line, ...]
    gini: float

    @property
    def quiet(self) -> list[Line]:
        """Organisations without a seat in 24 months."""
        return [line for line in self.lines if line.is_quiet]


def list_used(session: Session) -> list[Used]:
    """Every seat that was used, oldest first."""
    rows = session.exec(
        select(Nomination, Opportunity, OfficerProfile)
        .join(Opportunity, col(Opportunity.id) == col(Nomination.opportunity_id))
        .outerjoin(OfficerProfile, col(OfficerProfile.user_id) == col(Nomination.user_id))
        .where(col(Nomination.state).in_(USED))
        .order_by(col(Opportunity.ends_on), col(Nomination.id))
    )
    seen: set[int] = set()
    found = []
    for nomination, offer, profile in rows:
        found.append(_used(nomination, offer, profile, is_first=nomination.user_id not in seen))
        seen.add(nomination.user_id)
    return found


def _used(nomination: Nomination, offer: Opportunity, profile: OfficerProfile | None, *, is_first: bool) -> Used:
    return Used(
        nomination_id=nomination.id or 0,
        organisation_id=nomination.organisation_id,
        user_id=nomination.user_id,
        ended=nomination.returned_on or offer.ends_on,
        days=nomination.seat_days or offer.days,
        is_named=nomination.is_named_by_host,
        rank=nomination.rank,
        sex=profile.sex if profile else "",
        district=profile.district if profile else "",
        is_first=is_first,
        override=nomination.override_reason,
    )


def list_bodies(session: Session) -> list[Organisation]:
    """Organisations that share the seats: the police bodies at home that are not dissolved."""
    rows = select(Organisation).where(Organisation.kind == OrganisationKind.POLICE.value)
    rows = rows.where(col(Organisation.retired_at).is_(None))
    return list(session.exec(rows.order_by(Organisation.name)))


def read_ledger(
    session: Session, today: date, needs: Mapping[int, int] | None = None, weights: Weights = EVEN
) -> Ledger:
    """The figures on a day. `needs`: officers with open prioritised needs by organisation, told by who knows the needs."""
    bodies, used = list_bodies(session), list_used(session)
    return ledger_of(bodies, used, today, needs or {}, weights)


def ledger_of(
    bodies: list[Organisation], used: list[Used], today: date, needs: Mapping[int, int], weights: Weights
) -> Ledger:
    """The figures on a day, of seats that were read before."""
    entitled = (
        entitlements(
            [Body(one.id, one.strength, needs.get(one.id, 0)) for one in bodies if one.id is not None], weights
        )
        if bodies
        else {}
    )
    since = today - timedelta(days=HISTORY_MONTHS * MONTH)
    recent = [seat for seat in used if since < seat.ended <= today]
    shared = [seat for seat in recent if not seat.is_named]
    weighted = weigh(shared)
    ratio = ratios(weighted, entitled)
    lines = tuple(
        _line(
            one,
            [seat for seat in recent if seat.organisation_id == one.id],
            used,
            today,
            (entitled[one.id], weighted.get(one.id, 0.0), ratio[one.id]),
        )
        for one in bodies
        if one.id is not None
    )
    return Ledger(today, lines, gini(ratio.values()))


def weigh(seats: list[Used]) -> dict[int, float]:
    """A: seat-days by organisation, in seats of average length, so that a seat of the round to come counts as one."""
    days: dict[int, int] = defaultdict(int)
    for seat in seats:
        days[seat.organisation_id] += seat.days
    average = sum(days.values()) / len(seats) if seats else 1.0
    return {key: value / average for key, value in days.items()}


def _line(
    body: Organisation, recent: list[Used], used: list[Used], today: date, figures: tuple[float, float, float]
) -> Line:
    ended = [seat.ended for seat in used if seat.organisation_id == body.id and seat.ended <= today]
    last = max(ended, default=None)
    shared = [seat for seat in recent if not seat.is_named]
    return Line(
        organisation=body,
        entitlement=figures[0],
        seats=len(shared),
        seat_days=sum(seat.days for seat in shared),
        weighted=figures[1],
        ratio=figures[2],
        named=len(recent) - len(shared),
        first_timers=sum(seat.is_first for seat in recent),
        last=last,
        is_quiet=last is None or last < today - timedelta(days=QUIET_MONTHS * MONTH),
    )


def count_recent(session: Session, today: date) -> dict[str, list[tuple[str, int]]]:
    """Seats of the last 36 months by `rank` and by `district`, most first; what nobody entered is the empty word."""
    since = today - timedelta(days=HISTORY_MONTHS * MONTH)
    recent = [seat for seat in list_used(session) if since < seat.ended <= today]
    return {
        "rank": Counter(seat.rank for seat in recent).most_common(),
        "district": Counter(seat.district for seat in recent).most_common(),
    }


@dataclass(frozen=True, slots=True)
class Year:
    """The seats of one year."""

    year: int
    seats: int
    named: int
    first_timers: int
    women: int
    sex_known: int
    outside_capital: int
    overrides: tuple[str, ...]
    """Their reasons."""
    gini: float
    """Of the ratios at the end of the year, or now."""


def list_years(session: Session, today: date, capital: str, needs: Mapping[int, int] | None = None) -> list[Year]:
    """The yearly table, newest first. `capital` is the district that counts as the capital."""
    bodies, used = list_bodies(session), list_used(session)
    found = []
    for year in sorted({seat.ended.year for seat in used}, reverse=True):
        mine = [seat for seat in used if seat.ended.year == year]
        ledger = ledger_of(bodies, used, min(today, date(year, 12, 31)), needs or {}, EVEN)
        found.append(
            Year(
                year=year,
                seats=sum(not seat.is_named for seat in mine),
                named=sum(seat.is_named for seat in mine),
                first_timers=sum(seat.is_first for seat in mine),
                women=sum(seat.sex == "female" for seat in mine),
                sex_known=sum(bool(seat.sex) for seat in mine),
                outside_capital=sum(bool(seat.district) and seat.district != capital for seat in mine),
                overrides=tuple(seat.override for seat in mine if seat.override),
                gini=ledger.gini,
            )
        )
    return found
