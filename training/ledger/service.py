"""The decision about the seats of an opportunity: previewed by the allocation, decided by the unit, every departure with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from pydantic import BaseModel
from sqlmodel import Session, col, select

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.fields import Line
from core.uow import UnitOfWork
from training.ledger import queries as ledger
from training.ledger.allocation import Allocation, Candidate, Claim, allocate
from training.nominations import merit, policy
from training.nominations import queries as nominations
from training.nominations.models import Nomination
from training.nominations.service import take_step
from training.opportunities import queries as opportunities
from training.opportunities.models import Opportunity
from training.opportunities.service import decide_opportunity

SCORED = ("scored", "shortlisted")
PENDING = ("submitted", "endorsed", "approved", "screened")
CHOICES = ("select", "reserve", "decline")


class Choice(BaseModel):
    """What the unit decides about one candidate; a departure from the allocation has its reason."""

    verb: str
    override: Line = ""


class RoundDraft(BaseModel):
    """The decision of a round: by nomination, on a preview that is named by its fingerprint."""

    fingerprint: str
    reason: Line = ""
    """What everybody nominated is told."""
    choices: dict[int, Choice] = {}


@dataclass(frozen=True, slots=True)
class Preview:
    """What the allocation proposes, before anything is decided."""

    opportunity: Opportunity
    allocation: Allocation
    candidates: Mapping[int, Nomination]
    """Scored ones, by id."""
    pending: tuple[Nomination, ...]
    """Those that are not scored yet: nothing is decided before they are, or declined."""
    named: tuple[Nomination, ...]
    """Named by the host: they take no seat of the shares."""
    fingerprint: str

    def proposed(self, nomination_id: int) -> str:
        """What the allocation says of one candidate."""
        if any(seat.candidate.id == nomination_id for seat in self.allocation.seats):
            return "select"
        if any(seat.candidate.id == nomination_id for seat in self.allocation.reserve):
            return "reserve"
        return "decline"


def preview_round(
    session: Session, viewer: Viewer, opportunity_id: int, today: date, needs: Mapping[int, int] | None = None
) -> Preview:
    """Who would get the seats, seat by seat. Raises NotFound, Forbidden for whose affair it is not."""
    offer = opportunities.get_opportunity(session, viewer, opportunity_id)
    scoring = nominations.is_scoring(session, viewer, opportunity_id)
    require(policy.can_manage(viewer, is_panelist=scoring), "Seats are given by the unit, and by nobody of the panel.")
    rows = session.exec(
        select(Nomination).where(Nomination.opportunity_id == opportunity_id).order_by(col(Nomination.id))
    ).all()
    scored = {row.id: row for row in rows if row.id is not None and row.state in SCORED and row.merit is not None}
    waiting = [row for row in rows if row.id not in scored and row.state in (*PENDING, *SCORED)]
    claims = _claims(session, today, needs)
    result = allocate(
        [_candidate(session, row) for row in scored.values()],
        claims,
        seats=offer.seats,
        floor=merit.FLOOR,
        cap=offer.seat_cap,
    )
    return Preview(
        opportunity=offer,
        allocation=result,
        candidates=scored,
        pending=tuple(row for row in waiting if not (row.is_named_by_host and row.state == "screened")),
        named=tuple(row for row in rows if row.is_named_by_host and row.state != "withdrawn"),
        fingerprint=_fingerprint(offer, scored, claims),
    )


def decide_round(
    work: UnitOfWork, viewer: Viewer, opportunity_id: int, draft: RoundDraft, needs: Mapping[int, int] | None = None
) -> Preview:
    """Give the seats and tell everybody. Raises Conflict when anything changed since the preview, Invalid for a departure without
    its reason, a seat below the merit floor, or more seats than there are. Nobody who decides was a candidate.
    """
    found = preview_round(work.session, viewer, opportunity_id, work.now.date(), needs)
    offer = found.opportunity
    if offer.state not in ("open", "closed") or draft.fingerprint != found.fingerprint:
        raise Conflict("Something changed since this preview. Look at the new one, then decide.")
    if offer.takes_nominations(work.now):
        raise Conflict("Its deadline has not passed: seats are given when nobody else can be nominated.")
    if any(row.user_id == viewer.user_id for row in found.candidates.values()):
        raise Conflict("You are a candidate yourself: somebody else of the unit decides.")
    if found.pending:
        raise Conflict("Some nominations are neither scored nor declined yet, or not screened.")
    if not draft.reason:
        raise Invalid("Please check the marked fields.", {"reason": Message("Please fill this in.")})
    _check_choices(found, draft)
    _apply(work, viewer, found, draft)
    decide_opportunity(work, offer)
    return found


def _check_choices(found: Preview, draft: RoundDraft) -> None:
    errors: dict[str, str] = {}
    selected = 0
    for key, row in found.candidates.items():
        choice = draft.choices.get(key) or Choice(verb=found.proposed(key))
        selected += choice.verb == "select"
        if choice.verb not in CHOICES:
            errors[f"choice-{key}"] = Message("Please choose one of the offered values.")
        elif choice.verb != "decline" and (row.merit or 0.0) < merit.FLOOR:
            errors[f"choice-{key}"] = Message(
                "Nobody below the merit floor gets a seat or a place on the reserve list."
            )
        elif choice.verb != found.proposed(key) and not choice.override:
            errors[f"override-{key}"] = Message("A departure from the allocation needs its reason.")
    if errors:
        raise Invalid("Please check the marked fields.", errors)
    if selected > found.opportunity.seats:
        raise Invalid("More candidates are selected than there are seats.")


def _apply(work: UnitOfWork, viewer: Viewer, found: Preview, draft: RoundDraft) -> None:
    order = [seat.candidate.id for seat in (*found.allocation.seats, *found.allocation.reserve)]
    order += [key for key in found.candidates if key not in order]
    seats = places = 0
    for key in order:
        row = found.candidates[key]
        choice = draft.choices.get(key) or Choice(verb=found.proposed(key))
        if choice.verb == "select":
            seats += 1
            row.seat_number = seats
        elif choice.verb == "reserve":
            places += 1
            row.reserve_number = places
        if choice.verb != found.proposed(key):
            row.override_reason = choice.override
            work.audit("nomination.override", row.ref, proposed=found.proposed(key), chosen=choice.verb)
        take_step(work, row, choice.verb, draft.reason, viewer.user_id)
    for row in found.named:
        if row.state == "screened":
            take_step(work, row, "select", draft.reason, viewer.user_id)


def _claims(session: Session, today: date, needs: Mapping[int, int] | None) -> list[Claim]:
    lines = ledger.read_ledger(session, today, needs).lines
    return [Claim(line.organisation.id or 0, line.entitlement, line.weighted) for line in lines]


def _candidate(session: Session, row: Nomination) -> Candidate:
    profile = nominations.profile_of(session, row.user_id, row.changed_at)
    courses = nominations.courses_of(session, profile)
    assert row.id is not None
    assert row.merit is not None
    return Candidate(
        id=row.id,
        organisation=row.organisation_id,
        merit=row.merit,
        last_abroad=courses[0][0] if courses else None,
        service_since=profile.service_since,
    )


def _fingerprint(offer: Opportunity, scored: Mapping[int, Nomination], claims: list[Claim]) -> str:
    facts = (offer.id, offer.revision, sorted((key, row.revision, row.merit) for key, row in scored.items()), claims)
    return sha256(repr(facts).encode()).hexdigest()[:16]
