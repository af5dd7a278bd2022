"""Events as an iCalendar file: the same events give the same bytes, so that a client sees when nothing has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Alarm, Calendar, Timezone
from icalendar import Event as VEvent
from icalendar.prop import vRecur

from core.access import Marking
from events_calendar.models import Event, EventState, Series
from events_calendar.recurrence import parse_moment, starts_of
from events_calendar.zones import last_day, to_local, zone_of

PRODUCT = "-//International Police Cooperation Unit//Knowledge Exchange//EN"
REFRESH = timedelta(hours=4)
_STATUS = {EventState.CANCELLED: "CANCELLED", EventState.POSTPONED: "TENTATIVE", EventState.DRAFT: "TENTATIVE"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a file."""

    event: Event
    url: str
    """Of its page."""
    categories: tuple[str, ...] = ()
    organisation: str = ""
    is_tentative: bool = False
    """Its reader has no seat yet."""
    has_alarm: bool = False
    """Remind of it a day before."""


def write_calendar(name: str, entries: Sequence[Entry], series: Series | None = None, url: str = "") -> bytes:
    """The file; with `series`, its rule, and the entries as what became of each of its events.

    Starts that the rule gives and for which there is no entry are left out: they do not take place, or are not for the reader.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for zone, moments in sorted(_moments(entries, series).items()):
        if zone != "UTC":
            calendar.add_component(_timezone(zone, *_years(moments)))
    if series is not None:
        calendar.add_component(_master(series, entries, url))
    for entry in entries:
        calendar.add_component(_component(entry))
    return bytes(calendar.to_ical())


def _component(entry: Entry) -> VEvent:
    event = entry.event
    component = VEvent()
    component.add("uid", event.uid)
    component.add("dtstamp", event.changed_at)
    component.add("last-modified", event.changed_at)
    component.add("sequence", event.sequence)
    component.add("summary", f"[{event.tlp.label}] {event.title}")
    _add_times(component, event)
    if event.recurrence_id is not None:
        component.add("recurrence-id", _clock(event.recurrence_id, event.zone))
    status = _STATUS.get(EventState(event.state), "TENTATIVE" if entry.is_tentative else "CONFIRMED")
    component.add("status", status)
    if event.place:
        component.add("location", event.place)
    lines = [
        event.summary,
        f"Postponed: {event.state_reason}" if event.state == EventState.POSTPONED else "",
        entry.url,
    ]
    component.add("description", "\n\n".join(line for line in lines if line))
    component.add("url", entry.url)
    if entry.categories:
        component.add("categories", list(entry.categories))
    component.add("class", "PUBLIC" if event.tlp is Marking.CLEAR else "CONFIDENTIAL")
    if entry.has_alarm and status != "CANCELLED":
        component.add_component(_alarm(event.title))
    return component


def _add_times(component: VEvent, event: Event) -> None:
    if event.is_all_day:
        component.add("dtstart", to_local(event.starts_at, event.zone).date())
        component.add("dtend", last_day(event.ends_at, event.zone) + timedelta(days=1))
        component.add("transp", "TRANSPARENT")
        return
    component.add("dtstart", _clock(event.starts_at, event.zone))
    component.add("dtend", _clock(event.ends_at, event.zone))


def _master(series: Series, entries: Iterable[Entry], url: str) -> VEvent:
    """The rule of a series. Every start that it gives and nobody replaces is excepted."""
    component = VEvent()
    component.add("uid", series.uid)
    component.add("dtstamp", series.changed_at)
    component.add("last-modified", series.changed_at)
    component.add("sequence", series.sequence)
    component.add("summary", f"[{series.tlp.label}] {series.title}")
    component.add("dtstart", _clock(series.starts_at, series.zone))
    component.add("duration", timedelta(minutes=series.minutes))
    component.add("rrule", vRecur.from_ical(series.rule))
    component.add("description", "\n\n".join(line for line in (series.summary, url) if line))
    if url:
        component.add("url", url)
    kept = {one.event.recurrence_id for one in entries}
    for slot in _slots(series):
        if slot not in kept:
            component.add("exdate", _clock(slot, series.zone))
    return component


def _slots(series: Series) -> list[datetime]:
    known = starts_of(series.rule, series.starts_at, series.zone)
    return sorted({*known, *(parse_moment(text) for text in series.exceptions)})


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", timedelta(days=-1))
    return alarm


def _clock(moment: datetime, zone: str) -> datetime:
    """The moment on the clock of the zone: other programs keep it there when the clocks change."""
    known = zone_of(zone)
    return moment if known.key == "UTC" else moment.astimezone(known)


def _moments(entries: Iterable[Entry], series: Series | None) -> dict[str, list[datetime]]:
    """By zone, the moments that are written in it."""
    found: dict[str, list[datetime]] = {}
    for one in entries:
        found.setdefault(zone_of(one.event.zone).key, []).extend((one.event.starts_at, one.event.ends_at))
    if series is not None:
        found.setdefault(zone_of(series.zone).key, []).extend([series.starts_at, *_slots(series)])
    return found


def _years(moments: Iterable[datetime]) -> tuple[int, int]:
    years = [moment.year for moment in moments]
    return min(years) - 1, max(years) + 2


@lru_cache(maxsize=256)
def _timezone(zone: str, first_year: int, last_year: int) -> Timezone:
    first, last = datetime(first_year, 1, 1, tzinfo=UTC).date(), datetime(last_year, 1, 1, tzinfo=UTC).date()
    return Timezone.from_tzid(zone, first_date=first, last_date=last)
