"""Use cases of the calendar."""

from events_calendar.service.attendance import (
    issue_certificate,
    mark_attendance,
    publish_minutes,
    say_present,
    tell_participants,
)
from events_calendar.service.audiences import renew_audiences
from events_calendar.service.events import clone_event, create_event, edit_event
from events_calendar.service.feeds import reset_feeds
from events_calendar.service.files import EVENT_HOST
from events_calendar.service.importing import import_events
from events_calendar.service.life import (
    announce_event,
    cancel_event,
    close_event,
    hold_event,
    open_registration,
    postpone_event,
    tell_open,
)
from events_calendar.service.registering import (
    accept_offer,
    approve_registration,
    decline_registration,
    expire_offers,
    note_end,
    register,
    remind,
    withdraw,
)
from events_calendar.service.series import add_exception, create_series

__all__ = [
    "EVENT_HOST",
    "accept_offer",
    "add_exception",
    "announce_event",
    "approve_registration",
    "cancel_event",
    "clone_event",
    "close_event",
    "create_event",
    "create_series",
    "decline_registration",
    "edit_event",
    "expire_offers",
    "hold_event",
    "import_events",
    "issue_certificate",
    "mark_attendance",
    "note_end",
    "open_registration",
    "postpone_event",
    "publish_minutes",
    "register",
    "remind",
    "renew_audiences",
    "reset_feeds",
    "say_present",
    "tell_open",
    "tell_participants",
    "withdraw",
]
