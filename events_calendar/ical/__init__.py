"""iCalendar (RFC 5545): events written for other programs, and read from their files."""

from events_calendar.ical.reading import FoundEvent, read_calendar
from events_calendar.ical.writing import Entry, write_calendar

__all__ = ["Entry", "FoundEvent", "read_calendar", "write_calendar"]
