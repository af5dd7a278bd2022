"""Deadlines of open opportunities as an iCalendar file (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from training.opportunities.models import Opportunity

FOLD = 73


def calendar(rows: Iterable[tuple[Opportunity, str]], host: str, now: datetime) -> str:
    """One entry for each opportunity, with its address."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//IPCU Knowledge Exchange//EN"]
    for row, address in rows:
        lines += [
            "BEGIN:VEVENT",
            f"UID:opportunity-{row.id}@{host}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(row.deadline)}",
            f"SEQUENCE:{row.revision}",
            f"SUMMARY:{_text(row.title)}",
            f"URL:{address}",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for char, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(char, written)
    return value


def _folded(line: str) -> list[str]:
    """At most 75 octets a line; what follows begins with a space."""
    parts, current, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > FOLD:
            parts.append(current)
            current, size = " ", 1
        current, size = current + char, size + width
    return [*parts, current]
