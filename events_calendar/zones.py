"""Local times of events: an event takes place at a wall-clock time in its own zone, whatever the clocks do in between."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MINUTE = timedelta(minutes=1)


@cache
def zone_names() -> tuple[str, ...]:
    """Names of zones people choose from: places, and UTC."""
    places = {
        one
        for one in available_timezones()
        if "/" in one and not one.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    }
    return ("UTC", *sorted(places))


def is_zone(name: str) -> bool:
    """True for a zone the time zone database has, old names included."""
    return name in available_timezones()


def zone_of(name: str) -> ZoneInfo:
    """The zone, or UTC for one that is not in the database any more: a stored event must stay readable."""
    return ZoneInfo(name if is_zone(name) else "UTC")


def to_utc(local: datetime, zone: str) -> datetime:
    """The moment of a wall-clock time. One that the clocks leave out is moved forward by the gap; of two the first is meant."""
    aware = local.replace(tzinfo=zone_of(zone), fold=0)
    return aware.astimezone(UTC)


def to_local(moment: datetime, zone: str) -> datetime:
    """The wall-clock time of a moment, without a zone."""
    return moment.astimezone(zone_of(zone)).replace(tzinfo=None)


def days_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """The moments at which a run of whole days, the last one included, begins and ends in a zone."""
    return to_utc(datetime.combine(first, time()), zone), to_utc(
        datetime.combine(last + timedelta(days=1), time()), zone
    )


def last_day(ends_at: datetime, zone: str) -> date:
    """The last day that something ending then touches: what ends at midnight ends on the day before."""
    return to_local(ends_at - MINUTE, zone).date()
