"""Every address with forged values in everything it reads: the answer is a page, never a crash, and nothing of it is live."""

import re
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.people import Role
from library.content import GRADE
from tests.functional.pages import TOKEN, Visitor
from tests.functional.test_editor import TYPED
from tests.functional.test_security import address_of
from webapp.administration.organisations import FIELDS as ORGANISATION
from webapp.library.form import MULTIPLE, SINGLE
from webapp.security import _Parameters
from webapp.views.search import CHOOSABLE

RECORD = (*SINGLE, *MULTIPLE, "named", "field-sop-purpose", "field-sop-nothing")
READ = {
    ("GET", "auth.sign_in"): ("next",),
    ("POST", "auth.enter"): ("email", "password", "next"),
    ("POST", "account.set_language"): ("language", "next"),
    ("POST", "account.set_time_zone"): ("time_zone",),
    ("POST", "account.change_password"): ("current", "new", "again"),
    ("POST", "admin.add_synonyms"): ("terms",),
    ("GET", "organisations.index"): ("q", "kind", "state", "sort", "page"),
    ("POST", "organisations.add"): ORGANISATION,
    ("POST", "organisations.edit"): ORGANISATION,
    ("POST", "organisations.clients"): ("client", "revoke"),
    ("GET", "people.index"): ("q", "organisation", "role", "state", "sort", "page"),
    ("POST", "people.add"): ("email", "name", "rank", "organisation", "language", "roles"),
    ("POST", "people.edit"): ("name", "rank"),
    ("POST", "people.roles"): ("roles",),
    ("POST", "people.move"): ("organisation_id",),
    ("GET", "spaces.index"): ("q", "page"),
    ("POST", "spaces.add"): ("key", "name", "kind", "description"),
    ("POST", "spaces.edit"): ("name", "kind", "description"),
    ("POST", "spaces.join"): ("reason",),
    ("POST", "spaces.add_member"): ("email", "is_leader"),
    ("POST", "spaces.lead"): ("is_leader",),
    ("POST", "spaces.decide"): ("decision", "answer"),
    ("GET", "trail.index"): ("person", "action", "kind", "object", "since", "until", "page"),
    ("POST", "trail.verify"): ("seen",),
    ("GET", "search.results"): ("q", "page", "sort", "after", "before", "typed", "closest", *CHOOSABLE),
    ("GET", "search.suggest"): ("q",),
    ("GET", "library.browse"): ("topic", "kind", "page"),
    ("POST", "library.create"): RECORD,
    ("POST", "library.save"): RECORD,
    ("POST", "library.publish"): GRADE,
    ("POST", "library.delete"): ("revision",),
    ("POST", "library.withdraw"): ("reason",),
    ("POST", "reviews.accept"): (*GRADE, "stamp", "revision"),
    ("POST", "reviews.send_back"): ("reason", "stamp"),
    ("GET", "reviews.history"): ("version",),
    ("GET", "library.edit"): ("proposal",),
    ("POST", "files.upload"): ("file",),
    ("GET", "files.download"): ("download",),
    ("GET", "files.moved"): ("download",),
    ("POST", "following.follow"): ("target", "follow", "next"),
    ("GET", "library.requests"): ("q",),
    ("POST", "library.ask"): ("question", "details"),
    ("POST", "library.handle"): ("status", "answer"),
    ("GET", "static"): ("v",),
}
"""What each address reads; a test sees to it that nothing is missing."""
NUMBERS = ("-1", "0", "²", "９", "1e9", "NaN", "0x10", "9" * 30, "9" * 5_000, "2147483648", "9223372036854775808")
DAYS = ("2026-13-45", "0001-01-01", "9999-12-31", "2026-W01-1", "٢٠٢٦-٠١-٠١")
LIVE = (
    "<script>alert(1)</script>",
    "a\r\nX-Evil: 1",
    "%0d%0aX-Evil: 1",
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "{{ 7*191 }}",
    "' OR 1=1 --",
    "../../etc/passwd",
)
ODD = ("", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202egpj", "\u0301" * 1_000, "\ufdfa" * 300, "İ" * 250, "\ufeff")
LONG = ("x" * 20_000, "a," * 5_000, "😀" * 300, "\n" * 2_500, '"' * 2_500, "(" * 2_500)
NESTED = ("[x](" * 3_000, "> " * 3_000, "*" * 3_000, "- " * 2_000, "|a" * 2_000 + "\n" + "|-" * 2_000, "`" * 3_001)
MEANT = ("record:1", "record:99999999999", "record:²", "topic:drones", "topic:" + "x" * 5_000, "RED", "closed", "en_GB")
VALUES = (*NUMBERS, *DAYS, *LIVE, *ODD, *LONG, *NESTED, *MEANT)
ALONE = (
    "\ud800",
    "a\0b",
    "9223372036854775808",
    "²",
    "<script>alert(1)</script>",
    "x" * 20_000,
    "İ" * 250,
    "0001-01-01",
)
"""Put into one field at a time, the others being as they should."""
INSIDE = re.compile(r"Traceback|sqlite3|sqlalchemy|pydantic|site-packages|psycopg", re.IGNORECASE)
GOOD = {
    **TYPED,
    "question": "Where is it?",
    "status": "closed",
    "reason": "It is old by now.",
    "target": "record:1",
    "follow": "1",
    "terms": "one two, three four",
    "next": "/library",
}


@pytest.fixture
def librarian(enter, world, index) -> Visitor:
    """Somebody who may do everything, in a house with a record, a file, a request and synonyms."""
    author, visitor = enter("amina"), enter("lubna", Role.LIBRARIAN, Role.ADMINISTRATOR, Role.IPCU_STAFF)
    author.upload(world.record(author.viewer), "note.txt", b"A note about batteries.")
    author.post("/requests", question="Where are the batteries?")
    visitor.post("/admin/synonyms", terms="cell, gaol")
    index()
    return visitor


def readers(app: Flask) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Method, address and fields of everything that reads a field."""
    for rule in app.url_map.iter_rules():
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if names := READ.get((method, rule.endpoint)):
                yield method, address_of(rule), names


def wrong_with(answer: TestResponse) -> list[str]:
    """What an answer must not be or hold."""
    place, page = answer.headers.get("Location", "/"), answer.text
    answer.close()
    wrong = {
        str(answer.status_code): answer.status_code >= 500,
        "it runs": "<script>alert(1)" in page,
        "a header of theirs": "X-Evil" in answer.headers,
        f"leads to {place[:80]}": not re.match(r"/(?![/\\])", place),
        "tells of the inside": bool(INSIDE.search(page)),
        f"{len(page)} characters": len(page) > 500_000,
    }
    return [name for name, is_so in wrong.items() if is_so]


def send(client: FlaskClient, method: str, url: str, fields: dict[str, str]) -> list[str]:
    """What is wrong with the answer to a form or a link."""
    sent = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()})
    if method == "GET":
        return wrong_with(client.get(f"{url}?{sent}"))
    return wrong_with(client.post(url, data=sent, content_type="application/x-www-form-urlencoded"))


def token_of(visitor: Visitor) -> str:
    found = TOKEN.search(visitor.client.get("/account/").text)
    assert found
    return found[1]


def tried(visitor: Visitor, app: Flask, *, together: bool) -> dict[str, list[str]]:
    """Everything that is wrong, by address, field and value."""
    found: dict[str, list[str]] = {}
    good = {
        **GOOD,
        "organisation_id": str(visitor.viewer.organisation_id),
        "revision": "1",
        "csrf_token": token_of(visitor),
    }
    for method, url, names in readers(app):
        sets = [dict.fromkeys(names, value) for value in VALUES] if together else []
        sets = sets or [{name: value} for name in names for value in ALONE]
        for fields in sets:
            name, value = ("all", *fields.values())[:2] if together else next(iter(fields.items()))
            if wrong := send(visitor.client, method, url, {**good, **fields} if method == "POST" else fields):
                found[f"{method} {url} {name} {value[:30]!r}"] = wrong
    return found


class Listening(_Parameters):
    """Notes every name that is asked for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def getlist(self, key, *given):
        self.asked.add(key)
        return super().getlist(key, *given)


def test_no_field_that_is_read_is_left_out_here(app, librarian, monkeypatch):
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Listening)
    good = {**GOOD, "organisation_id": str(librarian.viewer.organisation_id), "csrf_token": token_of(librarian)}
    for rule in app.url_map.iter_rules():
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            Listening.asked.clear()
            send(librarian.client, method, address_of(rule), good)
            assert Listening.asked - {"csrf_token"} <= set(READ.get((method, rule.endpoint), ())), rule


def test_forged_values_in_everything_an_address_reads_get_a_page(app, librarian):
    assert tried(librarian, app, together=True) == {}


def test_one_forged_value_among_good_ones_gets_a_page(app, librarian):
    assert tried(librarian, app, together=False) == {}


HEADERS = {
    "Accept": ";;;q=x,,text/html;q=-1," + "a/b," * 500,
    "Accept-Language": "ur_PK-x;q=9,,*;q=,../../etc," + "xx-" * 1_000,
    "Accept-Encoding": "gzip;q=x,br;;",
    "Authorization": "Basic !!!",
    "Cookie": "ipcu=eyJhIjoxfQ.x.y; ipcu=; =; a=\xff; " + "b=" + "c" * 30_000,
    "Host": "[::1",
    "HX-Current-URL": "http://[",
    "HX-Request": "TRUE",
    "If-Modified-Since": "32 Foo 9999",
    "If-None-Match": '"' + "x" * 9_000,
    "If-Range": "\xe9",
    "Origin": "null",
    "Range": "bytes=9-1,-,0-0,x-",
    "Referer": "http://[localhost/search?q=\xff",
    "Transfer-Encoding": "identity",
    "User-Agent": "\xff" * 5_000,
    "X-Forwarded-For": "'; DROP TABLE user",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "javascript",
    "X-HTTP-Method-Override": "DELETE",
}


def test_a_forged_header_gets_a_page(app, librarian):
    found = {}
    for name, value in HEADERS.items():
        client = app.test_client(use_cookies=False) if name == "Cookie" else librarian.client
        for rule in app.url_map.iter_rules():
            # The database of these tests was not made by migrations, so /readyz rightly answers 503.
            if "GET" not in (rule.methods or set()) or rule.endpoint == "probes.ready":
                continue
            answer = client.get(address_of(rule), headers={name: value})
            leads_away = ["evil.example"] if "evil.example" in answer.headers.get("Location", "") + answer.text else []
            if wrong := wrong_with(answer) + leads_away:
                found[name, rule.rule] = wrong
    assert found == {}


BODIES = [
    ("application/json", b'{"csrf_token": '),
    ("application/json", b'{"title": "\\ud800", "kind": {"a": []}}'),
    ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff\r\n\r\na'),
    ("multipart/form-data; boundary=x", b"--x\r\n" * 5_000),
    ("multipart/form-data; boundary=" + "x" * 5_000, b"--x"),
    ("application/x-www-form-urlencoded", b"title=%ff%fe%ed%a0%80&kind=%&%=%&&&=" + b"a&" * 50_000),
    ("application/x-www-form-urlencoded; charset=utf-7", b"title=+ADw-script+AD4-alert(1)"),
    ("\xff/\xff; ;;charset=x", b"\0" * 100),
    ("", b"title=x"),
]


def test_a_body_that_is_no_form_gets_a_page_and_changes_nothing(app, librarian, world):
    headers, before, found = {"X-CSRFToken": token_of(librarian)}, world.get(1), {}
    for which, (kind, body) in enumerate(BODIES):
        for rule in app.url_map.iter_rules():
            if "POST" not in (rule.methods or set()) or rule.endpoint in ("auth.sign_out", "account.end_sessions"):
                continue
            answer = librarian.client.post(address_of(rule), data=body, content_type=kind, headers=headers)
            if wrong := wrong_with(answer):
                found[which, rule.rule] = wrong
    assert found == {}
    assert (world.get(1).title, world.get(1).marking) == (before.title, before.marking)


def test_of_two_values_of_a_field_the_first_counts_everywhere(librarian):
    both = {"q": ["batteries", "unicorn"], "page": ["1", "7"], "sort": ["newest", "x"]}
    assert librarian.see("/search", query_string=both).counted == 1
    fields = {
        "csrf_token": [token_of(librarian), "forged"],
        "target": ["topic:drones", "record:1"],
        "follow": ["1", "0"],
        "next": ["/library?topic=drones", "/library"],
    }
    assert librarian.client.post("/follow", data=fields).location == "/library?topic=drones"
