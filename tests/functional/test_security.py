"""What holds for every address of the site: who is let in, what a response carries, what a form must prove."""

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.routing import Rule

from core.people import Role
from core.settings import Settings
from tests.functional.conftest import PASSWORD, csrf_of, new_app
from tests.functional.pages import Answer, Visitor, path_of
from webapp import errors
from webapp.app import create_app
from webapp.composition import build_runtime
from webapp.session import PUBLIC_ENDPOINTS

OPEN_TO_ALL = {
    "static",
    "auth.sign_in",
    "auth.enter",
    "mailing.stop",
    "mailing.stopped",
    "probes.alive",
    "probes.ready",
    "metrics.show",
}
ONE_CLICK = "/mail/stop/<token>"
"""Sent by mail programs, which have no page of ours: a signed token in the address is the proof."""
SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("chandni", Role.LIBRARIAN, Role.ADMINISTRATOR, Role.IPCU_STAFF)


@pytest.fixture
def filled(world, officer, index) -> int:
    """A record, a file and a request, all with the number 1."""
    record_id = world.record(officer.viewer)
    officer.upload(record_id, "note.txt", b"A note about batteries.")
    officer.post("/requests", question="Where are the batteries?")
    index()
    return record_id


def addresses(app: Flask, *, methods: set[str]) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and an address of every route that takes one of the methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & methods):
            yield rule.endpoint, method, address_of(rule)


def address_of(rule: Rule) -> str:
    numbered = re.sub(r"<int:\w+>", "1", rule.rule).replace("<kind>", "record")
    return numbered.replace("<path:filename>", "css/tokens.css")


# --- who is let in ----------------------------------------------------------------------------------------------------


def test_the_list_of_public_addresses_is_the_one_reviewed_here():
    assert PUBLIC_ENDPOINTS == OPEN_TO_ALL


def test_everything_else_sends_a_stranger_to_the_sign_in(app, client, filled):
    visited = 0
    for endpoint, method, url in addresses(app, methods={"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}):
        if endpoint in OPEN_TO_ALL:
            continue
        answer = client.open(url, method=method, data={"csrf_token": csrf_of(client, "/sign-in")})
        assert (answer.status_code, path_of(Answer(answer))) == (302, "/sign-in"), f"{method} {url}"
        assert "batteries" not in answer.text.lower()
        visited += 1
    assert visited > 40


def test_a_stranger_cannot_tell_what_is_there(client, filled):
    seen = {
        (answer.status_code, path_of(Answer(answer)))
        for url in (
            "/records/1",
            "/records/4711",
            "/files/1",
            "/nothing/like/this",
            "/admin/",
            "/.env",
        )
        for answer in [client.get(url)]
    }
    assert seen == {(302, "/sign-in")}


def test_a_stranger_who_asks_for_json_is_told_so_in_json(client):
    answer = client.get("/api/v1/search")
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "sign_in"


@pytest.mark.parametrize(
    ("here", "wanted"),
    [
        ("http://localhost/search?q=a", "/sign-in?next=/search?q%3Da"),
        ("http://evil.example//evil.example/", "/sign-in"),
        ("http://[broken", "/sign-in"),
        ("", "/sign-in"),
        ("javascript:alert(1)", "/sign-in"),
    ],
)
def test_htmx_is_sent_to_the_sign_in_as_a_whole_page_and_back_again(client, here, wanted):
    answer = client.get("/search?q=ab", headers={"HX-Request": "true", "HX-Current-URL": here})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, wanted)
    assert not answer.data


# --- what every response carries --------------------------------------------------------------------------------------


def responses(app: Flask, visitor: Visitor) -> Iterator[tuple[str, Answer]]:
    """An answer of every kind that the site gives."""
    for _, method, url in addresses(app, methods={"GET", "HEAD", "OPTIONS"}):
        yield f"{method} {url}", Answer(visitor.client.open(url, method=method))
    yield "404", visitor.get("/nothing")
    yield "405", visitor.get("/sign-out")
    yield "400", Answer(visitor.client.post("/follow"))
    yield "422", visitor.post("/requests")
    yield "303", visitor.post("/follow", target="topic:drones", follow="1")
    yield "302", Answer(app.test_client().get("/"))
    yield "static 404", visitor.get("/static/nothing.css")


def test_every_response_protects_itself(app, librarian, filled):
    for name, answer in responses(app, librarian):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "base-uri 'none'" in policy, name
        if not name.endswith("/files/1"):
            assert "unsafe" not in policy, name
            assert "script-src 'self';" in policy, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert answer.headers["Referrer-Policy"] == "same-origin", name
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert "Server" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers
        if "static" not in name:
            assert answer.headers["Cache-Control"] == "no-store", name


def test_no_page_needs_what_the_policy_forbids(app, librarian, filled):
    for name, answer in responses(app, librarian):
        for node in answer.walk():
            assert node.get("style") is None, f"style on <{node.tag}> of {name}"
            assert not [key for key in node.element.attrib if key.startswith("on")], f"{node.tag} of {name}"
            assert node.tag != "script" or (node["src"].startswith("/static/") and not node.text), name
            assert node.tag != "style", name
            for key in ("src", "href", "action", "hx-get"):
                assert re.match(r"/(?!/)|#|data:image/|$", node.get(key) or ""), f"{key}={node.get(key)} of {name}"


def test_static_files_are_kept_for_good_only_by_the_digest_of_their_content(client):
    page = Answer(client.get("/sign-in"))
    (sheet,) = [link["href"] for link in page.all("link[rel=stylesheet]") if "tokens" in link["href"]]
    kept = Answer(client.get(sheet))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Type"].startswith("text/css")
    assert "Set-Cookie" not in kept.headers
    for other in ("/static/css/tokens.css", "/static/css/tokens.css?v=", "/static/css/tokens.css?v=0123456789ab"):
        answer = Answer(client.get(other))
        assert answer.status == 200
        assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "css/../../app.py",
        "..\\app.py",
        "/etc/passwd",
        "css",
        "",
        "css/\x00",
        ".stamp%00",
    ],
)
def test_nothing_beside_the_static_files_is_served(client, path):
    answer = Answer(client.get(f"/static/{path}"))
    assert answer.status in (302, 308, 404)
    assert "create_app" not in answer.html
    assert "root:" not in answer.html


# --- what a form must prove -------------------------------------------------------------------------------------------


def test_every_address_that_changes_something_wants_the_token(app, librarian, filled, world):
    changing = [(m, url) for _, m, url in addresses(app, methods={"POST", "PUT", "PATCH", "DELETE"})]
    assert len(changing) > 15
    before = world.get(1)
    for method, url in changing:
        if url == ONE_CLICK:
            assert librarian.client.open(url, method=method).status_code == 404
            continue
        for fields in ({}, {"csrf_token": "forged"}, {"csrf_token": ""}):
            answer = Answer(librarian.client.open(url, method=method, data=fields))
            assert answer.status == 400, f"{method} {url}"
            assert "This form is no longer valid" in answer.text
    assert (world.get(1).revision, world.get(1).status) == (before.revision, before.status)
    assert librarian.get("/account/").status == 200


def test_the_token_of_another_person_is_no_good(officer, librarian, filled):
    forged = csrf_of(officer.client)
    answer = librarian.client.post("/requests/1", data={"csrf_token": forged, "status": "closed"})
    assert answer.status_code == 400


def test_nothing_is_changed_by_following_a_link(app, librarian, filled, world):
    before = world.get(1).revision
    readable = {url for _, _, url in addresses(app, methods={"GET"})}
    changing = {url for _, _, url in addresses(app, methods={"POST"})} - readable
    assert len(changing) > 10
    for url in changing:
        assert librarian.get(url).status == 405, url
    assert world.get(1).revision == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods_get_a_page_that_says_so(librarian, method):
    headers = {"X-CSRFToken": csrf_of(librarian.client)}
    answer = Answer(librarian.client.open("/library", method=method, headers=headers))
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "Not this way" in answer.one("h1").text


def test_head_is_get_without_the_page(librarian, filled):
    for url in ("/", "/search?q=batteries", "/records/1", "/files/1", "/library"):
        whole, head = librarian.see(url), Answer(librarian.client.head(url))
        assert head.status == 200
        assert not head.html
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]


# --- cookies and sessions ---------------------------------------------------------------------------------------------


def cookies_of(settings: Settings, clock, make_user) -> dict[str, str]:
    runtime = build_runtime(settings, web=False, clock=clock)
    try:
        make_user("amina")
        client = new_app(runtime).test_client()
        base = "https://localhost" if settings.https else "http://localhost"
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/sign-in", base_url=base).text)
        assert token
        fields = {"csrf_token": token[1], "email": "amina@exchange.example", "password": PASSWORD}
        headers = {"Referer": f"{base}/sign-in"}
        answer = client.post("/sign-in", base_url=base, data=fields, headers=headers)
        assert answer.status_code == 303
        return {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    finally:
        runtime.close()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(settings, clock, make_user):
    cookies = cookies_of(settings, clock, make_user)
    for name, path in (("ipcu", "/"), ("ipcu-devices", "/sign-in")):
        parts = cookies.pop(name).split("; ")
        assert {"HttpOnly", f"Path={path}", "SameSite=Lax"} <= set(parts)
        assert not [part for part in parts if part.startswith("Domain")]
    assert not cookies


def test_over_https_the_cookie_never_travels_in_the_open(settings, clock, make_user):
    cookies = cookies_of(settings.model_copy(update={"https": True}), clock, make_user)
    for name, path in (("__Host-ipcu", "/"), ("__Secure-ipcu-devices", "/sign-in")):
        assert {"Secure", "HttpOnly", f"Path={path}", "SameSite=Lax"} <= set(cookies.pop(name).split("; "))
    assert not cookies


def test_over_https_browsers_are_told_to_stay_there(settings, clock):
    runtime = build_runtime(settings.model_copy(update={"https": True}), web=False, clock=clock)
    answer = new_app(runtime).test_client().get("/sign-in", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    runtime.close()


def test_a_cookie_signed_with_another_key_is_nobody(app, settings, clock, officer):
    other = settings.model_copy(update={"secret_key": SecretStr("another key, as long as the first one was")})
    runtime = build_runtime(other, web=False, clock=clock)
    forger = create_app(runtime).test_client()
    with officer.client.session_transaction() as session:
        token = session["_user_id"]
    with forger.session_transaction() as session:
        session["_user_id"] = token
    stolen = forger.get_cookie("ipcu")
    assert stolen
    client = app.test_client()
    client.set_cookie("ipcu", stolen.value)
    assert client.get("/account/").status_code == 302
    runtime.close()


def test_the_session_of_before_signing_in_is_not_the_one_after(app, client, make_user, sign_in):
    user = make_user("amina")
    client.get("/sign-in")
    planted = client.get_cookie("ipcu")
    assert planted
    sign_in(client, user)
    attacker = app.test_client()
    attacker.set_cookie("ipcu", planted.value)
    assert attacker.get("/account/").status_code == 302


# --- addresses and headers that were made up --------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost:1@evil.example", "evil.example:80"])
def test_a_forged_host_is_never_written_into_a_page_or_redirect(officer, filled, host):
    for url in ("/", "/records/1", "/account", "/search?q=batteries", "/nothing", "/library//"):
        answer = officer.get(url, headers={"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher"})
        assert "evil.example" not in answer.html, url
        assert "evil.example" not in answer.headers.get("Location", ""), url


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/account",
        "/\\evil.example",
        "/%0d%0aSet-Cookie:%20a=b",
        "/account/%0d%0aX-Evil:1",
    ],
)
def test_no_path_becomes_a_header_or_leads_away(client, officer, path):
    for answer in (Answer(client.get(path)), officer.get(path)):
        assert "X-Evil" not in answer.headers
        assert "a=b" not in answer.headers.get("Set-Cookie", "")
        location = answer.headers.get("Location", "/")
        assert re.match(r"(http://localhost)?/(?![/\\])", location), location


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:a=b",
        "\thttps://evil.example",
    ],
)
def test_changing_the_language_leads_nowhere_else(officer, target):
    answer = officer.post("/account/language", language="en", next=target)
    assert answer.status == 303
    assert answer.headers["Location"] == "/account/"


def test_what_comes_back_as_a_next_page_is_escaped(client):
    page = Answer(client.get("/sign-in", query_string={"next": '/search?q="><script>alert(1)</script>'}))
    assert not [node for node in page.all("script") if node.get("src") is None]


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def failing(runtime, monkeypatch, enter) -> Visitor:
    """A site in production in which a page breaks in an unforeseen way."""
    visitor = enter("dawud", Role.LIBRARIAN)
    visitor.client.application.testing = False
    visitor.client.application.config["PROPAGATE_EXCEPTIONS"] = False

    def break_down(*args, **kwargs):
        raise RuntimeError("password=hunter2 in /srv/secret/path.py")

    monkeypatch.setattr(runtime.search, "search", break_down)
    return visitor


def test_an_unforeseen_error_shows_a_reference_and_nothing_of_the_inside(failing, caplog):
    answer = failing.get("/search?q=a")
    assert answer.status == 500
    for inside in ("hunter2", "path.py", "Traceback", "RuntimeError", "werkzeug", "webapp"):
        assert inside not in answer.html
    reference = re.search(r"Its reference is ([0-9a-f]{8})\.", answer.text)
    assert reference
    assert any(reference[1] in record.getMessage() for record in caplog.records)
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_an_unforeseen_error_is_told_to_scripts_in_their_way(failing):
    part = failing.get("/search?q=a", headers={"HX-Request": "true"})
    assert part.status == 500
    assert "<html" not in part.html
    data = failing.client.get("/search?q=a", headers={"Accept": "application/json"})
    assert data.json["error"]["code"] == "internal"
    assert "hunter2" not in data.text


def test_the_site_survives_the_loss_of_its_database(officer, runtime, monkeypatch):
    officer.client.application.testing = False
    runtime.database.engine.dispose()
    path = runtime.settings.data_dir / "ipcu.sqlite3"
    path.write_bytes(b"this is no database" * 1000)
    answer = officer.get("/")
    assert answer.status in (500, 503)
    assert "sqlite" not in answer.html.lower()


def test_a_body_larger_than_any_file_or_text_is_refused_for_what_it_is(settings, clock, make_user, sign_in, world):
    runtime = build_runtime(settings.model_copy(update={"upload_mb": 1}), web=False, clock=clock)
    user = make_user("amina")
    client = sign_in(new_app(runtime).test_client(), user)
    visitor = Visitor(client, user.id or 0, user.email, world.viewer(user.id or 0))
    record = world.record(visitor.viewer)
    file = visitor.upload(record, "large.txt", b"x" * (14 << 20))
    assert file.status == 413
    assert "larger than 1 MB" in file.text
    text = visitor.post("/requests", question="x" * (14 << 20))
    assert text.status == 413
    assert "longer than the 1000000 characters" in text.text
    assert visitor.post("/requests", question="x" * (3 << 20)).status == 422
    runtime.close()


@pytest.mark.parametrize(("over", "is_read"), [(1, True), (errors.ROOM, True), (errors.ROOM + 1, False)])
def test_a_body_little_too_large_is_read_to_its_end_before_it_is_refused(app, client, over, is_read):
    # Otherwise the proxy, still sending it, says that the site is away: seen once, on a fast machine.
    body = io.BytesIO(bytes(app.config["MAX_CONTENT_LENGTH"] + over))
    size = len(body.getvalue())
    kind = "multipart/form-data; boundary=x"
    assert client.post("/sign-in", input_stream=body, content_length=size, content_type=kind).status_code == 413
    assert (body.tell() == size) == is_read
