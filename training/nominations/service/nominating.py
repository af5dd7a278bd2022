"""The way of one nomination: written, submitted, endorsed, approved, screened, decided, travelled."""

from datetime import timedelta, tzinfo

from sqlmodel import col, select

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.people import get_user
from core.states import move
from core.uow import UnitOfWork
from training.nominations import policy, queries
from training.nominations.drafts import NominationDraft, StepDraft
from training.nominations.lifecycle import LIFECYCLE
from training.nominations.models import Nomination, NominationState, NominationStep, ReportBack
from training.nominations.service.gates import check_gates
from training.opportunities import queries as opportunities
from training.opportunities.drafts import OpportunityDraft
from training.opportunities.models import Opportunity
from training.opportunities.service import edit_opportunity

REPORT_DAYS, SHARE_DAYS = 30, 90
"""After the return (FEATURES section 2, item 5)."""
PASSED = Message("The deadline for nominations has passed.")
OUTDATED = Message("Somebody changed this nomination meanwhile. Look at it as it stands now, then decide.")
CLOSED = Message("This opportunity takes no nominations now.")
NOT_ELIGIBLE = Message("Not every rule is met. What is missing stands beside each rule.")


def start_nomination(work: UnitOfWork, viewer: Viewer, opportunity_id: int, draft: NominationDraft) -> Nomination:
    """Begin one's own nomination, as a draft. Raises Conflict after the deadline or when there is one already."""
    offer = opportunities.get_opportunity(work.session, viewer, opportunity_id)
    if not offer.takes_nominations(work.now):
        raise Conflict(_refusal(offer))
    if queries.find_mine(work.session, viewer, opportunity_id):
        raise Conflict("You have a nomination to this opportunity already.")
    row = _new(work, offer, viewer.user_id)
    _write(row, draft)
    work.session.add(row)
    work.session.flush()
    record_step(work, row, "start", "", viewer.user_id)
    work.audit("nomination.started", row.ref)
    return row


def write_nomination(work: UnitOfWork, viewer: Viewer, nomination_id: int, draft: NominationDraft) -> Nomination:
    """Save what the candidate wrote, also after the deadline: nothing is lost. Raises Conflict when it was changed meanwhile."""
    row = queries.get_nomination(work.session, viewer, nomination_id)
    require(policy.can_write(viewer, row), "A nomination is written by its candidate, until it is submitted.")
    if draft.revision is not None and draft.revision != row.revision:
        raise Conflict(OUTDATED)
    _write(row, draft)
    _touch(work, row)
    return row


def name_officer(work: UnitOfWork, viewer: Viewer, opportunity_id: int, user_id: int, reason: str) -> Nomination:
    """Log a person that the host or a donor asked for. He goes through the same gates, outside the shares."""
    offer = opportunities.get_opportunity(work.session, viewer, opportunity_id)
    require(
        policy.can_manage(viewer, is_panelist=queries.is_scoring(work.session, viewer, opportunity_id)),
        "Only the unit logs whom a host asked for.",
    )
    if not reason.strip():
        raise Invalid("Please check the marked fields.", {"reason": Message("Please fill this in.")})
    taken = select(Nomination).where(Nomination.opportunity_id == opportunity_id, Nomination.user_id == user_id)
    if work.session.exec(taken).first():
        raise Conflict("This officer has a nomination to this opportunity already.")
    row = _new(work, offer, get_user(work.session, user_id).id or 0)
    row.is_named_by_host, row.state, row.reason = True, NominationState.APPROVED.value, reason
    work.session.add(row)
    work.session.flush()
    check_gates(work, row, offer)
    record_step(work, row, "name", reason, viewer.user_id)
    work.audit("nomination.named", row.ref)
    work.notify(user_id, "nomination.named", row.ref, {})
    return row


def move_nomination(work: UnitOfWork, viewer: Viewer, nomination_id: int, verb: str, draft: StepDraft) -> Nomination:
    """Take one step. Raises Conflict when somebody else was faster, Forbidden for whose step it is not, Invalid without a reason."""
    row = queries.get_nomination(work.session, viewer, nomination_id)
    standing = queries.standing_of(work.session, viewer, row)
    if draft.revision is not None and draft.revision != row.revision:
        raise Conflict(OUTDATED)
    require(policy.can_move(viewer, row, verb, standing), "This step is not yours to take.")
    offer = work.session.get(Opportunity, row.opportunity_id)
    assert offer is not None
    if verb == "submit":
        _check_submission(work, row, offer)
    if verb in ("submit", "screen") and not all(one.is_passed for one in check_gates(work, row, offer)):
        raise Conflict(NOT_ELIGIBLE)
    take_step(work, row, verb, draft.reason, viewer.user_id)
    if verb == "travel":
        _travelled(work, row, offer)
    return row


def take_step(work: UnitOfWork, row: Nomination, verb: str, reason: str, by: int | None) -> None:
    """Change the state, write the history, tell the candidate and whose turn it is: what all steps share."""
    row.state = move(work, LIFECYCLE, row.state, verb, ref=row.ref, given={"reason": reason})
    if reason:
        row.reason = reason
    if verb in ("select", "reserve", "decline", "promote", "replace", "reopen", "end"):
        row.decided_by, row.decided_at = by, work.now
    _touch(work, row)
    record_step(work, row, verb, reason, by)
    if by != row.user_id and verb != "score":
        work.notify(row.user_id, f"nomination.{row.state}", row.ref, {})
    if verb == "submit":
        profile = queries.profile_of(work.session, row.user_id, work.now)
        if profile.supervisor_id:
            work.notify(profile.supervisor_id, "nomination.to_endorse", row.ref, {})


def promote_next(work: UnitOfWork, viewer: Viewer, opportunity_id: int, reason: str) -> Nomination:
    """Give a seat that became free to the first of the reserve list. Raises Conflict when no seat is free or nobody is left."""
    offer = opportunities.get_opportunity(work.session, viewer, opportunity_id)
    require(
        policy.can_manage(viewer, is_panelist=queries.is_scoring(work.session, viewer, opportunity_id)),
        "Only the unit gives seats.",
    )
    assert offer.id is not None
    if queries.count_seated(work.session, offer.id) >= offer.seats:
        raise Conflict("Every seat is given. Nobody moves up until one is free.")
    waiting = select(Nomination).where(Nomination.opportunity_id == offer.id, Nomination.state == "reserve")
    row = work.session.exec(waiting.order_by(col(Nomination.reserve_number), col(Nomination.id))).first()
    if row is None:
        raise Conflict("Nobody is left on the reserve list.")
    freed = select(Nomination).where(
        Nomination.opportunity_id == offer.id,
        col(Nomination.seat_number).is_not(None),
        col(Nomination.state).in_(["withdrawn", "substituted"]),
    )
    replaced = work.session.exec(freed.order_by(col(Nomination.changed_at))).first()
    take_step(work, row, "promote", reason, viewer.user_id)
    row.reserve_number = None
    if replaced is not None:
        row.seat_number, row.replaces_id, replaced.seat_number = replaced.seat_number, replaced.id, None
        work.session.add(replaced)
    work.session.add(row)
    return row


def change_opportunity(
    work: UnitOfWork, viewer: Viewer, opportunity_id: int, draft: OpportunityDraft, *, zone: tzinfo
) -> Opportunity:
    """Change an opportunity, but never to fewer seats than are given: those have to be withdrawn first."""
    given = queries.count_seated(work.session, opportunity_id)
    row = edit_opportunity(work, viewer, opportunity_id, draft, zone=zone)
    if draft.seats < given:
        raise Invalid(
            "More seats are given than would be left. Withdraw or replace those first.",
            {"seats": Message("Fewer than the seats that are given already.")},
        )
    return row


def record_step(work: UnitOfWork, row: Nomination, verb: str, reason: str, by: int | None) -> None:
    """Write one line of the history."""
    assert row.id is not None
    work.session.add(
        NominationStep(nomination_id=row.id, verb=verb, state=row.state, reason=reason, by=by, at=work.now)
    )


def _refusal(offer: Opportunity) -> Message:
    """Why an opportunity takes no nominations."""
    return PASSED if offer.state == "open" else CLOSED


def _new(work: UnitOfWork, offer: Opportunity, user_id: int) -> Nomination:
    user = get_user(work.session, user_id)
    assert offer.id is not None
    return Nomination(
        opportunity_id=offer.id,
        user_id=user_id,
        organisation_id=user.organisation_id,
        rank=user.rank,
        created_at=work.now,
        changed_at=work.now,
    )


def _check_submission(work: UnitOfWork, row: Nomination, offer: Opportunity) -> None:
    if not offer.takes_nominations(work.now):
        raise Conflict(_refusal(offer))
    missing = {
        name: Message("Please fill this in.") for name in ("motivation", "plan") if not getattr(row, name).strip()
    }
    if missing:
        raise Invalid("Please check the marked fields.", missing)
    if set(offer.documents) - set(row.documents):
        raise Invalid(
            "Not every document that the host wants is ready.",
            {"documents": Message("Confirm each of them, or get it first.")},
        )


def _travelled(work: UnitOfWork, row: Nomination, offer: Opportunity) -> None:
    assert row.id is not None
    row.seat_days, row.returned_on = offer.days, offer.ends_on
    work.session.add(row)
    work.session.add(
        ReportBack(
            nomination_id=row.id,
            report_due=offer.ends_on + timedelta(days=REPORT_DAYS),
            share_due=offer.ends_on + timedelta(days=SHARE_DAYS),
        )
    )


def _write(row: Nomination, draft: NominationDraft) -> None:
    row.motivation, row.plan, row.documents = draft.motivation, draft.plan, list(draft.documents)


def _touch(work: UnitOfWork, row: Nomination) -> None:
    row.revision += 1
    row.changed_at = work.now
    work.session.add(row)
