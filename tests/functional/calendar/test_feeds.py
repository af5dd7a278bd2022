"""Feeds, files, certificates and codes: what leaves the exchange, to whom, and under which ceiling."""

import re
from datetime import timedelta
from io import BytesIO

import icalendar
import pytest

from core.access import Marking
from core.people import get_user
from events_calendar import service
from events_calendar.drafts import AttendanceDraft
from events_calendar.queries import find_registration
from tests.factories import World
from tests.functional.conftest import csrf_of
from tests.functional.pages import Answer, Visitor, path_of
from webapp.calendar.presence import present_token

FEED = re.compile(r"/calendar/feeds/[\w-]+/mine\.ics")


@pytest.fixture
def host(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def guest(enter) -> Visitor:
    return enter("bilal")


def feed_of(visitor: Visitor, name: str = "mine") -> str:
    if not FEED.search(visitor.see("/calendar/feeds").html):
        assert visitor.post("/calendar/feeds").status == 303
    found = FEED.search(visitor.see("/calendar/feeds").html)
    assert found
    return found[0].replace("/mine.ics", f"/{name}.ics")


def titles(answer) -> list[str]:
    assert answer.status_code == 200
    return sorted(str(one["SUMMARY"]) for one in icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def test_no_feed_holds_more_than_its_ceiling_and_its_owner_may_see(host, guest, enter, client, world):
    stranger = enter("olga", organisation="elsewhere")
    for marking in Marking:
        event = world.event(host.viewer, title=f"Marked {marking.value}", marking=marking, topics=["drones"])
        if marking is not Marking.RED:
            assert guest.post(f"/events/{event}/register").status == 303
    assert host.post(f"/events/{event}/register").status == 303
    open_ones = ["[TLP:CLEAR] Marked CLEAR", "[TLP:GREEN] Marked GREEN"]
    for visitor in (host, guest, stranger):
        for name in ("all", "topic-drones", "kind-seminar"):
            assert titles(client.get(feed_of(visitor, name))) == open_ones
    assert len(titles(client.get(feed_of(guest)))) == 4
    assert titles(client.get(feed_of(host))) == [], "TLP:RED leaves the exchange for nobody"
    assert titles(client.get(feed_of(stranger))) == []
    assert host.get(f"/events/{event}.ics").status == 403
    assert guest.get(f"/events/{event}.ics").status == 404


def test_a_feed_is_its_owners_rights_now_and_a_reset_ends_the_old_address(host, guest, client, world):
    world.event(host.viewer)
    address = feed_of(guest, "all")
    assert len(titles(client.get(address))) == 1
    assert guest.post("/calendar/feeds").status == 303
    assert client.get(address).status_code == 404
    fresh = feed_of(guest, "all")
    with world.work() as work:
        user = get_user(work.session, guest.id)
        user.is_active = False
        work.session.add(user)
    assert client.get(fresh).status_code == 404
    for nonsense in ("topic-x", "kind-x", "series-x", "series-4711", "other"):
        assert client.get(feed_of(host, nonsense)).status_code == 404


def test_an_unchanged_feed_is_not_sent_again_and_a_changed_one_is(host, guest, client, world):
    event = world.event(host.viewer)
    address = feed_of(guest, "all")
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert host.post(f"/events/{event}/state", verb="cancel", reason="Snow in town").status == 303
    changed = client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert b"STATUS:CANCELLED" in changed.data
    own = feed_of(guest)
    before = client.get(own).headers["ETag"]
    other = world.event(host.viewer)
    guest.post(f"/events/{other}/register")
    assert client.get(own, headers={"If-None-Match": before}).status_code == 200


def test_the_link_of_the_online_room_is_in_no_feed(host, guest, client, world):
    event = world.event(host.viewer, online_link="https://meet.example/room")
    guest.post(f"/events/{event}/register")
    for name in ("mine", "all"):
        assert b"meet.example" not in client.get(feed_of(guest, name)).data
    assert "meet.example" not in guest.see(f"/events/{event}.ics").html


def held(world: World, host: Visitor, guest: Visitor, clock, **changes) -> int:
    """An event that `guest` attended."""
    event = world.event(host.viewer, starts="2026-11-20T14:20", ends="2026-11-20T14:40", **changes)
    assert guest.post(f"/events/{event}/register").status == 303
    clock.advance(timedelta(minutes=45))
    assert host.post(f"/events/{event}/state", verb="hold").status == 303
    with world.work(host.viewer) as work:
        service.mark_attendance(work, host.viewer, event, AttendanceDraft(attended=[1]))
    return event


def test_who_attended_has_a_certificate_that_anybody_can_check(host, guest, client, world, clock):
    event = held(world, host, guest, clock, title="About drones over crowds")
    answer = guest.client.post(f"/events/{event}/certificate", data={"csrf_token": csrf_of(guest.client)})
    assert answer.data.startswith(b"%PDF")
    assert host.post(f"/events/{event}/certificate").status == 403
    with world.database.reading() as session:
        code = find_registration(session, event, guest.id).certificate
    page = Answer(client.get(f"/certificates/{code.lower()}"))
    assert page.status == 200
    assert "genuine" in page.text
    assert "Bilal" in page.text
    assert "About drones" not in page.text, "only TLP:CLEAR titles are told to strangers"
    assert client.get("/certificates/AAAA-AAAA-AAAA-AAAA").status_code == 404


def test_the_code_in_the_room_notes_who_has_a_seat_and_nobody_else(host, guest, enter, world, clock):
    event = world.event(host.viewer, starts="2026-11-20T15:00", ends="2026-11-20T16:00")
    guest.post(f"/events/{event}/register")
    assert host.see(f"/events/{event}/code.svg").html.startswith("<svg")
    assert guest.get(f"/events/{event}/code.svg").status == 403
    with host.client.application.test_request_context("/"):
        from_code = present_token(event)
    path = f"/events/{event}/present/{from_code}"
    assert guest.get(f"/events/{event}/present/forged").status == 404
    clock.advance(timedelta(minutes=30))
    assert "Note that I am here" in guest.see(path).text
    assert enter("olga").post(path).status == 403
    assert guest.post(path).status == 303
    assert "Attended" in guest.see(f"/events/{event}").text


def test_minutes_have_versions_hide_names_where_the_rule_says_and_reach_the_library(host, guest, world, clock):
    event = held(world, host, guest, clock, is_chatham_house=True, topics=["drones"])
    for body in ("Bilal said no.", "Bilal said yes, and all agreed."):
        answer = host.post(f"/events/{event}/minutes", body=body, key_points="Ask Bilal first\nThen fly")
        assert answer.status == 303
    page = guest.see(f"/events/{event}")
    assert "a participant said yes" in page.text
    assert "Bilal said" not in page.text
    assert "1 earlier version" in page.text
    assert "The minutes of an event are there." in guest.see("/notices").text
    assert guest.get(f"/events/{event}/record").status == 403
    form = host.see(f"/events/{event}/record")
    fields = {node["name"]: node["value"] for node in form.all("input[type=hidden]") if node["name"] != "csrf_token"}
    assert "- Ask a participant first" in fields["body"]
    made = host.post("/library/new", **fields)
    assert made.status == 303, made.text[:500]
    assert "Then fly" in host.see(path_of(made)).text


def test_a_calendar_file_is_looked_at_before_it_becomes_drafts(host, guest, client, world):
    world.event(host.viewer, title="From elsewhere")
    data = client.get(feed_of(host, "all")).data
    seen = host.post("/calendar/import", file=(BytesIO(data), "x.ics"))
    assert seen.status == 200
    assert "From elsewhere" in seen.text
    text = seen.one("input[name=data]")["value"]
    assert host.post("/calendar/import", data=text, chosen="0", marking="AMBER+STRICT").status == 303
    assert "[TLP:GREEN] From elsewhere" in host.see("/calendar/mine").text
    assert "[TLP:GREEN]" not in guest.see("/calendar").text
    refused = host.post("/calendar/import", file=(BytesIO(b"MZ hello"), "x.ics"))
    assert refused.status == 422
    assert "This is not a calendar file." in refused.text


def test_offers_expire_by_the_job_and_pass_on(host, guest, enter, world, clock, runtime):
    third, fourth = enter("chandni"), enter("dara")
    event = world.event(host.viewer, capacity=1, offer_hours=1)
    for visitor in (guest, third, fourth):
        visitor.post(f"/events/{event}/register")
    guest.post(f"/events/{event}/withdraw")
    clock.advance(timedelta(minutes=61))
    runtime.table["deadlines"]()
    assert "A seat is offered" in fourth.see(f"/events/{event}").text
    assert third.post(f"/events/{event}/accept").status == 409
    assert "Your offer has expired" in third.see("/notices").text


def test_materials_are_files_of_the_event_and_who_has_a_seat_is_told(host, guest, enter, world, index):
    event = world.event(host.viewer)
    guest.post(f"/events/{event}/register")
    sent = host.post(f"/files/event/{event}", file=(BytesIO(b"Tethered balloons are quieter."), "slides.txt"))
    assert sent.status == 303
    assert guest.post(f"/files/event/{event}", file=(BytesIO(b"x"), "x.txt")).status == 403
    assert "slides.txt" in guest.see(f"/events/{event}").text
    assert "There are new materials of an event." in guest.see("/notices").text
    index()
    assert guest.see("/search?q=tethered+balloons").titles == ["Drones over crowds"]


def test_who_follows_a_topic_hears_when_registration_opens_and_not_before(host, guest, enter, world, clock, runtime):
    stranger = enter("olga", organisation="elsewhere")
    for visitor in (guest, stranger):
        visitor.post("/follow", target="topic:drones", follow="1")
    world.event(host.viewer, topics=["drones"], opens="2026-11-20T14:30", marking=Marking.AMBER_STRICT)
    assert "An event is announced." in guest.see("/notices").text
    assert "Registration for an event is open." not in guest.see("/notices").text
    clock.advance(timedelta(minutes=31))
    runtime.table["deadlines"]()
    assert "Registration for an event is open." in guest.see("/notices").text
    for told in ("An event is announced.", "Registration for an event is open."):
        assert told not in stranger.see("/notices").text
