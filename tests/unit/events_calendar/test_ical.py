"""iCalendar: what is written is read back by a second library; what others write is read, and what is hostile does no harm."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from core.errors import Invalid
from events_calendar import queries, service
from events_calendar.drafts import ReasonDraft, SeriesDraft
from events_calendar.ical import Entry, read_calendar, write_calendar
from tests.factories import NOW, World, event_draft
from tests.needs import CALENDARS

PLAIN = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{0}END:VCALENDAR\r\n"
EVENT = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Talk\r\n{0}END:VEVENT\r\n"


def file_of(lines: str) -> bytes:
    return PLAIN.format(EVENT.format(lines)).encode()


def read_back(data: bytes) -> list[icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(data)
    found = recurring_ical_events.of(calendar).between(NOW - timedelta(days=400), NOW + timedelta(days=800))
    return sorted(found, key=lambda one: one["DTSTART"].dt.isoformat())


@pytest.fixture
def host(world: World):
    return world.viewer(world.person("host", world.organisation("cid")))


def written(world: World, event_id: int, **more) -> icalendar.Event:
    data = write_calendar("One", [Entry(world.get_event(event_id), "https://x.example/1", **more)])
    return read_back(data)[0]


def test_an_event_keeps_its_time_zone_marking_categories_and_alarm(world, host):
    event_id = world.event(host, zone="Europe/Vienna", title="Über, die; Grenze\\n")
    found = written(world, event_id, categories=("Seminar", "Drones, and more"), has_alarm=True)
    assert found["DTSTART"].dt == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert found["DTSTART"].params["TZID"] == "Europe/Vienna"
    assert found["SUMMARY"] == "[TLP:GREEN] Über, die; Grenze\\n"
    assert list(found["CATEGORIES"].cats) == ["Seminar", "Drones, and more"]
    assert [alarm["TRIGGER"].dt for alarm in found.walk("VALARM")] == [timedelta(days=-1)]


def test_uid_stays_sequence_rises_and_status_follows(world, host):
    event_id = world.event(host)
    before = written(world, event_id)
    assert before["STATUS"] == "CONFIRMED"
    with world.work(host) as work:
        service.edit_event(work, host, event_id, event_draft(host.organisation_id, summary="Other words, same time"))
    assert written(world, event_id)["SEQUENCE"] == before["SEQUENCE"]
    with world.work(host) as work:
        service.edit_event(work, host, event_id, event_draft(host.organisation_id, place="Room 2"))
    with world.work(host) as work:
        service.postpone_event(work, host, event_id, ReasonDraft(reason="Snow in town"))
    postponed = written(world, event_id)
    assert (postponed["STATUS"], postponed["UID"]) == ("TENTATIVE", before["UID"])
    assert postponed["SEQUENCE"] == before["SEQUENCE"] + 2
    with world.work(host) as work:
        service.cancel_event(work, host, event_id, ReasonDraft(reason="More snow"))
    cancelled = written(world, event_id, has_alarm=True)
    assert (cancelled["STATUS"], cancelled["SEQUENCE"]) == ("CANCELLED", postponed["SEQUENCE"] + 1)
    assert cancelled.walk("VALARM") == []


def test_whole_days_are_dates(world, host):
    event_id = world.event(host, starts="2026-12-30T00:00", ends="2027-01-02T00:00", is_all_day=True)
    found = written(world, event_id)
    assert (found["DTSTART"].dt.isoformat(), found["DTEND"].dt.isoformat()) == ("2026-12-30", "2027-01-03")


def test_a_series_is_its_rule_its_exceptions_and_what_became_of_each(world, host):
    with world.work(host) as work:
        rule = SeriesDraft(rule="FREQ=WEEKLY;COUNT=5", exceptions="2026-12-04")
        series, events = service.create_series(
            work, host, event_draft(host.organisation_id, zone="Europe/Vienna"), rule
        )
        for event in events[:3]:
            service.announce_event(work, host, event.ref.id)
        service.cancel_event(work, host, events[1].ref.id, ReasonDraft(reason="Snow in town"))
        moved = event_draft(
            host.organisation_id, zone="Europe/Vienna", starts="2026-12-19T15:00", ends="2026-12-19T16:00"
        )
        service.edit_event(work, host, events[2].ref.id, moved)
        series_id = series.ref.id
    with world.database.reading() as session:
        series = queries.get_series(session, host, series_id)
        rows = [one for one in queries.list_in_series(session, host, series_id) if one.state != "draft"]
    found = read_back(write_calendar("S", [Entry(one, "https://x.example/1") for one in rows], series))
    assert [(one["DTSTART"].dt.isoformat()[:16], one["STATUS"]) for one in found] == [
        ("2026-11-27T10:00", "CONFIRMED"),
        ("2026-12-11T10:00", "CANCELLED"),
        ("2026-12-19T15:00", "CONFIRMED"),
    ]
    assert len({str(one["UID"]) for one in found}) == 1


def test_the_same_events_give_the_same_bytes(world, host):
    event = world.get_event(world.event(host))
    assert write_calendar("x", [Entry(event, "u")]) == write_calendar("x", [Entry(event, "u")])


def test_times_of_files_are_read_on_the_clock_of_their_zone():
    found = read_calendar(file_of("DTSTART;TZID=Europe/Vienna:20261201T100000\r\nDURATION:PT90M\r\n"), "UTC", NOW)[0]
    assert (found.starts.isoformat(), found.ends.isoformat(), found.zone) == (
        "2026-12-01T10:00:00",
        "2026-12-01T11:30:00",
        "Europe/Vienna",
    )
    floating = read_calendar(file_of("DTSTART:20261201T100000\r\n"), "Asia/Karachi", NOW)[0]
    assert (floating.zone, floating.starts.hour) == ("Asia/Karachi", 10)
    days = read_calendar(file_of("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270102\r\n"), "UTC", NOW)[0]
    assert (days.is_all_day, days.starts.day, days.ends.day) == (True, 31, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00\xff\xfe" * 50,
        b"BEGIN:VCALENDAR\r\n" * 500,
        PLAIN.format("").encode(),
        file_of("DTSTART:20261201T100000Z\r\nRRULE:FREQ=SECONDLY\r\n"),
        b"x" * 1_000_001,
        PLAIN.format(EVENT.format("DTSTART:20261201T100000Z\r\n") * 2001).encode(),
    ],
    ids=["empty", "words", "bytes", "nested", "no events", "every second", "too large", "too many"],
)
def test_what_is_no_calendar_or_too_much_is_refused(data):
    with pytest.raises(Invalid):
        read_calendar(data, "UTC", NOW)


def test_what_cannot_be_read_is_left_out_and_long_texts_are_cut():
    broken = EVENT.format("DTSTART:99999999T999999\r\n") + EVENT.format("DTSTART:20261201T100000Z\r\n")
    assert len(read_calendar(PLAIN.format(broken).encode(), "UTC", NOW)) == 1
    endless = read_calendar(file_of("DTSTART:20200101T100000Z\r\nRRULE:FREQ=DAILY\r\n"), "UTC", NOW)
    assert len(endless) == 100
    long = read_calendar(file_of(f"DTSTART:20261201T100000Z\r\nLOCATION:{'x' * 5000}\r\n"), "UTC", NOW)[0]
    assert len(long.place) == 200


@pytest.mark.calendars
@pytest.mark.parametrize("folder", ["icalendar", "python-recurring-ical-events"])
def test_the_real_files_are_read_or_refused_with_a_sentence(folder):
    read = refused = 0
    for path in sorted((Path(CALENDARS) / folder).glob("*.ics")):
        try:
            events = read_calendar(path.read_bytes(), "Asia/Karachi", NOW)
        except Invalid:
            refused += 1
        else:
            assert all(one.title and one.starts <= one.ends for one in events), path.name
            read += 1
    assert read > refused, f"{read} read, {refused} refused"
