"""Registering, the wait-list and its offers.

The unit of work lets one transaction write at a time, and every use case here counts the seats within it: two people never get the
same seat. After each change the line is served by the one rule in `events_calendar.seats`.
"""

from datetime import timedelta

from sqlmodel import Session, func, select

from core.access import Viewer
from core.deadlines import Deadline, drop_deadlines, set_deadline
from core.errors import Conflict, Invalid, Message, require
from core.following import Level, followers_of
from core.people import User
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.drafts import ReasonDraft, RegistrationDraft
from events_calendar.models import Approval, Event, EventState, Registration, Standing
from events_calendar.seats import InLine, allot
from events_calendar.service.telling import OFFER, STARTS, remind_of_start, tell_approvers

_ALIVE = (EventState.ANNOUNCED.value, EventState.OPEN.value)
_STANDING = (*_ALIVE, EventState.POSTPONED.value)


def register(work: UnitOfWork, viewer: Viewer, event_id: int, draft: RegistrationDraft) -> Registration:
    """Ask for a seat: confirmed, in line, or waiting for approval. Doing it twice changes nothing.

    Raises Conflict when registration is not open, Invalid for a question without an answer.
    """
    event = queries.get_event(work.session, viewer, event_id)
    known = queries.find_registration(work.session, event_id, viewer.user_id)
    if known is not None and known.stands:
        return known
    if not policy.is_open(event, work.now):
        raise Conflict("Registration for this event is not open.")
    row = known or Registration(
        event_id=event_id,
        user_id=viewer.user_id,
        organisation_id=viewer.organisation_id,
        standing=Standing.WAITING.value,
        registered_at=work.now,
        changed_at=work.now,
    )
    row.organisation_id = viewer.organisation_id
    row.answers = _answers(event, draft)
    row.registered_at = work.now
    row.reason = ""
    row.place_in_line = _next_place(work.session, event_id)
    needs_approval = event.approval != Approval.NONE and not event.is_interest_only
    row.standing = (Standing.REQUESTED if needs_approval else Standing.WAITING).value
    _save(work, row)
    work.audit("event.registered", event.ref)
    if needs_approval:
        tell_approvers(work, event, row)
    else:
        serve_line(work, event, at_once=row.user_id)
    return row


def withdraw(work: UnitOfWork, viewer: Viewer, event_id: int) -> Registration:
    """Give back one's seat, offer or place in line; the next in line gets the seat. Raises Conflict once it has begun."""
    event = queries.get_event(work.session, viewer, event_id)
    row = queries.find_registration(work.session, event_id, viewer.user_id)
    if row is None or not row.stands or event.starts_at <= work.now or event.state not in _STANDING:
        raise Conflict("There is no registration to withdraw.")
    row.standing = Standing.WITHDRAWN.value
    _leave_line(work, event, row)
    work.audit("event.withdrawn", event.ref)
    serve_line(work, event)
    _tell_of_free_seats(work, event)
    return row


def accept_offer(work: UnitOfWork, viewer: Viewer, event_id: int) -> Registration:
    """Take the offered seat. Raises Conflict when the offer has expired or there is none."""
    event = queries.get_event(work.session, viewer, event_id)
    row = queries.find_registration(work.session, event_id, viewer.user_id)
    if row is None or row.standing != Standing.OFFERED or event.state not in _ALIVE:
        raise Conflict("There is no offer to accept.")
    if row.offer_ends_at is not None and row.offer_ends_at <= work.now:
        raise Conflict("The offer has expired: the seat went to the next in line.")
    _confirm(work, event, row)
    work.audit("event.offer_accepted", event.ref)
    return row


def approve_registration(work: UnitOfWork, viewer: Viewer, event_id: int, registration_id: int) -> Registration:
    """Agree: he gets a seat, or his place in line, which is that of the day he registered."""
    event, row = _to_decide(work, viewer, event_id, registration_id)
    row.standing = Standing.WAITING.value
    _save(work, row)
    work.audit("event.approved", event.ref, registration=registration_id)
    serve_line(work, event, at_once=row.user_id)
    told = "event.confirmed" if row.standing == Standing.CONFIRMED else "event.waiting"
    work.notify(row.user_id, told, event.ref, {})
    return row


def decline_registration(
    work: UnitOfWork, viewer: Viewer, event_id: int, registration_id: int, draft: ReasonDraft
) -> Registration:
    """Do not agree, with the reason, which he reads."""
    event, row = _to_decide(work, viewer, event_id, registration_id)
    row.standing, row.reason = Standing.DECLINED.value, draft.reason
    _leave_line(work, event, row)
    work.audit("event.declined", event.ref, registration=registration_id)
    work.notify(row.user_id, "event.declined", event.ref, {})
    return row


def expire_offers(work: UnitOfWork, deadline: Deadline) -> None:
    """Offers of the event that were not accepted in time pass on: what the deadline of an offer calls."""
    event = work.session.get(Event, deadline.object_id)
    if event is not None:
        serve_line(work, event)


def note_end(work: UnitOfWork, deadline: Deadline) -> None:
    """The event is over: search is to know."""
    event = work.session.get(Event, deadline.object_id)
    if event is not None:
        event.revision += 1
        work.session.add(event)
        work.mark_dirty(event.ref, "over")


def remind(_work: UnitOfWork, _deadline: Deadline) -> None:
    """The event begins: who was to be reminded of it has been."""


def serve_line(work: UnitOfWork, event: Event, *, at_once: int | None = None) -> None:
    """Let expired offers pass, then give every free seat to the next in line.

    Who has just asked, or was just approved (`at_once`), has his seat at once; everybody else is offered it for the event's hours.
    """
    rows = list(work.session.exec(select(Registration).where(Registration.event_id == event.id)).all())
    for row in rows:
        if row.standing == Standing.OFFERED and row.offer_ends_at is not None and row.offer_ends_at <= work.now:
            row.standing = Standing.EXPIRED.value
            _leave_line(work, event, row)
            work.notify(row.user_id, "event.offer_expired", event.ref, {})
    if event.state not in _ALIVE or event.starts_at <= work.now:
        return
    by_id = {row.id: row for row in rows if row.id is not None}
    line = [
        InLine(key, row.organisation_id, row.place_in_line) for key, row in by_id.items() if row.standing == "waiting"
    ]
    taken = [row.organisation_id for row in rows if row.is_seated]
    capacity = None if event.is_interest_only else event.capacity
    limit = None if event.is_interest_only else event.organisation_seats
    for one in allot(capacity, limit, taken, line):
        _give_seat(work, event, by_id[one.key], is_asked=by_id[one.key].user_id != at_once)


def _give_seat(work: UnitOfWork, event: Event, row: Registration, *, is_asked: bool) -> None:
    if not is_asked or event.offer_hours == 0:
        _confirm(work, event, row)
        if is_asked:
            work.notify(row.user_id, "event.confirmed", event.ref, {})
        return
    row.standing = Standing.OFFERED.value
    row.offer_ends_at = min(work.now + timedelta(hours=event.offer_hours), event.starts_at)
    _save(work, row)
    set_deadline(work.session, event.ref, OFFER, row.offer_ends_at, user_id=row.user_id)
    work.notify(row.user_id, "event.offered", event.ref, {})


def _confirm(work: UnitOfWork, event: Event, row: Registration) -> None:
    row.standing, row.offer_ends_at = Standing.CONFIRMED.value, None
    _save(work, row)
    drop_deadlines(work.session, event.ref, [OFFER], user_id=row.user_id)
    remind_of_start(work, event, row.user_id)


def _leave_line(work: UnitOfWork, event: Event, row: Registration) -> None:
    row.offer_ends_at = None
    _save(work, row)
    drop_deadlines(work.session, event.ref, [OFFER, STARTS], user_id=row.user_id)


def _save(work: UnitOfWork, row: Registration) -> None:
    row.changed_at = work.now
    work.session.add(row)
    work.session.flush()


def _next_place(session: Session, event_id: int) -> int:
    last = session.exec(select(func.max(Registration.place_in_line)).where(Registration.event_id == event_id)).one()
    return (last or 0) + 1


def _answers(event: Event, draft: RegistrationDraft) -> dict[str, str]:
    given = [*draft.answers, *[""] * len(event.questions)]
    missing = [number for number, _ in enumerate(event.questions) if not given[number]]
    if missing:
        raise Invalid(
            "Please answer every question.", {f"answer-{number}": Message("Please fill this in.") for number in missing}
        )
    return dict(zip(event.questions, given, strict=False))


def _to_decide(work: UnitOfWork, viewer: Viewer, event_id: int, registration_id: int) -> tuple[Event, Registration]:
    event = queries.get_event(work.session, viewer, event_id)
    row = queries.get_registration(work.session, event_id, registration_id)
    organisers = queries.organisers_of(work.session, event_id)
    require(policy.can_approve(viewer, event, organisers, row), "Somebody else decides about this registration.")
    if row.standing != Standing.REQUESTED:
        raise Conflict("Somebody decided about this registration already.")
    return event, row


def _tell_of_free_seats(work: UnitOfWork, event: Event) -> None:
    """Who watches a full event hears that there is a seat, once nobody is left in line."""
    if event.capacity is None or event.is_interest_only or not policy.is_open(event, work.now):
        return
    seats = queries.seats_of(work.session, [event.ref.id]).get(event.ref.id, queries.Seats())
    if seats.waiting or seats.taken != event.capacity - 1:
        return
    for user_id in sorted(followers_of(work.session, [str(event.ref)], {Level.WATCHING})):
        known = queries.find_registration(work.session, event.ref.id, user_id)
        user = work.session.get(User, user_id)
        if user is not None and (known is None or not known.stands):
            work.notify(user_id, "event.seats", event.ref, {})
