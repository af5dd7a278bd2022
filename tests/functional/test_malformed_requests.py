"""Requests that are none, over a raw socket to a real server: each is refused, none breaks anything, and what we answer is safe."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask

from tests.functional.house import OFF, prepare
from tests.functional.processes import Person, Server, wait_for

LINE = b"GET /sign-in HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
POST = b"POST /sign-in HTTP/1.1\r\n" + HOST
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
END = b"Connection: close\r\n\r\n"
PART = b"Content-Type: multipart/form-data; boundary=x\r\n"


def of_host(name: bytes) -> bytes:
    return LINE + b"Host: " + name + b"\r\n" + END


def chunked(body: bytes) -> bytes:
    return POST + FORM + b"Transfer-Encoding: chunked\r\n" + END + body


def posted(head: bytes, body: bytes) -> bytes:
    return POST + head + b"Content-Length: %d\r\n" % len(body) + END + body


# What is refused in every case: by the server where it is no HTTP, else by us.
REFUSED = {
    "a host with an empty label": of_host(b"a..b"),
    "a host of one dot": of_host(b"."),
    "a host of dots": of_host(b"..."),
    "a label of 64 characters": of_host(b"a" * 64 + b".example"),
    "a label of 8,000 characters": of_host(b"a" * 8_000),
    "a host that begins with a dot": of_host(b".localhost"),
    "an empty label on a page that is not there": b"GET /nowhere HTTP/1.1\r\nHost: a..b\r\n" + END,
    "an empty label at the API": b"GET /api/v1/records HTTP/1.1\r\nHost: a..b\r\n" + END,
    "an empty label at a static file": b"GET /static/css/pages.css HTTP/1.1\r\nHost: a..b\r\n" + END,
    "an empty label with a form": b"POST /sign-in HTTP/1.1\r\nHost: a..b\r\n"
    + FORM
    + b"Content-Length: 3\r\n"
    + END
    + b"a=b",
    "an empty label as htmx": b"GET / HTTP/1.1\r\nHost: a..b\r\nHX-Request: true\r\n" + END,
    "an empty label and a session": b"GET / HTTP/1.1\r\nHost: a..b\r\nCookie: ipcu=a.b.c\r\n" + END,
    "no method": b" /sign-in HTTP/1.1\r\n" + HOST + END,
    "no address": b"GET HTTP/1.1\r\n" + HOST + END,
    "no version": b"GET /sign-in\r\n" + HOST + END,
    "a version that is none": b"GET /sign-in HTTP/x.y\r\n" + HOST + END,
    "a version to come": b"GET /sign-in HTTP/9.9\r\n" + HOST + END,
    "another protocol": b"GET /sign-in SPDY/1.1\r\n" + HOST + END,
    "four words": b"GET /sign-in and HTTP/1.1\r\n" + HOST + END,
    "a method in brackets": b"(GET) /sign-in HTTP/1.1\r\n" + HOST + END,
    "a method with a null": b"GE\0T /sign-in HTTP/1.1\r\n" + HOST + END,
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
    "bytes of no text": bytes(range(128, 256)) + b"\r\n\r\n",
    "an address of 100 kB": b"GET /search?q=" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + END,
    "a header of 100 kB": LINE + HOST + b"X-A: " + b"a" * 100_000 + b"\r\n" + END,
    "a thousand headers": LINE + HOST + b"".join(b"X-%d: a\r\n" % number for number in range(1_000)) + END,
    "a header without a colon": LINE + HOST + b"nonsense\r\n" + END,
    "a header without a name": LINE + HOST + b": a\r\n" + END,
    "a header with a space before its colon": LINE + HOST + b"X-A : a\r\n" + END,
    "a header with a null": LINE + HOST + b"X-A: a\0b\r\n" + END,
    "a header name with a null": LINE + HOST + b"X\0A: b\r\n" + END,
    "a header with a bare carriage return": LINE + HOST + b"X-A: a\rb\r\n" + END,
    "a header that goes on in the next line": LINE + HOST + b"X-A: a\r\n b\r\n" + END,
    "a length of no number": POST + b"Content-Length: abc\r\n" + END,
    "a length below nothing": POST + b"Content-Length: -1\r\n" + END,
    "a length with a plus": POST + b"Content-Length: +1\r\n" + END + b"a",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n" + END + b"ab",
    "a length and chunks": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n",
    "an endless length": POST + FORM + b"Content-Length: 99999999999999\r\n" + END + b"abc",
    "an encoding that is none": POST + b"Transfer-Encoding: nonsense\r\n" + END,
    "chunks twice": POST + b"Transfer-Encoding: chunked, chunked\r\n" + END + b"0\r\n\r\n",
    "a chunk without a size": chunked(b"\r\nabc\r\n0\r\n\r\n"),
    "a chunk of a size that is no number": chunked(b"zz\r\nabc\r\n0\r\n\r\n"),
    "a chunk of a size below nothing": chunked(b"-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk longer than it says": chunked(b"1\r\nabcdef\r\n0\r\n\r\n"),
    "a chunk that breaks off": chunked(b"ff\r\nabc"),
    "a form without a token": posted(FORM, b"email=a&password=b"),
    "a form that is no text": posted(FORM, b"\xff\xfe=%ed%a0%80&%=%&csrf_token=%00"),
    "a form of parts without a boundary": posted(b"Content-Type: multipart/form-data\r\n", b"--x\r\n\r\na\r\n--x--"),
    "a part that breaks off": posted(PART, b'--x\r\nContent-Disposition: form-data; name="csrf_token'),
    "a body of a type that is none": posted(b"Content-Type: \xff/\xff;;;\r\n", b"\0\0\0"),
    "bad percent signs": b"GET /records/%zz%%%e9 HTTP/1.1\r\nHost: a..b\r\n" + END,
}
# Strange, but requests: they get a page or are led to the sign-in, by us.
ODD = {
    "a method of our own": b"BREW /sign-in HTTP/1.1\r\n" + HOST + END,
    "a host in brackets that do not close": of_host(b"[::1"),
    "a host of no text": of_host(b"\xff\xfe"),
    "a port that is none": of_host(b"localhost:99999"),
    "percent signs that mean nothing": b"GET /records/%zz%%% HTTP/1.1\r\n" + HOST + END,
    "an encoded null": b"GET /records/%00 HTTP/1.1\r\n" + HOST + END,
    "an address of no text": b"GET /records/%ff%fe%ed%a0%80?q=%ff%ed%a0%80 HTTP/1.1\r\n" + HOST + END,
    "raw bytes in the address": b"GET /records/\xff\xfe HTTP/1.1\r\n" + HOST + END,
    "the way up": b"GET /static/../../../etc/passwd HTTP/1.1\r\n" + HOST + END,
    "the way up, encoded": b"GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + END,
    "two slashes": b"GET //evil.example/ HTTP/1.1\r\n" + HOST + END,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("malformed")
    prepare(data)
    server = Server(data, **OFF)
    try:
        wait_for(server.answers, "the first answer")
        yield server
    finally:
        server.kill()


def told(server: Server, request: bytes) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer; status 0 when the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        try:
            line.sendall(request)
            with suppress(OSError):
                # What is refused at its first line is closed before this.
                line.shutdown(socket.SHUT_WR)
            answer = line.makefile("rb").read().decode("latin-1")
        except ConnectionError:
            return 0, {}, ""
    if not answer:
        return 0, {}, ""
    head, _, body = answer.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    found = re.fullmatch(r"HTTP/1\.[01] (\d{3}) [^\r\n]+", first)
    assert found, first
    return int(found[1]), dict(one.split(": ", 1) for one in lines), body


def is_ours(headers: dict[str, str]) -> bool:
    """Gunicorn's own refusals know nothing of caching; whatever went through the app says it."""
    return "Cache-Control" in headers


def assert_safe(status: int, headers: dict[str, str], body: str) -> None:
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Traceback" not in body
    if status >= 400 and headers["Content-Type"].startswith("text/html"):
        assert "</html>" in body


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused(server, name):
    status, headers, body = told(server, REFUSED[name])
    # Closed without a word is gunicorn's answer to what is not even HTTP.
    assert status == 0 or 400 <= status < 500 or (status in (501, 505) and not is_ours(headers)), (status, body[:200])
    if b"Host: a..b" in REFUSED[name] or name.startswith(("a host", "a label", "a form", "a part", "a body")):
        assert is_ours(headers) or status == 431
    if is_ours(headers):
        assert_safe(status, headers, body)


@pytest.mark.parametrize("name", ODD)
def test_what_is_strange_is_answered(server, name):
    status, headers, body = told(server, ODD[name])
    assert 200 <= status < 500, (status, body[:200])
    if is_ours(headers):
        assert_safe(status, headers, body)
    assert not re.search("evil", headers.get("Location", ""))


def test_afterwards_the_server_serves_and_has_no_error_to_tell_of(server):
    for request in (*REFUSED.values(), *ODD.values()):
        told(server, request)
    assert Person().get(server, "/sign-in").status == 200
    assert "Traceback" not in server.output, server.output


def test_there_are_enough_of_them():
    assert len(REFUSED) >= 50


def test_an_error_is_told_though_its_page_cannot_be_made(app: Flask, client, monkeypatch):
    """Nothing of what a page needs works any more: no address of a stylesheet, no template, no translation."""

    def broken(*_arguments: object, **_named: object) -> str:
        raise RuntimeError("out of order")

    monkeypatch.setattr("webapp.errors._", broken)
    monkeypatch.setattr("webapp.errors.render_template", broken)
    monkeypatch.setitem(app.jinja_env.globals, "asset_url", broken)
    without_token = client.post("/sign-in")
    nowhere = client.get("/nowhere", headers={"Host": "a..b"})
    for answer in (without_token, nowhere):
        assert answer.status_code == 400
        assert "<h1>400 Bad Request</h1>" in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for_a_program = client.get("/api/v1/nowhere", headers={"Host": "a..b"})
    assert for_a_program.json == {"error": {"code": "error", "message": "Bad Request", "fields": {}}}
