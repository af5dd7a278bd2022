"""Days and weeks of a calendar page: which event stands on which day of its reader."""

from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from events_calendar.queries import Listed
from events_calendar.zones import MINUTE, last_day, to_local

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """An event on one of the days that it touches."""

    event: Listed
    starts: datetime
    """On the reader's clock."""
    ends: datetime
    is_first: bool
    """It begins on this day."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the page."""

    date: date
    is_today: bool = False
    is_outside: bool = False
    """Of the month before or after."""
    slots: list[Slot] = field(default_factory=list)


def weeks_of(year: int, month: int, first_weekday: int) -> list[list[date]]:
    """The weeks that a month touches; `first_weekday` 0 is Monday."""
    return Calendar(first_weekday).monthdatescalendar(year, month)


def week_of(day: date, first_weekday: int) -> list[date]:
    """The week of a day."""
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return [first + timedelta(days=number) for number in range(7)]


def bounds(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The moments at which a run of the reader's days, the last one included, begins and ends."""
    since = datetime.combine(first, time(), zone).astimezone(UTC)
    return since, datetime.combine(last + DAY, time(), zone).astimezone(UTC)


def fill(dates: Iterable[date], events: Sequence[Listed], zone: tzinfo, today: date, month: int = 0) -> list[Day]:
    """Days with their events, in the order of their start; `month` tells which days are outside of it."""
    days = {one: Day(one, is_today=one == today, is_outside=bool(month) and one.month != month) for one in dates}
    for event in events:
        first, last, starts, ends = _span(event, zone)
        current = first
        while current <= last:
            if current in days:
                days[current].slots.append(Slot(event, starts, ends, current == first))
            current += DAY
    return list(days.values())


def _span(event: Listed, zone: tzinfo) -> tuple[date, date, datetime, datetime]:
    """First and last day that it touches, start and end on the reader's clock. Whole days are those of the event's own zone."""
    if event.is_all_day:
        starts = to_local(event.starts_at, event.zone)
        return starts.date(), last_day(event.ends_at, event.zone), starts, to_local(event.ends_at, event.zone)
    starts, ends = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    return starts.date(), (ends - MINUTE).date(), starts, ends
