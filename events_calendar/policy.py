"""Who may do what in the calendar. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from datetime import datetime, timedelta

from core.access import Marked, Tokens, Viewer
from core.marking import Recipients
from core.people import Role
from events_calendar.models import Approval, Event, EventState, Registration, Series, Standing

EARLY = timedelta(hours=1)
"""How long before the start, and after the end, people may say by the code in the room that they are there."""


def audience_of(event: Event | Series, recipients: Recipients) -> Marked:
    """The facts that decide who sees an event or a series."""
    return Marked(
        marking=event.tlp,
        organisation_id=event.organisation_id,
        author_id=event.author_id,
        listed_organisations=recipients.organisations,
        named_users=recipients.users,
        space_id=event.space_id,
    )


def can_read(viewer: Viewer, event: Event, organisers: frozenset[int], tokens: Tokens) -> bool:
    """The access rule, and for drafts: those who manage it."""
    return viewer.sees(tokens) and (event.state != EventState.DRAFT or can_manage(viewer, event, organisers))


def can_create(viewer: Viewer) -> bool:
    """Every verified member may hold a seminar."""
    return bool(viewer.audience)


def can_write_for(viewer: Viewer, organisation_id: int) -> bool:
    """An event is of the author's own organisation or one above it; of any for IPCU staff and moderators."""
    return f"org:{organisation_id}" in viewer.audience or viewer.has(Role.IPCU_STAFF, Role.MODERATOR)


def can_manage(viewer: Viewer, event: Event, organisers: frozenset[int]) -> bool:
    """Its author, its organisers, IPCU staff and moderators, as long as they see it."""
    return viewer.user_id in organisers | {event.author_id} or viewer.has(Role.IPCU_STAFF, Role.MODERATOR)


def can_edit(viewer: Viewer, event: Event, organisers: frozenset[int]) -> bool:
    """Those who manage it, until it is closed or cancelled."""
    return event.state not in (EventState.CLOSED, EventState.CANCELLED) and can_manage(viewer, event, organisers)


def can_widen(viewer: Viewer, event: Event, organisers: frozenset[int]) -> bool:
    """Only the source may widen a marking (TLP 2.0)."""
    return can_manage(viewer, event, organisers) and viewer.organisation_id == event.organisation_id


def can_approve(viewer: Viewer, event: Event, organisers: frozenset[int], registration: Registration) -> bool:
    """An organiser, or the focal point of the person's organisation, as the event asks; nobody approves himself."""
    if viewer.user_id == registration.user_id:
        return False
    if event.approval == Approval.SUPERVISOR:
        return viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == registration.organisation_id
    return can_manage(viewer, event, organisers)


def is_open(event: Event, now: datetime) -> bool:
    """True while people may register."""
    if event.state != EventState.OPEN or (event.opens_at is not None and now < event.opens_at):
        return False
    return now < (event.closes_at or event.starts_at) and now < event.starts_at


def shows_link(
    viewer: Viewer, event: Event, organisers: frozenset[int], mine: Registration | None, now: datetime
) -> bool:
    """Those who manage it always; those who have a seat from some time before the start on, until it has ended."""
    if can_manage(viewer, event, organisers):
        return True
    is_time = event.starts_at - timedelta(minutes=event.link_minutes) <= now <= event.ends_at
    return mine is not None and mine.standing in (Standing.CONFIRMED, Standing.ATTENDED) and is_time


def can_say_present(event: Event, mine: Registration | None, now: datetime) -> bool:
    """Somebody with a seat, from an hour before the start until an hour after the end."""
    is_seated = mine is not None and mine.standing in (Standing.CONFIRMED, Standing.ATTENDED, Standing.ABSENT)
    return is_seated and event.starts_at - EARLY <= now <= event.ends_at + EARLY


def has_certificate(event: Event, mine: Registration | None) -> bool:
    """Who attended an event that took place."""
    is_over = event.state in (EventState.HELD, EventState.CLOSED)
    return is_over and mine is not None and mine.standing == Standing.ATTENDED
