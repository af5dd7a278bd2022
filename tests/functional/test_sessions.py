"""Sessions on the server: what ends them, what a person sees of them, and that they cost a page nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from core import accounts
from core.accounts.models import UserSession
from core.accounts.sessions import SEEN_EVERY
from core.audit import AuditEvent
from core.people import User, get_user
from core.uow import UnitOfWork
from tests.functional.conftest import PASSWORD, csrf_of, post
from tests.functional.pages import Visitor, path_of

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NEW = "another good phrase"


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def elsewhere(app, officer, world) -> Visitor:
    """The same person with another browser, Firefox."""
    client = app.test_client()
    fields = {"csrf_token": csrf_of(client, "/sign-in"), "email": officer.email, "password": PASSWORD}
    assert client.post("/sign-in", data=fields, headers=FIREFOX).status_code == 303
    return Visitor(client, officer.id, officer.email, officer.viewer)


def cookie_of(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("ipcu")
    assert cookie
    return cookie.value


def opens(app, cookie: str) -> bool:
    """Whether somebody who copied the cookie gets in."""
    thief = app.test_client()
    thief.set_cookie("ipcu", cookie)
    return thief.get("/account/").status_code == 200


def rows(world) -> list[UserSession]:
    with world.reading() as session:
        return list(session.exec(select(UserSession).order_by("id")))


def events(world) -> list[tuple[str, object]]:
    with world.reading() as session:
        found = session.exec(select(AuditEvent).order_by("number"))
        return [(one.action, one.details.get("why")) for one in found]


def test_the_cookie_of_somebody_who_signed_out_opens_nothing(app, officer):
    cookie = cookie_of(officer)
    assert opens(app, cookie)
    assert path_of(officer.post("/sign-out")) == "/sign-in"
    assert not opens(app, cookie)


def test_a_new_password_ends_the_cookies_before_it(app, officer, elsewhere, world):
    cookies = [cookie_of(officer), cookie_of(elsewhere)]
    assert officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW).status == 303
    assert [opens(app, cookie) for cookie in cookies] == [False, False]
    assert opens(app, cookie_of(officer))


def test_signing_in_again_ends_what_the_browser_held(app, officer, make_user, world):
    cookie = cookie_of(officer)
    answer = post(officer.client, "/sign-in", email=make_user("bilal").email, password=PASSWORD)
    assert answer.status_code == 303
    assert not opens(app, cookie)
    assert ("user.session_ended", "replaced") in events(world)


def test_the_token_is_stored_nowhere(officer, world):
    with officer.client.session_transaction() as held:
        token = held["_user_id"]
    assert len(token) == 43
    assert token not in str([row.model_dump() for row in rows(world)])
    assert token not in str(events(world))


def test_an_idle_session_ends_and_is_on_record(app, officer, clock, settings, world):
    idle, cookie = timedelta(minutes=settings.session_idle_minutes), cookie_of(officer)
    for _ in range(3):
        clock.advance(idle)
        assert officer.get("/account/").status == 200
    clock.advance(idle + timedelta(seconds=1))
    answer = officer.client.get("/account/", follow_redirects=True)
    assert "Your session has ended" in answer.text
    assert not opens(app, cookie)
    assert [row.ended_why for row in rows(world)] == ["idle"]
    assert events(world)[-1] == ("user.session_ended", "idle")


def test_a_session_that_lasted_its_hours_says_so(officer, clock, settings, world):
    for _ in range(settings.session_hours):
        clock.advance(timedelta(hours=1))
        officer.get("/account/")
    assert [row.ended_why for row in rows(world)] == ["expired"]


def test_a_cookie_of_an_ended_session_costs_no_write(app, officer, runtime):
    cookie = cookie_of(officer)
    officer.post("/sign-out")
    seen = statements(runtime)
    assert not opens(app, cookie)
    assert not [one for one in seen if one.split()[0] not in ("SELECT", "BEGIN") or "IMMEDIATE" in one]


def test_ones_sessions_are_listed_and_this_one_is_marked(officer, elsewhere, clock, enter):
    enter("bilal")
    here, there = elsewhere.see("/account/").one("ul.session-list").all("li")
    assert "Firefox, Linux" in here.text
    assert "This session" in here.text
    assert not here.all("form")
    assert "Unknown device" in there.text
    assert "This session" not in there.text
    assert "127.0.0.1" in there.text
    assert [one["datetime"] for one in there.all("time")] == [clock.now().isoformat()] * 2


def test_each_session_is_ended_by_a_button(app, officer, elsewhere, world):
    cookie = cookie_of(officer)
    address = elsewhere.see("/account/").one("ul.session-list").one("form")["action"]
    assert path_of(elsewhere.post(address)) == "/account/"
    assert not opens(app, cookie)
    assert elsewhere.see("/account/")
    assert elsewhere.see("/account/").text.count("127.0.0.1") == 1
    assert events(world)[-1] == ("user.session_ended", "ended_by_owner")
    # A second click, on an older page, changes nothing.
    assert path_of(elsewhere.post(address)) == "/account/"
    assert [row.ended_why for row in rows(world)] == ["ended_by_owner", ""]


def test_all_others_are_ended_at_once(app, officer, elsewhere, enter, world):
    bilal = enter("bilal")
    assert path_of(officer.post("/account/end-other-sessions")) == "/account/"
    assert officer.see("/account/")
    assert elsewhere.get("/account/").status == 302
    assert bilal.see("/account/")
    assert not officer.see("/account/").all("form[action=/account/end-other-sessions]")
    assert events(world)[-1][0] == "user.sessions_ended"


def test_this_session_may_be_ended_by_its_number_too(app, officer, world):
    cookie = cookie_of(officer)
    assert path_of(officer.post(f"/account/sessions/{rows(world)[0].id}/end")) == "/sign-in"
    assert not opens(app, cookie)


def test_nobody_ends_the_session_of_somebody_else(officer, enter, world):
    bilal = enter("bilal")
    assert bilal.post(f"/account/sessions/{rows(world)[0].id}/end").status == 404
    assert officer.see("/account/")


def statements(runtime) -> list[str]:
    seen: list[str] = []
    event.listen(runtime.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


def test_a_page_reads_the_session_with_the_account_and_writes_nothing(officer, runtime, clock):
    officer.see("/account/password")
    clock.advance(SEEN_EVERY - timedelta(seconds=1))
    seen = statements(runtime)
    officer.see("/account/password")
    about = [one for one in seen if "user_session" in one]
    assert len(about) == 1
    assert "JOIN" in about[0]
    assert not [one for one in seen if one.split()[0] not in ("SELECT", "BEGIN") or "IMMEDIATE" in one]


def test_the_last_use_is_written_every_few_minutes(officer, clock, world):
    began = clock.now()
    clock.advance(SEEN_EVERY - timedelta(seconds=1))
    officer.see("/account/")
    assert [row.last_seen_at for row in rows(world)] == [began]
    clock.advance(timedelta(seconds=1))
    officer.see("/account/")
    assert [row.last_seen_at for row in rows(world)] == [clock.now()]


def test_a_page_does_not_wait_for_a_writer(officer, clock, world):
    began = clock.now()
    clock.advance(SEEN_EVERY)
    with world.work() as work:
        work.audit("somebody.writes")
        # Would it wait, then for longer than the database lets anybody.
        officer.see("/account/")
    assert [row.last_seen_at for row in rows(world)] == [began]
    officer.see("/account/")
    assert [row.last_seen_at for row in rows(world)] == [clock.now()]


def test_rows_of_sessions_long_over_are_deleted(officer, elsewhere, clock, settings, world, sign_in, app, make_user):
    clock.advance(timedelta(hours=settings.session_hours, seconds=1))
    sign_in(app.test_client(), make_user("bilal"))
    assert len(rows(world)) == 1


def test_an_ended_session_cannot_be_kept_alive(officer, world, clock):
    (row,) = rows(world)
    with world.work() as work:
        accounts.end_sessions(work, officer.id, accounts.SessionEnd.ENDED_BY_OWNER)
    clock.advance(SEEN_EVERY)
    rules = accounts.SessionRules(timedelta(hours=12), timedelta(hours=2))
    with UnitOfWork(world.database, clock) as work:
        accounts.note_seen(work, row.id, rules)
    assert rows(world)[0].last_seen_at == row.last_seen_at


# --- a password that somebody else knows -------------------------------------------------------------------------------


@pytest.fixture
def newcomer(enter, world) -> Visitor:
    """Somebody with the password that an administrator gave him."""
    visitor = enter("gul")
    with world.work() as work:
        work.session.merge(world_user(world, visitor)).must_change_password = True
    return visitor


def world_user(world, visitor) -> User:
    with world.reading() as session:
        return get_user(session, visitor.id)


def test_a_password_that_was_given_opens_only_the_page_that_changes_it(app, newcomer):
    public = ("auth.", "probes.", "metrics.", "static")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "<" in rule.rule or rule.endpoint.startswith(public):
            continue
        if rule.endpoint != "account.password":
            assert path_of(newcomer.get(rule.rule)) == "/account/password", rule
    asked = post(newcomer.client, "/requests", page="/account/password", question="Where are the keys?")
    assert asked.location == "/account/password"
    page = newcomer.see("/account/password")
    assert "Somebody else has seen this password." in page.one("main").text
    swapped = newcomer.get("/search", headers={"HX-Request": "true"})
    assert (swapped.status, swapped.headers["HX-Redirect"]) == (401, "/account/password")


def test_it_is_changed_to_another_one_and_then_everything_is_open(newcomer):
    def change(new: str):
        fields = {"current": PASSWORD, "new": new, "again": new}
        return post(newcomer.client, "/account/password", page="/account/password", **fields)

    page = change(PASSWORD)
    assert page.status_code == 422
    assert "is the current one" in page.text
    assert change(NEW).status_code == 303
    assert "Somebody else" not in newcomer.see("/account/").text
    assert newcomer.see("/search")


def test_one_may_leave_without_changing_it(newcomer):
    assert post(newcomer.client, "/sign-out", page="/account/password").location == "/sign-in"


# --- known devices -----------------------------------------------------------------------------------------------------


def guess(app, email: str, address: str) -> int:
    client = app.test_client()
    fields = {"csrf_token": csrf_of(client, "/sign-in"), "email": email, "password": "a wrong guess"}
    return client.post("/sign-in", data=fields, environ_base={"REMOTE_ADDR": address}).status_code


def test_a_stranger_does_not_lock_out_the_owner_at_his_own_browser(app, officer, make_user, sign_in):
    post(officer.client, "/sign-out")
    answers = [guess(app, officer.email, "198.51.100.9") for _ in range(accounts.FAILURES_PER_ACCOUNT + 1)]
    assert answers == [422] * accounts.FAILURES_PER_ACCOUNT + [429]
    fields = {"csrf_token": csrf_of(officer.client, "/sign-in"), "email": officer.email, "password": PASSWORD}
    answer = officer.client.post("/sign-in", data=fields, environ_base={"REMOTE_ADDR": "198.51.100.9"})
    assert answer.status_code == 303


def test_a_shared_browser_is_known_for_each_of_its_people(app, officer, make_user, sign_in):
    bilal = make_user("bilal")
    post(officer.client, "/sign-out")
    sign_in(officer.client, bilal)
    held = officer.client.get_cookie("ipcu-devices", path="/sign-in")
    assert held
    assert len(held.value.split(".")) == 2
    post(officer.client, "/sign-out")
    for email in (officer.email, bilal.email):
        while guess(app, email, "127.0.0.1") != 429:
            pass
    for email in (officer.email, bilal.email):
        assert post(officer.client, "/sign-in", page="/sign-in", email=email, password=PASSWORD).status_code == 303
        post(officer.client, "/sign-out")


@pytest.mark.parametrize("forged", ["", ".", "x" * 43, "x" * 4_000, "a.b.c" * 500, "\udc80"])
def test_a_forged_device_is_a_stranger(app, officer, forged):
    client = app.test_client()
    client.set_cookie("ipcu-devices", forged.encode("utf-8", "replace").decode(), path="/sign-in")
    for _ in range(accounts.FAILURES_PER_ACCOUNT):
        fields = {"email": officer.email, "password": "a wrong guess"}
        assert post(client, "/sign-in", page="/sign-in", **fields).status_code == 422
    assert post(client, "/sign-in", page="/sign-in", email=officer.email, password=PASSWORD).status_code == 429
