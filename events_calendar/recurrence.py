"""Rules by which a series repeats: RRULE of RFC 5545, read and expanded within bounds."""

from datetime import UTC, datetime
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from core.errors import Invalid, Message
from events_calendar.zones import to_local, to_utc

MOST = 104
"""Events of one series: two years of every week."""
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_OFTEN = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


def check_rule(rule: str) -> str:
    """The rule in capitals. Raises Invalid for one that is none, that repeats within a day, or that has no end."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
    if not parts or set(parts) - _PARTS or parts.get("FREQ") not in _OFTEN:
        raise _refused(Message("This is no rule that the calendar repeats by."))
    if not ("COUNT" in parts or "UNTIL" in parts):
        raise _refused(Message("A series needs an end: a number of events or a last day."))
    _parsed(text, to_local(datetime(2000, 1, 1, tzinfo=UTC), "UTC"))
    return text


def starts_of(rule: str, first: datetime, zone: str, exceptions: frozenset[datetime] = frozenset()) -> list[datetime]:
    """Starts in UTC, the first ones of at most a hundred or so, at the same wall-clock time in `zone` throughout."""
    local = islice(_parsed(rule, to_local(first, zone)), MOST)
    moments = [to_utc(one, zone) for one in local]
    return [one for one in moments if one not in exceptions]


def _parsed(text: str, start: datetime) -> rrule:
    # The last day is given as people write it, without a zone: the same clock as the start.
    plain = ";".join(_until(part) if part.startswith("UNTIL=") else part for part in text.split(";"))
    try:
        found = rrulestr(plain, dtstart=start, ignoretz=True)
    except (ValueError, TypeError, OverflowError, KeyError, IndexError, AttributeError) as error:
        raise _refused(Message("This is no rule that the calendar repeats by.")) from error
    if not isinstance(found, rrule):
        raise _refused(Message("This is no rule that the calendar repeats by."))
    return found


def _until(part: str) -> str:
    # A day alone means all of it.
    name, _sign, value = part.partition("=")
    value = value.rstrip("Z")
    return f"{name}={value}" if "T" in value else f"{name}={value}T235959"


def _refused(message: Message) -> Invalid:
    return Invalid(message, {"rule": message})


def parse_moment(text: str) -> datetime:
    """An ISO time of `Series.exceptions`."""
    return datetime.fromisoformat(text).astimezone(UTC)
