"""Times that go wrong elsewhere: clocks that change, whole days, midnight, the turn of the year, zones that are gone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.errors import Invalid
from events_calendar.queries import Listed
from events_calendar.recurrence import MOST, check_rule, starts_of
from events_calendar.zones import last_day, to_local, to_utc, zone_of
from tests.factories import event_draft
from webapp.calendar import grid

VIENNA, KARACHI = "Europe/Vienna", ZoneInfo("Asia/Karachi")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_series_stays_at_its_time_on_the_clock_when_the_clocks_change():
    first = to_utc(datetime.fromisoformat("2027-03-22T10:00"), VIENNA)
    starts = starts_of("FREQ=WEEKLY;COUNT=2", first, VIENNA)
    assert [one.hour for one in starts] == [9, 8]
    assert [to_local(one, VIENNA).hour for one in starts] == [10, 10]


def test_a_time_that_the_clocks_leave_out_is_moved_and_of_two_the_first_is_meant():
    assert to_utc(datetime.fromisoformat("2027-03-28T02:30"), VIENNA) == at("2027-03-28T01:30")
    assert to_utc(datetime.fromisoformat("2026-10-25T02:30"), VIENNA) == at("2026-10-25T00:30")


def test_whole_days_are_those_of_the_place_whatever_the_clocks_do():
    draft = event_draft(1, starts="2027-03-27T00:00", ends="2027-03-28T00:00", zone=VIENNA, is_all_day=True)
    assert (draft.starts_at, draft.ends_at) == (at("2027-03-26T23:00"), at("2027-03-28T22:00"))
    assert last_day(draft.ends_at, VIENNA) == date(2027, 3, 28)


def row(starts: str, ends: str, *, zone: str = "Asia/Karachi", is_all_day: bool = False) -> Listed:
    blank: dict[str, object] = dict.fromkeys(Listed._fields, "")
    return Listed(**{**blank, "starts_at": at(starts), "ends_at": at(ends), "zone": zone, "is_all_day": is_all_day})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "touched"),
    [
        (row("2026-11-30T17:00", "2026-11-30T20:00"), [30, 1]),
        (row("2026-11-30T17:00", "2026-11-30T19:00"), [30]),
        (row("2026-11-29T20:00", "2026-11-29T21:00"), [30]),
        (row("2026-11-30T18:59", "2026-12-01T19:01"), [30, 1, 2]),
        (row("2026-11-29T23:00", "2026-11-30T23:00", zone=VIENNA, is_all_day=True), [30]),
    ],
    ids=["over midnight", "until midnight", "tomorrow in the reader's zone", "two midnights", "whole day elsewhere"],
)
def test_an_event_stands_on_the_days_it_touches(event, touched):
    days = [date(2026, 11, 29) + timedelta(days=number) for number in range(5)]
    filled = grid.fill(days, [event], KARACHI, date(2026, 11, 29))
    assert [day.date.day for day in filled if day.slots] == touched


def test_the_turn_of_the_year():
    weeks = grid.weeks_of(2026, 12, 0)
    assert weeks[-1][-1] == date(2027, 1, 3)
    night = row("2026-12-31T17:00", "2026-12-31T21:00")
    days = grid.fill([day for week in weeks for day in week], [night], KARACHI, date(2026, 12, 1), 12)
    assert [(day.date, day.is_outside) for day in days if day.slots] == [
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), True),
    ]
    assert grid.week_of(date(2027, 1, 1), 6)[0] == date(2026, 12, 27)


def test_a_zone_that_is_gone_reads_as_utc_and_cannot_be_chosen():
    assert zone_of("Mars/Base").key == "UTC"
    with pytest.raises(ValidationError, match="time zone"):
        event_draft(1, zone="Mars/Base")


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": "2026-11-27T10:00"},
        {"ends": "2029-11-27T10:00"},
        {"starts": "1066-10-14T09:00"},
        {"opens": "2026-11-20T10:00", "closes": "2026-11-19T10:00"},
        {"online_link": "javascript:alert(1)"},
        {"online_link": "https://"},
        {"questions": "x" * 201},
        {"starts": "2026-11-27T09:00+05:00"},
    ],
)
def test_a_draft_that_does_not_hold_is_refused(changes):
    with pytest.raises(ValidationError):
        event_draft(1, **changes)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=DAILY",
        "COUNT=3",
        "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;COUNT=3;BYEASTER=1",
        "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
    ],
)
def test_a_rule_that_the_calendar_does_not_repeat_by_is_refused(rule):
    with pytest.raises(Invalid):
        check_rule(rule)


def test_a_rule_is_bounded_and_its_last_day_counts():
    first = at("2026-01-01T09:00")
    assert len(starts_of("FREQ=DAILY;COUNT=100000", first, "UTC")) == MOST
    assert starts_of("FREQ=DAILY;UNTIL=20260103", first, "UTC")[-1] == at("2026-01-03T09:00")
    assert starts_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", first, "UTC") == []
