"""Static files: small on the wire, the same when unpacked, and asked for once."""

import gzip

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.assets import STATIC

OURS, FETCHED = "css/pages.css", "vendor/bootstrap.min.css"


def fetch(client: FlaskClient, name: str, **headers: str) -> TestResponse:
    """The whole answer; the file behind it is closed."""
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    with client.get(f"/static/{name}", headers=names) as answer:
        assert answer.data is not None
        return answer


@pytest.mark.parametrize("name", [OURS, FETCHED, "js/suggest.js", "vendor/icons.svg"])
def test_a_browser_that_takes_gzip_gets_the_same_file_in_fewer_bytes(client, name):
    plain = fetch(client, name)
    packed = fetch(client, name, Accept_Encoding="gzip, br")
    assert plain.data == (STATIC / name).read_bytes()
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_file_that_has_not_changed_is_not_sent_again_in_either_form(client):
    for headers in ({}, {"Accept_Encoding": "gzip"}):
        first = fetch(client, OURS, **headers)
        again = fetch(client, OURS, **headers, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.css", "../assets.py", "vendor", "vendor/licences/htmx.txt.gz.css"])
def test_what_is_not_there_is_not_found_in_either_form(client, name):
    for headers in ({}, {"Accept_Encoding": "gzip"}):
        assert fetch(client, name, **headers).status_code == 404
