"""One's own account. Signing in, passwords and the language as such are in test_auth."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.accounts import FAILURES_PER_ACCOUNT, MAXIMUM_PASSWORD, MINIMUM_PASSWORD, WINDOW
from core.audit import AuditEvent
from core.people import Role
from tests.functional.conftest import PASSWORD, csrf_of
from tests.functional.pages import Visitor, path_of

NEW = "another good phrase"


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina", Role.OFFICER, Role.FOCAL_POINT)


def test_the_profile_says_who_one_is(officer):
    page = officer.see("/account/")
    for said in ("Amina", officer.email, "Home", "Officer", "Focal point"):
        assert said in page.one("main").text


def test_a_new_password_takes_the_place_of_the_old_one(officer, app, enter, make_user):
    old = officer.client.get_cookie("ipcu")
    assert old
    assert path_of(officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW)) == "/account/"
    assert "Your password is changed." in officer.see("/account/").text
    stolen = app.test_client()
    stolen.set_cookie("ipcu", old.value)
    assert stolen.get("/account/").status_code == 302
    fresh = app.test_client()
    token = csrf_of(fresh, "/sign-in")
    for password, status in ((PASSWORD, 422), (NEW, 303)):
        sent = {"csrf_token": token, "email": officer.email, "password": password}
        assert fresh.post("/sign-in", data=sent).status_code == status


def test_guessing_the_current_password_is_throttled_in_that_session_alone(officer, app, clock):
    def change(current: str) -> int:
        return officer.post("/account/password", current=current, new=NEW, again=NEW).status

    assert [change("a wrong guess") for _ in range(FAILURES_PER_ACCOUNT)] == [422] * FAILURES_PER_ACCOUNT
    page = officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
    assert page.status == 429
    assert "Too many failed attempts" in page.one("#current-error").text
    fresh = app.test_client()
    sent = {"csrf_token": csrf_of(fresh, "/sign-in"), "email": officer.email, "password": PASSWORD}
    assert fresh.post("/sign-in", data=sent).status_code == 303
    clock.advance(WINDOW + timedelta(seconds=1))
    assert change(PASSWORD) == 303


def test_another_person_stays_signed_in(officer, enter):
    other = enter("bilal")
    officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
    officer.post("/account/end-sessions")
    assert other.see("/account/")
    assert officer.get("/account/").status == 302


@pytest.mark.parametrize(
    "new",
    ["", "x" * (MINIMUM_PASSWORD - 1), " " * 3, "x" * (MAXIMUM_PASSWORD + 1), "x" * (1 << 20)],
    ids=["none", "short", "blank", "long", "endless"],
)
def test_a_password_of_a_wrong_length_is_refused_and_never_written_back(officer, new):
    page = officer.post("/account/password", current=PASSWORD, new=new, again=new)
    assert page.status == 422
    assert "A password needs" in page.one("#new-error").text
    assert PASSWORD not in page.html
    assert not [node for node in page.all("input[type=password]") if node.get("value")]


def test_forged_fields_change_nobody_elses_password(officer, enter, app):
    other = enter("bilal")
    forged = {"user_id": str(other.id), "email": other.email, "id": str(other.id)}
    assert officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW, **forged).status == 303
    client = app.test_client()
    sent = {"csrf_token": csrf_of(client, "/sign-in"), "email": other.email, "password": PASSWORD}
    assert client.post("/sign-in", data=sent).status_code == 303


def test_forged_fields_give_no_role(officer, world):
    officer.post("/account/language", language="ur", roles="administrator", is_active="1", organisation_id="2")
    assert world.viewer(officer.id).roles == officer.viewer.roles
    assert officer.get("/admin/").status == 403


@pytest.mark.parametrize("language", ["", "xx", "../en", "en ", "EN", "en" * 5_000])
def test_a_language_that_is_not_offered_changes_nothing(officer, language):
    assert officer.post("/account/language", language=language).status == 422
    assert officer.see("/account/").one("html")["lang"] == "en"


def test_what_one_does_to_ones_account_is_on_record_without_the_password(officer, world):
    officer.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
    officer.post("/account/language", language="ur")
    officer.post("/account/end-sessions")
    with world.database.reading() as session:
        events = session.exec(select(AuditEvent)).all()
    assert [event.action for event in events][-3:] == [
        "user.password_changed",
        "user.language_changed",
        "user.sessions_ended",
    ]
    assert {event.actor_id for event in events[-3:]} == {officer.id}
    assert not any(secret in str(event.model_dump()) for event in events for secret in (PASSWORD, NEW))


def test_somebody_not_verified_sees_nothing_of_the_library(app, world, sign_in, make_user, index, enter):
    world.record(enter("bilal").viewer)
    index()
    user = make_user("gul")
    with world.work() as work:
        work.session.merge(user).is_verified = False
    visitor = Visitor(sign_in(app.test_client(), user), user.id or 0, user.email, world.viewer(user.id or 0))
    assert visitor.see("/search").counted == 0
    assert visitor.see("/library").counted == 0
    assert visitor.get("/records/1").status == 404
    assert visitor.get("/library/new").status == 403
    assert not visitor.see("/search/suggest?q=han").all(".suggestion")


def test_no_field_takes_a_character_that_databases_refuse(officer, world, runtime):
    officer.see("/search?q=phone%00case")
    officer.post("/requests", question="Where are\x00 the batteries?")
    officer.client.post(
        "/sign-in", data={"csrf_token": csrf_of(officer.client), "email": "a\x00b", "password": "x\x00y"}
    )
    with runtime.reading() as session:
        for table, column in (
            ("recent_search", "text"),
            ("knowledge_request", "question"),
            ("sign_in_attempt", "account"),
        ):
            rows = session.connection().exec_driver_sql(f"SELECT {column} FROM {table}").all()
            assert len(rows) == 1
            assert "\x00" not in rows[0][0]
