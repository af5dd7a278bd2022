"""How the calendar is registered with the house."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Viewer
from core.paging import Page
from events_calendar import models, queries, service
from events_calendar.kinds import KIND_LABELS, STANDING_LABELS, STATUS_LABELS
from events_calendar.models import KIND, SERIES, Event, Standing
from events_calendar.queries import Listed
from events_calendar.service.telling import OFFER, OPENS, OVER, STARTS
from events_calendar.source import EventSource
from webapp.calendar import browsing, events, feeds, minutes, registering, times
from webapp.calendar.demo import load_events
from webapp.calendar.site import blueprint
from webapp.part import Address, HomePanel, NavigationItem, Part
from webapp.runtime import current_runtime
from webapp.wording.language import translated

PAGES = (browsing, events, feeds, minutes, registering)
"""Modules whose pages are the blueprint's."""


def event_when(event: Listed | Event, is_local: bool = False) -> str:  # noqa: FBT001  a template's argument
    """When it takes place, on the reader's clock or on that of the place."""
    return times.when(event.starts_at, event.ends_at, event.zone, is_all_day=event.is_all_day, is_local=is_local)


def event_zone(zone: str | None, at: datetime) -> str:
    """Name of a zone, the reader's for None."""
    return times.zone_label(zone or times.reader_zone(), at)


def event_other_clock(event: Listed | Event) -> bool:
    """True when the clock of the place shows another time than the reader's."""
    return times.has_other_clock(event.starts_at, event.zone)


def event_day(text: str) -> str:
    """Day and time of a moment that a result card carries as text."""
    return times.moment_on_page(datetime.fromisoformat(text))


def event_weekday(value: date, width: str) -> str:
    """Name of the day of the week."""
    return times.weekday(value, width)


def standing_label(standing: str) -> str:
    """What a reader calls where a registration stands."""
    return translated(STANDING_LABELS[Standing(standing)])


def now() -> datetime:
    """The time."""
    return current_runtime().clock.now()


def _coming(session: Session, viewer: Viewer) -> dict[str, object]:
    moment = current_runtime().clock.now()
    rows, _total = queries.list_upcoming(session, viewer, Page(size=5), moment)
    mine = queries.list_my_events(session, viewer, since=moment)
    return {"events": rows, "mine": mine[:5]}


CALENDAR = Part(
    name="events_calendar",
    blueprints=(blueprint,),
    models=(models,),
    sources=lambda clock: (EventSource(clock),),
    hosts=(service.EVENT_HOST,),
    addresses={KIND: Address("calendar.show", "event_id"), SERIES: Address("calendar.series", "series_id")},
    titles={KIND: queries.find_titles, SERIES: queries.find_series_titles},
    badges={KIND: "calendar/_badges.html"},
    icons={KIND: "calendar-event"},
    values={"kind": {kind.value: label for kind, label in KIND_LABELS.items()}, "status": STATUS_LABELS},
    notices={
        "event.announced": _("An event is announced."),
        "event.open": _("Registration for an event is open."),
        "event.seats": _("There is a free seat."),
        "event.requested": _("Somebody asks for a seat and needs your approval."),
        "event.confirmed": _("Your seat is confirmed."),
        "event.waiting": _("Your request is approved; you are on the wait-list."),
        "event.offered": _("A seat is offered to you. Accept it before the offer expires."),
        "event.offer_expired": _("Your offer has expired; the seat went to the next in line."),
        "event.declined": _("Your request for a seat was not approved."),
        "event.changed": _("Time or place of an event has changed."),
        "event.postponed": _("An event is postponed."),
        "event.cancelled": _("An event is cancelled."),
        "event.closed": _("An event you attended is closed; your certificate waits for you."),
        "event.materials": _("There are new materials of an event."),
        "event.minutes_arrived": _("The minutes of an event are there."),
        "event.message": _("The organisers of an event wrote to those who take part."),
        "event.starts.reminder": _("An event you are registered for begins soon."),
        "event.minutes.due": _("The minutes of your event are due."),
        "event.review.due": _("Key points of your event are to become a library record: this is due now."),
    },
    navigation=(
        NavigationItem(
            "calendar.here",
            _("Calendar"),
            "calendar-event",
            same_place=(
                "calendar.month",
                "calendar.week",
                "calendar.day",
                "calendar.agenda",
                "calendar.events",
                "calendar.mine",
                "calendar.show",
                "calendar.series",
            ),
        ),
    ),
    panels=(HomePanel("calendar/_home.html", _coming),),
    globals={
        "event_when": event_when,
        "event_zone": event_zone,
        "event_other_clock": event_other_clock,
        "event_day": event_day,
        "event_weekday": event_weekday,
        "event_month": times.month_name,
        "event_long_day": times.long_day,
        "event_clock": times.clock,
        "event_moment": times.moment_on_page,
        "standing_label": standing_label,
        "now": now,
    },
    deadlines={
        OFFER: service.expire_offers,
        OPENS: service.tell_open,
        OVER: service.note_end,
        STARTS: service.remind,
    },
    demo=load_events,
    renew_audiences=service.renew_audiences,
)
