"""The calendar's pages as people use them: browse, write, announce, register, hold, look back."""

from datetime import timedelta
from urllib.parse import unquote

import pytest

from core.access import Marking
from core.people import Role
from events_calendar.zones import to_local
from tests.functional.pages import Visitor, path_of

VIEWS = [
    "/calendar",
    "/calendar/2026-11",
    "/calendar/week/2026-11-27",
    "/calendar/day/2026-11-27",
    "/calendar/agenda",
    "/calendar/list",
]


@pytest.fixture
def host(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def guest(enter) -> Visitor:
    return enter("bilal")


def fields(host: Visitor, **changes: str) -> dict[str, str]:
    return {
        "kind": "seminar",
        "title": "Drones over crowds",
        "starts": "2026-11-27T10:00",
        "ends": "2026-11-27T12:00",
        "zone": "Asia/Karachi",
        "organisation_id": str(host.viewer.organisation_id),
        "marking": "GREEN",
        "approval": "none",
        "offer_hours": "24",
        "link_minutes": "60",
        "language": "en",
        **changes,
    }


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_the_event_to_who_may_see_it(host, guest, world, view):
    world.event(host.viewer, title="Drones over crowds")
    world.event(host.viewer, title="About wolfsbane", marking=Marking.RED)
    assert "Drones over crowds" in guest.see(view).html
    assert "wolfsbane" not in guest.see(view).html
    assert "wolfsbane" in host.see(view).html


def test_a_draft_is_written_announced_and_opened_in_the_browser(host, guest):
    made = host.post("/calendar/new", **fields(host, capacity="1", body="## Programme\n\nA talk."))
    assert made.status == 303
    path = path_of(made)
    assert guest.get(path).status == 404
    assert host.post(f"{path}/state", verb="announce").status == 303
    assert "Registration is not open." in guest.see(path).text
    assert host.post(f"{path}/state", verb="open").status == 303
    page = guest.see(path)
    assert "0 of 1 seats are taken." in page.text
    assert "A talk." in page.text


def test_what_is_wrong_with_a_form_is_said_beside_its_field_and_nothing_is_lost(host):
    answer = host.post("/calendar/new", **fields(host, title="abc", zone="Mars/Base", summary="Keep me"))
    assert answer.status == 422
    assert answer.one("#title-error")
    assert answer.one("#zone-error")
    assert "Keep me" in answer.html


def test_somebody_registers_another_waits_and_gets_the_seat(host, guest, enter, world):
    third = enter("chandni")
    event_id = world.event(host.viewer, capacity=1)
    assert guest.post(f"/events/{event_id}/register").status == 303
    assert third.post(f"/events/{event_id}/register").status == 303
    assert "On the wait-list" in third.see(f"/events/{event_id}").text
    assert guest.post(f"/events/{event_id}/withdraw").status == 303
    assert "A seat is offered" in third.see(f"/events/{event_id}").text
    assert "A seat is offered to you." in third.see("/notices").text
    assert third.post(f"/events/{event_id}/accept").status == 303
    assert "Confirmed" in third.see(f"/events/{event_id}").text
    assert third.post(f"/events/{event_id}/accept").status == 409


def test_questions_are_asked_and_the_organiser_reads_the_answers(host, guest, world):
    event_id = world.event(host.viewer, questions="What do you fly?\nDo you need a bed?")
    page = guest.see(f"/events/{event_id}/register")
    assert page.one("#answer-0")
    refused = guest.post(f"/events/{event_id}/register", answers=["Quadcopter", ""])
    assert refused.status == 422
    assert "Quadcopter" in refused.html
    assert guest.post(f"/events/{event_id}/register", answers=["Quadcopter", "No"]).status == 303
    assert "Quadcopter" in host.see(f"/events/{event_id}/organise").text
    assert guest.get(f"/events/{event_id}/organise").status == 403


def test_a_focal_point_approves_for_his_organisation(host, guest, enter, world):
    focal = enter("farah", Role.FOCAL_POINT)
    event_id = world.event(host.viewer, approval="supervisor")
    guest.post(f"/events/{event_id}/register")
    page = focal.see("/calendar/mine")
    assert "Bilal" in page.text
    action = next(form["action"] for form in page.all("form") if "registrations" in (form.get("action") or ""))
    assert host.post(action, verb="approve").status == 403
    assert focal.post(action, verb="approve").status == 303
    assert focal.post(action, verb="approve").status == 409
    assert "Confirmed" in guest.see(f"/events/{event_id}").text


def test_the_link_is_shown_to_who_has_a_seat_from_an_hour_before(host, guest, world, clock):
    starts = to_local(clock.now(), "Asia/Karachi") + timedelta(hours=2)
    event_id = world.event(
        host.viewer, online_link="https://meet.example/room", starts=starts, ends=starts + timedelta(hours=1)
    )
    guest.post(f"/events/{event_id}/register")
    assert "meet.example" not in guest.see(f"/events/{event_id}").html
    clock.advance(timedelta(minutes=61))
    assert "meet.example" in guest.see(f"/events/{event_id}").html


def test_cancelling_needs_a_reason_and_tells_who_is_registered(host, guest, enter, world):
    event_id = world.event(host.viewer)
    guest.post(f"/events/{event_id}/register")
    assert host.post(f"/events/{event_id}/state", verb="cancel").status == 422
    assert host.post(f"/events/{event_id}/state", verb="cancel", reason="Snow in the passes").status == 303
    assert "Snow in the passes" in guest.see(f"/events/{event_id}").text
    assert "An event is cancelled." in guest.see("/notices").text
    assert host.post(f"/events/{event_id}/state", verb="open").status == 409
    assert enter("chandni").post(f"/events/{event_id}/register").status == 409
    assert host.post(f"/events/{event_id}/state", verb="explode").status == 400


def test_a_series_is_made_announced_and_one_date_left_out(host, guest):
    made = host.post("/calendar/new", **fields(host, rule="FREQ=WEEKLY;COUNT=4", exceptions="2026-12-04"))
    assert made.status == 303
    path = path_of(made)
    page = host.see(path)
    assert len(page.one("ul.record-list").all("li")) == 3
    slot = page.all("input[name=slot]")[-1]["value"]
    assert host.post(f"{path}/exceptions", slot=slot).status == 303
    assert host.post(f"{path}/announce").status == 303
    assert len(guest.see(path).one("ul.record-list").all("li")) == 2
    assert host.post("/calendar/new", **fields(host, rule="FREQ=SECONDLY;COUNT=4")).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/2026-13",
        "/calendar/1200-01",
        "/calendar/week/soon",
        "/calendar/day/2026-02-30",
        "/events/4711",
        "/series/4711",
        "/events/4711.ics",
    ],
)
def test_what_is_not_there_is_not_found(host, path):
    assert host.get(path).status == 404


def test_lists_are_narrowed_by_topic_kind_free_and_mine(host, guest, world):
    one = world.event(host.viewer, title="Drones over crowds", topics=["drones"], capacity=1)
    world.event(host.viewer, title="Bank statements", kind="course", topics=["financial-investigation"])
    enter_first = guest.post(f"/events/{one}/register")
    assert enter_first.status == 303
    assert guest.see("/calendar/list?topic=drones").titles == ["Drones over crowds"]
    assert guest.see("/calendar/list?kind=course").titles == ["Bank statements"]
    assert guest.see("/calendar/list?free=1").titles == ["Bank statements"]
    assert guest.see("/calendar/list?mine=1").titles == ["Drones over crowds"]
    assert guest.see("/calendar/list?topic=nonsense&kind=nonsense&space=x").titles == [
        "Drones over crowds",
        "Bank statements",
    ]
    assert guest.see("/calendar/list?past=1").titles == []


def test_an_event_is_found_by_its_programme_with_its_badges(host, guest, world, index):
    world.event(host.viewer, body="## Programme\n\nTethered balloons as an alternative.", capacity=5)
    index()
    page = guest.see("/search?q=tethered+balloons")
    assert page.titles == ["Drones over crowds"]
    assert "Seats free" in page.text
    assert page.texts(".hit-kind") == ["Seminar"]


def test_a_copy_is_a_draft_at_another_time(host, world):
    event_id = world.event(host.viewer, opens=None)
    copied = host.post(f"/events/{event_id}/clone", starts="2027-01-05T09:00")
    assert copied.status == 303
    assert host.see(path_of(copied)).fields("form.editor")["ends"] == "2027-01-05T11:00"
    assert host.post(f"/events/{event_id}/clone", starts="soon").status == 422


def test_who_follows_a_kind_hears_of_new_events_of_it(host, guest, world):
    assert guest.post("/calendar/kinds/webinar/follow", follow="1").status == 303
    assert guest.post("/calendar/kinds/nonsense/follow", follow="1").status == 404
    assert "Following" in guest.see("/calendar/list?kind=webinar").text
    world.event(host.viewer, title="A course on drones", kind="course")
    assert "An event is announced." not in guest.see("/notices").text
    world.event(host.viewer, title="A webinar on drones", kind="webinar")
    assert "A webinar on drones" in guest.see("/notices").text
    assert guest.post("/calendar/kinds/webinar/follow", follow="0").status == 303
    assert "Following" not in guest.see("/calendar/list?kind=webinar").text


def test_the_page_of_an_event_starts_its_discussion(host, guest, world):
    event_id = world.event(host.viewer)
    page = guest.see(f"/events/{event_id}")
    link = page.one("section.discussion").all("a")[-1]["href"]
    assert f"event:{event_id}" in unquote(link)
    assert guest.see(link)
