"""Signing in and out, sessions and their end, language, password, the demo list."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import accounts
from core.people import Role, User
from tests.functional.conftest import PASSWORD, csrf_of, new_app, post
from webapp.composition import build_runtime
from webapp.demo import DEMO_PASSWORD
from webapp.session import local_path

FOREIGN = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/%2F/evil.example/%5c",
    "/%2fevil.example",
    "/%252fevil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "//user@evil.example",
    "//[broken",
    "evil.example",
    "",
    "/" + "a" * 3000,
]


def is_signed_in(client) -> bool:
    return client.get("/account/").status_code == 200


def attempt(client, **fields):
    return post(client, "/sign-in", page="/sign-in", **fields)


def test_the_right_password_opens_the_site(client, make_user, sign_in):
    sign_in(client, make_user("amina"))
    page = client.get("/account/").text
    assert "Amina" in page
    assert "Sign out" in page


def test_the_address_may_be_typed_in_any_case(client, make_user):
    user = make_user("amina")
    assert attempt(client, email=f"  {user.email.upper()} ", password=PASSWORD).status_code == 303


@pytest.mark.parametrize("email", ["amina@exchange.example", "nobody@exchange.example", "", "x" * 5000])
def test_a_wrong_password_or_address_says_the_same(client, make_user, email):
    make_user("amina")
    answer = attempt(client, email=email, password="wrong password")
    assert answer.status_code == 422
    assert "E-mail address or password is not right." in answer.text
    assert not is_signed_in(client)


def test_guessing_is_throttled_and_time_helps(client, clock, make_user):
    user = make_user("amina")
    for _ in range(accounts.FAILURES_PER_ACCOUNT):
        assert attempt(client, email=user.email, password="a wrong guess").status_code == 422
    stopped = attempt(client, email=user.email, password=PASSWORD)
    assert stopped.status_code == 429
    assert "Too many failed attempts. Please wait 1 minute, or ask an administrator for a reset." in stopped.text
    assert stopped.headers["Retry-After"] == "60"
    clock.advance(accounts.WINDOW + timedelta(seconds=1))
    assert attempt(client, email=user.email, password=PASSWORD).status_code == 303


def test_a_disabled_account_cannot_sign_in(client, make_user, world):
    user = make_user("amina")
    with world.work() as work:
        accounts.disable_user(work, None, user.email)
    assert attempt(client, email=user.email, password=PASSWORD).status_code == 422


def test_disabling_an_account_ends_its_session_at_once(client, make_user, sign_in, world):
    user = make_user("amina")
    sign_in(client, user)
    with world.work() as work:
        accounts.disable_user(work, None, user.email)
    answer = client.get("/account/", follow_redirects=True)
    assert urlsplit(answer.request.url).path == "/sign-in"
    assert "Your session has ended" in answer.text


def test_a_session_ends_when_an_administrator_resets_the_password(client, make_user, sign_in, world):
    user = make_user("amina")
    sign_in(client, user)
    fresh = accounts.make_password()
    with world.work() as work:
        accounts.reset_password(work, None, user.email, fresh.hash)
    assert not is_signed_in(client)
    sign_in(client, user, fresh.text)


def test_a_session_ends_after_the_hours_of_the_settings(client, clock, make_user, settings, sign_in):
    sign_in(client, make_user("amina"))
    for _ in range(settings.session_hours - 1):
        clock.advance(timedelta(hours=1))
        assert is_signed_in(client)
    clock.advance(timedelta(minutes=59))
    assert is_signed_in(client)
    clock.advance(timedelta(minutes=1))
    assert not is_signed_in(client)


def test_signing_in_throws_away_what_was_in_the_session_before(client, make_user, sign_in):
    with client.session_transaction() as planted:
        planted["planted"] = "by somebody else"
    before = csrf_of(client, "/sign-in")
    sign_in(client, make_user("amina"))
    with client.session_transaction() as after:
        assert "planted" not in after
    assert csrf_of(client) != before


def test_a_forged_session_name_is_nobody(client, make_user):
    make_user("amina")
    for name in ("1", "1.", "1.0", "1.2", "-1.1", "one.1", "", "²."):
        with client.session_transaction() as planted:
            planted["_user_id"] = name
        assert not is_signed_in(client)


def test_the_next_page_is_remembered(client, make_user):
    user = make_user("amina")
    asked = client.get("/account/password?from=mail")
    wanted = parse_qs(urlsplit(asked.location).query)["next"][0]
    assert wanted == "/account/password?from=mail"
    answer = attempt(client, email=user.email, password=PASSWORD, next=wanted)
    assert answer.location == wanted


@pytest.mark.parametrize("target", FOREIGN)
def test_signing_in_never_leads_to_another_site(client, make_user, target):
    user = make_user("amina")
    page = client.get("/sign-in", query_string={"next": target})
    assert 'name="next"' not in page.text
    answer = attempt(client, email=user.email, password=PASSWORD, next=target)
    assert answer.status_code == 303
    assert answer.location == client.get("/sign-in").location


@pytest.mark.parametrize(
    "target", ["/", "/records/7#s-steps", "/search?q=%D8%AA%D9%81%D8%AA%DB%8C%D8%B4", "/search?q=a%20b&x=//y"]
)
def test_a_local_path_is_kept_as_it_is(target):
    assert local_path(target) == target


def test_signing_out_is_a_form_and_not_a_link(client, make_user, sign_in):
    sign_in(client, make_user("amina"))
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)
    assert post(client, "/sign-out").location == "/sign-in"
    assert not is_signed_in(client)


def test_changing_the_password_keeps_this_session_and_ends_the_others(app, client, make_user, sign_in):
    user = make_user("amina")
    sign_in(client, user)
    other = sign_in(app.test_client(), user)
    answer = post(client, "/account/password", current=PASSWORD, new="another good phrase", again="another good phrase")
    assert answer.status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(other)
    sign_in(app.test_client(), user, "another good phrase")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"current": "not this one", "new": "another good phrase", "again": "another good phrase"}, "current"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"current": PASSWORD, "new": "another good phrase", "again": "a different phrase"}, "again"),
    ],
)
def test_a_refused_password_is_explained_at_its_field(client, make_user, sign_in, fields, message):
    sign_in(client, make_user("amina"))
    answer = post(client, "/account/password", **fields)
    assert answer.status_code == 422
    assert f'id="{message}-error"' in answer.text
    assert "another good phrase" not in answer.text


def test_signing_out_everywhere_ends_every_session(app, client, make_user, sign_in):
    user = make_user("amina")
    sign_in(client, user)
    other = sign_in(app.test_client(), user)
    assert post(client, "/account/end-sessions").location == "/sign-in"
    assert not is_signed_in(client)
    assert not is_signed_in(other)


def test_the_language_is_chosen_and_kept(app, client, make_user, sign_in):
    user = make_user("amina")
    sign_in(client, user)
    assert '<html lang="en" dir="ltr">' in client.get("/account/").text
    answer = post(client, "/account/language", language="ur", next="/account/password")
    assert answer.location == "/account/password"
    page = client.get("/account/").text
    assert '<html lang="ur" dir="rtl">' in page
    assert "bootstrap.rtl.min.css" in page
    assert '<html lang="ur" dir="rtl">' in sign_in(app.test_client(), user).get("/account/").text


def test_an_unknown_language_is_refused(client, make_user, sign_in):
    sign_in(client, make_user("amina"))
    assert post(client, "/account/language", language="xx").status_code == 422
    assert '<html lang="en"' in client.get("/account/").text


def test_before_signing_in_the_browser_says_the_language(client):
    assert '<html lang="ur" dir="rtl">' in client.get("/sign-in", headers={"Accept-Language": "ur,en;q=0.5"}).text
    assert '<html lang="en"' in client.get("/sign-in", headers={"Accept-Language": "de"}).text


def test_without_the_demo_setting_nobody_is_listed(client, make_user):
    user = make_user("amina")
    page = client.get("/sign-in").text
    assert user.email not in page
    assert user.name not in page
    assert DEMO_PASSWORD not in page


def test_a_demo_lists_everybody_once_and_one_click_signs_in(settings, clock, make_user):
    both = make_user("amina", Role.OFFICER, Role.LIBRARIAN, password=DEMO_PASSWORD)
    make_user("karim", Role.OFFICER, password=DEMO_PASSWORD)
    demo = build_runtime(settings.model_copy(update={"demo": True}), web=False, clock=clock)
    client = new_app(demo).test_client()
    page = client.get("/sign-in").text
    assert page.count(both.email) == 1
    assert page.index("Librarian") < page.index("Amina") < page.index("Officer") < page.index("Karim")
    sent = {"email": both.email, "password": DEMO_PASSWORD}
    assert f'value="{sent["email"]}"' in page
    assert f'value="{sent["password"]}"' in page
    assert attempt(client, **sent).status_code == 303
    assert is_signed_in(client)
    demo.close()


def test_what_is_done_to_a_session_is_on_record(client, make_user, sign_in, world):
    user: User = make_user("amina")
    attempt(client, email=user.email, password="wrong password")
    sign_in(client, user)
    post(client, "/sign-out")
    with world.database.reading() as session:
        events = session.connection().exec_driver_sql("SELECT action, address FROM audit_event ORDER BY number").all()
    assert [tuple(event) for event in events] == [
        ("user.sign_in_failed", "127.0.0.1"),
        ("user.signed_in", "127.0.0.1"),
        ("user.signed_out", "127.0.0.1"),
    ]
