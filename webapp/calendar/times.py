"""Times of events as their readers want them: on their own clock, and on that of the place."""

from datetime import date, datetime, timedelta, tzinfo

from babel.dates import format_date, format_time, get_timezone_name
from flask_babel import get_timezone

from events_calendar.zones import last_day, to_local, zone_of
from webapp.wording.language import page_locale


def reader_zone() -> tzinfo:
    """The time zone of who reads this page."""
    zone: tzinfo = get_timezone()
    return zone


def clock(value: datetime) -> str:
    """A time of day, of a wall-clock time or of a moment that is on the wanted clock already."""
    return str(format_time(value.replace(tzinfo=None), "short", locale=page_locale()))


def weekday(value: date, width: str = "EEE") -> str:
    """Name of the day of the week."""
    return str(format_date(value, width, locale=page_locale()))


def month_name(value: date) -> str:
    """Month and year."""
    return str(format_date(value, "LLLL y", locale=page_locale()))


def long_day(value: date) -> str:
    """A day with its weekday."""
    return str(format_date(value, "EEE, d MMM y", locale=page_locale()))


def when(starts_at: datetime, ends_at: datetime, zone: str, *, is_all_day: bool, is_local: bool = False) -> str:
    """When an event takes place: on its reader's clock, or with `is_local` on that of the place."""
    if is_all_day:
        first, last = to_local(starts_at, zone).date(), last_day(ends_at, zone)
        return long_day(first) if first == last else f"{long_day(first)} – {long_day(last)}"
    here = zone_of(zone) if is_local else reader_zone()
    starts, ends = starts_at.astimezone(here), ends_at.astimezone(here)
    if starts.date() == ends.date():
        return f"{long_day(starts)}, {clock(starts)} – {clock(ends)}"
    return f"{long_day(starts)}, {clock(starts)} – {long_day(ends)}, {clock(ends)}"


def has_other_clock(starts_at: datetime, zone: str) -> bool:
    """True when the clock of the place shows another time than the reader's."""
    return starts_at.astimezone(zone_of(zone)).utcoffset() != starts_at.astimezone(reader_zone()).utcoffset()


def zone_label(zone: str | tzinfo, at: datetime) -> str:
    """Name of a zone and what it is ahead of UTC then."""
    known = zone_of(zone) if isinstance(zone, str) else zone
    offset = at.astimezone(known).utcoffset() or timedelta()
    sign, minutes = ("-" if offset < timedelta() else "+"), abs(round(offset.total_seconds() / 60))
    name = get_timezone_name(known, locale=page_locale()) if str(known) != "UTC" else "UTC"
    return f"{name} (UTC{sign}{minutes // 60:02}:{minutes % 60:02})"


def moment_on_page(value: datetime) -> str:
    """Day and time on the reader's clock."""
    local = value.astimezone(reader_zone())
    return f"{long_day(local)}, {clock(local)}"
