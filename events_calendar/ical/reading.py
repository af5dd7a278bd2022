"""What an iCalendar file holds, whatever it is that somebody uploads: hostile, broken and endless ones too."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import recurring_ical_events
from icalendar import Calendar, Component

from core.errors import Invalid, Message
from events_calendar.zones import is_zone, to_local

MAX_BYTES = 1_000_000
MOST = 100
"""Events taken from one file."""
MOST_COMPONENTS = 2000
LONGEST_WORD = 200
BEFORE, AFTER = timedelta(days=31), timedelta(days=366)
"""Repeating events are taken of this time around now."""
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event of a file, on the clock of its zone. Texts are cut to what an event takes."""

    title: str
    starts: datetime
    ends: datetime
    zone: str
    is_all_day: bool
    place: str = ""
    text: str = ""
    is_cancelled: bool = False


def read_calendar(data: bytes, default_zone: str, now: datetime) -> list[FoundEvent]:
    """Its events in the order of their start, repeating ones of the month before `now` and the year after it.

    `default_zone` is meant by times without a zone, and by zones that nobody knows. What cannot be read is left out. Raises
    Invalid for what is no calendar or too large.
    """
    if len(data) > MAX_BYTES:
        raise _refused(Message("The file is larger than 1 MB."))
    calendar = _parsed(data)
    components = calendar.walk("VEVENT")
    if len(components) > MOST_COMPONENTS:
        raise _refused(Message("The file holds too many events."))
    zone = str(calendar.get("X-WR-TIMEZONE", ""))
    zone = zone if is_zone(zone) else default_zone
    events = [one for one in (_read(component, zone) for component in _expanded(calendar, components, now)) if one]
    return sorted(events, key=lambda one: (one.starts, one.title))[:MOST]


def _parsed(data: bytes) -> Calendar:
    """One calendar with the events of all that the file holds; events that stand alone too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
            found = Calendar.from_ical(text, multiple=True)
    except Exception as error:
        raise _refused(Message("This is not a calendar file.")) from error
    calendar = Calendar()
    for one in found:
        if zone := one.get("X-WR-TIMEZONE"):
            calendar["X-WR-TIMEZONE"] = zone
        for part in (*one.walk("VTIMEZONE"), *one.walk("VEVENT")):
            calendar.add_component(part)
    if not calendar.subcomponents:
        raise _refused(Message("The file holds no event."))
    return calendar


def _expanded(calendar: Calendar, components: list[Component], now: datetime) -> Iterator[Component]:
    """Each event, repeating ones as often as they take place around now."""
    if any(_repeats_too_often(one) for one in components):
        raise _refused(Message("An event of the file repeats within a day; the calendar holds no such events."))
    if not any(one.get("RRULE") or one.get("RDATE") for one in components):
        yield from components
        return
    repeating = {str(one.get("UID", "")) for one in components if one.get("RRULE") or one.get("RDATE")}
    yield from (one for one in components if str(one.get("UID", "")) not in repeating)
    part = Calendar()
    for one in (*calendar.walk("VTIMEZONE"), *components):
        if one.name == "VTIMEZONE" or str(one.get("UID", "")) in repeating:
            part.add_component(one)
    try:
        yield from islice(recurring_ical_events.of(part, skip_bad_series=True).between(now - BEFORE, now + AFTER), MOST)
    except Exception:  # noqa: BLE001  the same: a rule that it stumbles over gives no events
        return


def _repeats_too_often(component: Component) -> bool:
    rules = component.get("RRULE") or []
    found = [
        str(value).upper() for rule in (rules if isinstance(rules, list) else [rules]) for value in _frequency(rule)
    ]
    return bool(_TOO_OFTEN.intersection(found))


def _frequency(rule: object) -> list[object]:
    value = rule.get("FREQ", []) if isinstance(rule, dict) else []
    return value if isinstance(value, list) else [value]


def _read(component: Component, default_zone: str) -> FoundEvent | None:
    try:
        start = component.decoded("DTSTART")
        end = _end_of(component, start)
        title = " ".join(str(component.get("SUMMARY", "")).split())[:LONGEST_WORD]
        zone = _zone_of(start, default_zone)
        is_all_day = not isinstance(start, datetime)
        starts, ends = _on_clock(start, zone), _on_clock(end, zone)
        if is_all_day:
            # The end of whole days is the day after the last one.
            ends = max(starts, ends - timedelta(days=1))
        elif ends <= starts:
            ends = starts + timedelta(hours=1)
        place = " ".join(str(component.get("LOCATION", "")).split())[:LONGEST_WORD]
        text = str(component.get("DESCRIPTION", ""))[:5000]
        is_cancelled = str(component.get("STATUS", "")).upper() == "CANCELLED"
    except Exception:  # noqa: BLE001  a property that cannot be read leaves out its event, not the file
        return None
    return FoundEvent(title or "Untitled event", starts, ends, zone, is_all_day, place, text, is_cancelled)


def _end_of(component: Component, start: date) -> date:
    if component.get("DTEND") is not None:
        return _date(component.decoded("DTEND"))
    if component.get("DURATION") is not None:
        duration = component.decoded("DURATION")
        return start + duration if isinstance(duration, timedelta) else start
    return start + (timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1))


def _date(value: object) -> date:
    if isinstance(value, date):
        return value
    raise TypeError(value)


def _zone_of(start: date, default_zone: str) -> str:
    if not isinstance(start, datetime) or start.tzinfo is None:
        return default_zone
    key = str(getattr(start.tzinfo, "key", "") or getattr(start.tzinfo, "zone", "") or "")
    return key if is_zone(key) else default_zone


def _on_clock(value: date, zone: str) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value.tzinfo is None:
        return value.replace(second=0, microsecond=0)
    return to_local(value.astimezone(UTC), zone).replace(second=0, microsecond=0)


def _refused(message: Message) -> Invalid:
    return Invalid(message, {"file": message})
