"""Every reader sees days and times of his own time zone; where none is chosen, of the bureau's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.clock import FixedClock
from core.people import get_user
from core.settings import Settings
from webapp.wording.language import day, moment


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(
        datetime(2026, 11, 20, 20, 30, tzinfo=UTC), ZoneInfo("Asia/Karachi")
    )  # in Karachi the 21st has begun


def test_a_date_is_that_of_the_readers_zone(enter, world):
    here, there = enter("amina"), enter("bilal")
    world.record(here.viewer, title="Written late in the evening")
    assert there.post("/account/time-zone", time_zone="America/Bogota").status == 303
    for reader, date in ((here, "21 Nov 2026"), (there, "20 Nov 2026"), (here, "21 Nov 2026")):
        assert reader.see("/library").texts("time") == [date]


def test_due_today_is_the_readers_today(enter, world):
    here, there = enter("amina"), enter("bilal")
    there.post("/account/time-zone", time_zone="America/Bogota")
    record = world.record(here.viewer, reviewed_on="2026-01-01", review_due="2026-11-20")
    for path in ("/library", f"/records/{record}"):
        assert "eview" in here.see(path).html
        assert bool(here.see(path).all(".badge-overdue") or here.see(path).all(".notice-degraded"))
        assert not (there.see(path).all(".badge-overdue") or there.see(path).all(".notice-degraded"))


def test_the_overdue_facet_and_a_review_count_days_of_the_bureau(enter, world, runtime):
    me = enter("amina")
    record = world.record(me.viewer, reviewed_on="2026-01-01", review_due="2026-11-20")
    source = next(one for one in runtime.sources if one.kind == "record")
    with runtime.reading() as session:
        assert source.load(session, [record])[record].facets["status"] == ("overdue",)
    with runtime.work() as work:
        assert work.today.isoformat() == "2026-11-21"


def test_a_zone_that_is_none_is_refused_and_the_bureaus_can_be_chosen_again(enter, world):
    me = enter("amina")
    assert me.post("/account/time-zone", time_zone="Mars/Olympus").status == 422
    assert me.post("/account/time-zone", time_zone="../../etc/passwd").status == 422
    assert me.post("/account/time-zone", time_zone="Asia/Tokyo").status == 303
    with world.database.reading() as session:
        assert get_user(session, me.id).time_zone == "Asia/Tokyo"
    assert [one["value"] for one in me.see("/account/").one("#f-time_zone").all("option[selected]")] == ["Asia/Tokyo"]
    assert me.post("/account/time-zone", time_zone="").status == 303
    with world.database.reading() as session:
        assert get_user(session, me.id).time_zone == ""


def test_times_follow_zone_and_language(app, clock):
    with app.test_request_context("/"):
        assert day(clock.now()) == "21 Nov 2026"
        assert day((clock.now() - timedelta(hours=2)).date()) == "20 Nov 2026"
        assert moment(clock.now()) == "21 Nov 2026 01:30"


@pytest.mark.parametrize("name", ["", "Karachi", "GMT+5", "posix/Asia/Karachi"])
def test_a_bureau_without_a_time_zone_does_not_start(name):
    with pytest.raises(ValidationError, match="IPCU_TIME_ZONE"):
        Settings(time_zone=name)
