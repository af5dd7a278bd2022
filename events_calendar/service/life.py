"""The life of an event: announced, open, held, closed; or postponed or cancelled, with the reason."""

from core.access import Viewer
from core.deadlines import Deadline, drop_deadlines, set_deadline
from core.errors import Conflict, require
from core.states import move
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.drafts import ReasonDraft
from events_calendar.kinds import LIFECYCLE
from events_calendar.models import STANDING_IN, Event, Standing
from events_calendar.service.events import touch_event
from events_calendar.service.registering import serve_line
from events_calendar.service.telling import (
    MINUTES,
    MINUTES_WITHIN,
    OFFER,
    OPENS,
    STARTS,
    follow_end,
    renew_deadlines,
    tell_followers,
    tell_registered,
)


def announce_event(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    """Put a draft into the calendar, or a postponed event back into it."""
    event = _managed(work, viewer, event_id)
    is_new = event.state == LIFECYCLE.initial
    _move(work, event, "announce")
    follow_end(work, event)
    if is_new:
        tell_followers(work, event, "event.announced", but=viewer.user_id)
    else:
        tell_registered(work, event, "event.changed", but=viewer.user_id)
        renew_deadlines(work, event)
    return event


def open_registration(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    """From now on, or from the time the event says, people may register."""
    event = _managed(work, viewer, event_id)
    _move(work, event, "open", is_public=False)
    if event.opens_at is not None and event.opens_at > work.now:
        set_deadline(work.session, event.ref, OPENS, event.opens_at, user_id=event.author_id)
    else:
        tell_followers(work, event, "event.open", but=viewer.user_id)
    serve_line(work, event)
    return event


def postpone_event(work: UnitOfWork, viewer: Viewer, event_id: int, draft: ReasonDraft) -> Event:
    """It does not take place when it said; seats are kept for the new time."""
    event = _managed(work, viewer, event_id)
    _move(work, event, "postpone", reason=draft.reason)
    drop_deadlines(work.session, event.ref, [STARTS])
    tell_registered(work, event, "event.postponed", but=viewer.user_id)
    return event


def cancel_event(work: UnitOfWork, viewer: Viewer, event_id: int, draft: ReasonDraft) -> Event:
    """It does not take place; it stays in the calendar, marked as cancelled."""
    event = _managed(work, viewer, event_id)
    _move(work, event, "cancel", reason=draft.reason)
    drop_deadlines(work.session, event.ref, [OFFER, STARTS])
    tell_registered(work, event, "event.cancelled", STANDING_IN, but=viewer.user_id)
    return event


def hold_event(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    """It took place: its minutes are due. Raises Conflict before it has begun."""
    event = _managed(work, viewer, event_id)
    if event.starts_at > work.now:
        raise Conflict("The event has not begun yet.")
    _move(work, event, "hold", is_public=False)
    drop_deadlines(work.session, event.ref, [OFFER, STARTS])
    set_deadline(work.session, event.ref, MINUTES, event.ends_at + MINUTES_WITHIN, user_id=event.author_id)
    return event


def close_event(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    """Nothing more comes."""
    event = _managed(work, viewer, event_id)
    _move(work, event, "close", is_public=False)
    drop_deadlines(work.session, event.ref, [MINUTES])
    tell_registered(work, event, "event.closed", {Standing.ATTENDED}, but=viewer.user_id)
    return event


def tell_open(work: UnitOfWork, deadline: Deadline) -> None:
    """The time has come at which registration opens: who follows hears of it."""
    event = work.session.get(Event, deadline.object_id)
    if event is not None and policy.is_open(event, work.now):
        tell_followers(work, event, "event.open", but=event.author_id)


def _managed(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    event = queries.get_event(work.session, viewer, event_id)
    organisers = queries.organisers_of(work.session, event_id)
    require(policy.can_manage(viewer, event, organisers), "Only who manages the event may do this.")
    return event


def _move(work: UnitOfWork, event: Event, verb: str, *, reason: str = "", is_public: bool = True) -> None:
    event.state = move(work, LIFECYCLE, event.state, verb, ref=event.ref, given={"reason": reason})
    event.state_reason = reason
    touch_event(work, event, verb, is_public=is_public)
