"""After the event: who was there, certificates, minutes, and what the organisers tell those who take part."""

import re
import secrets

from sqlmodel import Session

from core.access import Viewer
from core.deadlines import meet_deadline, set_deadline
from core.errors import Conflict, Forbidden, require
from core.fields import body_of
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.drafts import AttendanceDraft, MessageDraft, MinutesDraft
from events_calendar.models import SEATED, Event, EventMessage, EventMinutes, EventState, Registration, Standing
from events_calendar.service.events import touch_event
from events_calendar.service.telling import MINUTES, REVIEW, REVIEW_WITHIN, tell_registered

SHORTEST_NAME = 4
_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SEATED_FOR_GOOD = (Standing.CONFIRMED.value, Standing.ATTENDED.value, Standing.ABSENT.value)


def mark_attendance(work: UnitOfWork, viewer: Viewer, event_id: int, draft: AttendanceDraft) -> int:
    """Of those with a seat, these were there and the others were not; how many were. Raises Conflict before it has begun."""
    event = _managed(work, viewer, event_id)
    if event.starts_at > work.now:
        raise Conflict("The event has not begun yet.")
    attended = set(draft.attended)
    for one in queries.list_attendees(work.session, event_id):
        row = one.registration
        if row.standing not in _SEATED_FOR_GOOD:
            continue
        row.standing = (Standing.ATTENDED if row.id in attended else Standing.ABSENT).value
        row.changed_at = work.now
        work.session.add(row)
    work.session.flush()
    work.audit("event.attendance", event.ref, attended=len(attended))
    return len(attended)


def say_present(work: UnitOfWork, viewer: Viewer, event_id: int) -> Registration:
    """He has scanned the code in the room. Raises Forbidden for who has no seat, or at another time."""
    event = queries.get_event(work.session, viewer, event_id)
    row = queries.find_registration(work.session, event_id, viewer.user_id)
    if row is None or not policy.can_say_present(event, row, work.now):
        raise Forbidden("Only who has a seat can do this, from an hour before the start until an hour after the end.")
    if row.standing != Standing.ATTENDED:
        row.standing, row.changed_at = Standing.ATTENDED.value, work.now
        work.session.add(row)
        work.audit("event.present", event.ref)
    return row


def issue_certificate(work: UnitOfWork, viewer: Viewer, event_id: int) -> Registration:
    """One's own certificate of attendance; its verification code stays the same. Raises Forbidden for who was not there."""
    event = queries.get_event(work.session, viewer, event_id)
    row = queries.find_registration(work.session, event_id, viewer.user_id)
    if row is None or not policy.has_certificate(event, row):
        raise Forbidden("There is a certificate for those who attended, once the event took place.")
    if row.certificate is None:
        row.certificate = _new_code()
        work.session.add(row)
        work.audit("event.certified", event.ref)
    return row


def publish_minutes(work: UnitOfWork, viewer: Viewer, event_id: int, draft: MinutesDraft) -> EventMinutes:
    """A new version of the minutes; those who take part are told. A library draft made of it is due in a fortnight."""
    event = _managed(work, viewer, event_id)
    if event.state not in (EventState.HELD, EventState.CLOSED):
        raise Conflict("Minutes are written when the event took place.")
    earlier = queries.list_minutes(work.session, [event_id]).get(event_id, [])
    body = body_of(hidden(work.session, event, draft.body.source)) if event.is_chatham_house else draft.body
    row = EventMinutes(
        event_id=event_id,
        version=len(earlier) + 1,
        body_source=body.source,
        body_html=body.html,
        rendered_by=body.version,
        key_points=hidden(work.session, event, draft.key_points) if event.is_chatham_house else draft.key_points,
        author_id=viewer.user_id,
        written_at=work.now,
    )
    work.session.add(row)
    event.recording_link = draft.recording_link or event.recording_link
    touch_event(work, event, "minutes", is_public=False)
    meet_deadline(work.session, event.ref, MINUTES, work.now, by=viewer.user_id)
    if not earlier:
        set_deadline(work.session, event.ref, REVIEW, work.now + REVIEW_WITHIN, user_id=event.author_id)
    tell_registered(work, event, "event.minutes_arrived", SEATED, but=viewer.user_id)
    work.audit("event.minutes", event.ref, version=row.version)
    return row


def hidden(session: Session, event: Event, text: str) -> str:
    """The text without the names of those who take part, their family names alone included (Chatham House Rule)."""
    names = {one.name for one in queries.list_attendees(session, event.ref.id)}
    names |= {word for name in names for word in name.split() if len(word) >= SHORTEST_NAME}
    if not names:
        return text
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", "a participant", text)


def tell_participants(work: UnitOfWork, viewer: Viewer, event_id: int, draft: MessageDraft) -> EventMessage:
    """Tell everybody who stands for the event; what is told stands on its page for them."""
    event = _managed(work, viewer, event_id)
    row = EventMessage(event_id=event_id, author_id=viewer.user_id, text=draft.text, written_at=work.now)
    work.session.add(row)
    tell_registered(work, event, "event.message", but=viewer.user_id)
    work.audit("event.message", event.ref)
    return row


def _managed(work: UnitOfWork, viewer: Viewer, event_id: int) -> Event:
    event = queries.get_event(work.session, viewer, event_id)
    organisers = queries.organisers_of(work.session, event_id)
    require(policy.can_manage(viewer, event, organisers), "Only who manages the event may do this.")
    return event


def _new_code() -> str:
    """Nobody guesses it (80 bits), and it can be read aloud."""
    text = "".join(secrets.choice(_CODE) for _ in range(16))
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))
