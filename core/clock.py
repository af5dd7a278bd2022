"""The one source of the current time, so that tests and jobs can set it; and the zones that days are counted in."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Protocol


class Clock(Protocol):
    """Anything that tells an aware UTC time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""

    def today(self) -> date:
        """The calendar day it is for the bureau: one day for the index and for every reader, where all must agree."""


class SystemClock:
    """The computer's clock, in the bureau's zone."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The calendar day it is for the bureau."""
        return day_of(self.now(), self._zone)


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime, zone: tzinfo = UTC) -> None:
        self._at = at.astimezone(UTC)
        self._zone = zone

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._at

    def today(self) -> date:
        """The calendar day it is then for the bureau."""
        return day_of(self._at, self._zone)

    def set(self, at: datetime) -> None:
        """It is this time now."""
        self._at = at

    def advance(self, by: timedelta) -> None:
        """Move the clock."""
        self._at += by


REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
"""First parts of the names of the zones that people live in; the others are old names and offsets."""


@cache
def zone_names() -> frozenset[str]:
    """IANA names of the time zones that a person may choose, `UTC` among them."""
    known = zoneinfo.available_timezones()
    return frozenset({"UTC"} | {name for name in known if name.split("/", 1)[0] in REGIONS})


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of a moment as a clock in that zone shows it."""
    return moment.astimezone(zone).date()
