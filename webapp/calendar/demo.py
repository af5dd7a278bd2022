"""The calendar's content of the demo: thirty events of a year around the day it is loaded, in the story of the records."""

import tomllib
from datetime import date, datetime, time, timedelta
from importlib.resources import files as resources
from typing import Any

from sqlmodel import select

from core.access import Viewer
from core.deadlines import drop_deadlines
from core.people import get_user
from events_calendar import service
from events_calendar.drafts import (
    AttendanceDraft,
    EventDraft,
    MinutesDraft,
    ReasonDraft,
    RegistrationDraft,
    SeriesDraft,
)
from events_calendar.kinds import LIFECYCLE
from events_calendar.models import Event, EventState, Registration
from events_calendar.service.telling import OVER
from events_calendar.zones import to_local
from webapp.stage import DemoStage

ZONE = "Asia/Karachi"
_MAIL = "@exchange.example"
_OVER = ("held", "closed")


def load_events(stage: DemoStage) -> None:
    """Hold, announce and fill them as their people would. Each is known to later parts as `event:NAME`."""
    content = resources("webapp.demo") / "content" / "events"
    for path in sorted(content.iterdir(), key=lambda entry: entry.name, reverse=True):
        found = tomllib.loads(path.read_text("utf-8"))
        for entry in found.get("event", []):
            _load_event(stage, entry)
            stage.count("events")
            stage.progress()
        for entry in found.get("series", []):
            stage.count("events", _load_series(stage, entry))
            stage.progress()


def _load_event(stage: DemoStage, entry: dict[str, Any]) -> None:
    work, author, state = stage.work, stage.viewer(entry["author"] + _MAIL), entry["state"]
    starts = _start(stage, entry)
    # What is past is announced and filled while it is still to come, and then takes its place in the past.
    later = timedelta(days=400) if state in _OVER else timedelta()
    event = service.create_event(work, author, _draft(stage, entry, starts + later))
    stage.objects[f"event:{entry['key']}"] = event.ref
    if state == LIFECYCLE.initial:
        return
    service.announce_event(work, author, event.ref.id)
    if state != "announced":
        service.open_registration(work, author, event.ref.id)
    _register(stage, event, [*entry.get("attended", []), *entry.get("absent", []), *entry.get("register", [])])
    if state in _OVER:
        event.starts_at, event.ends_at = event.starts_at - later, event.ends_at - later
        _hold(stage, author, event, entry)
    elif state == "cancelled":
        service.cancel_event(work, author, event.ref.id, ReasonDraft(reason=entry["reason"]))
    elif state == "postponed":
        service.postpone_event(work, author, event.ref.id, ReasonDraft(reason=entry["reason"]))


def _hold(stage: DemoStage, author: Viewer, event: Event, entry: dict[str, Any]) -> None:
    work, number = stage.work, event.ref.id
    event.created_at = event.starts_at - timedelta(days=30)
    service.hold_event(work, author, number)
    drop_deadlines(work.session, event.ref, [OVER])
    rows = work.session.exec(select(Registration).where(Registration.event_id == number)).all()
    attended = {stage.people[name + _MAIL] for name in entry.get("attended", [])}
    there = [row.id for row in rows if row.user_id in attended and row.id is not None]
    service.mark_attendance(work, author, number, AttendanceDraft(attended=there))
    if "minutes" in entry:
        draft = MinutesDraft(
            body=entry["minutes"],
            key_points=entry.get("key_points", ""),
            recording_link=entry.get("recording", ""),
        )
        minutes = service.publish_minutes(work, author, number, draft)
        minutes.written_at = event.ends_at + timedelta(days=3)
    if entry["state"] == EventState.CLOSED:
        service.close_event(work, author, number)


def _load_series(stage: DemoStage, entry: dict[str, Any]) -> int:
    work, author = stage.work, stage.viewer(entry["author"] + _MAIL)
    starts = _start(stage, entry)
    left_out = starts.date() + timedelta(days=14 * entry["left_out"])
    rule = SeriesDraft(rule=entry["rule"], exceptions=[left_out])
    series, events = service.create_series(work, author, _draft(stage, entry, starts), rule)
    stage.objects[f"series:{entry['key']}"] = series.ref
    for event in events:
        service.announce_event(work, author, event.ref.id)
        service.open_registration(work, author, event.ref.id)
    _register(stage, events[0], entry["register"])
    return len(events)


def _register(stage: DemoStage, event: Event, names: list[str]) -> None:
    for name in names:
        viewer = stage.viewer(name + _MAIL)
        answers = ["Yes, please." for _question in event.questions]
        service.register(stage.work, viewer, event.ref.id, RegistrationDraft(answers=answers))


def _start(stage: DemoStage, entry: dict[str, Any]) -> datetime:
    """On the clock of the event's place."""
    today: date = to_local(stage.work.now, ZONE).date()
    return datetime.combine(today + timedelta(days=entry["day"]), time.fromisoformat(entry["time"]))


def _draft(stage: DemoStage, entry: dict[str, Any], starts: datetime) -> EventDraft:
    days = entry.get("all_days", 0)
    ends = starts + (timedelta(days=days - 1) if days else timedelta(hours=entry["hours"]))
    today = to_local(stage.work.now, ZONE).replace(hour=9, minute=0)
    opens = today + timedelta(days=entry["opens"]) if "opens" in entry else None
    author = get_user(stage.work.session, stage.people[entry["author"] + _MAIL])
    given = {name: entry[name] for name in _SAME if name in entry}
    return EventDraft(
        starts=starts,
        ends=ends,
        zone=entry.get("zone", ZONE),
        is_all_day=bool(days),
        online_link=entry.get("online", ""),
        organisation_id=stage.organisations.get(entry["organisation"], author.organisation_id),
        listed_organisations=[stage.organisations[key] for key in entry.get("listed", [])],
        named_users=[stage.people[name + _MAIL] for name in entry.get("named", [])],
        space_id=stage.spaces[entry["space"]] if "space" in entry else None,
        opens=opens,
        is_interest_only=entry.get("interest_only", False),
        is_chatham_house=entry.get("chatham", False),
        **given,
    )


_SAME = (
    "kind",
    "title",
    "summary",
    "body",
    "place",
    "speakers",
    "topics",
    "language",
    "country",
    "marking",
    "capacity",
    "organisation_seats",
    "approval",
    "questions",
)
