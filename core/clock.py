"""The one source of the current time, so that tests and jobs can set it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells an aware UTC time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """It is this time now."""
        self._at = at

    def advance(self, by: timedelta) -> None:
        """Move the clock."""
        self._at += by
