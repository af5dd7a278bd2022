"""Files of records: what may come in, how it goes out again, and to whom."""

import base64
import gc
import hashlib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from docx import Document
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from sqlmodel import select
from werkzeug.test import TestResponse

from core.access import Marking
from core.attachments import MAX_ATTACHMENTS, Attachment, clean_filename
from core.files import FileText
from core.people import Role
from tests.functional.conftest import csrf_of
from tests.functional.pages import Answer, Visitor
from tests.functional.test_records import everything

# Werkzeug's test client spools a large body to a file and leaves it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PAGE = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Here, where it is expected, and not in whatever test comes next."""
    yield
    gc.collect()


@pytest.fixture
def settings(settings):
    """Files of every sort come in here; what is accepted otherwise is in test_uploads.py."""
    return settings.model_copy(update={"upload_types": "*"})


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def record(author, world) -> int:
    return world.record(author.viewer)


def stored(world) -> list[Attachment]:
    with world.database.reading() as session:
        return list(session.exec(select(Attachment).order_by(Attachment.id)))


def add(author: Visitor, world, record: int, name: str, content: bytes) -> Attachment:
    """Upload a file that must be taken."""
    answer = author.upload(record, name, content)
    assert answer.status == 303, answer.text
    return stored(world)[-1]


def fetch(person: Visitor, file: Attachment, query: str = "", **options: Any) -> TestResponse:
    """A file as the browser gets it."""
    with person.client.get(f"/files/{file.id}{query}", **options) as answer:
        assert answer.data is not None
        return answer


def files_in(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def pdf(*lines: str, password: str = "") -> bytes:
    made = BytesIO()
    lock = StandardEncryption(password, ownerPassword="owner") if password else None
    canvas = Canvas(made, encrypt=lock)
    for line in lines:
        canvas.drawString(60, 700, line)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def test_a_file_comes_back_as_it_went_in(author, world, record, settings):
    content = bytes(range(256)) * 5000
    file = add(author, world, record, "dump.bin", content)
    assert (file.size, file.sha256, file.added_by) == (len(content), hashlib.sha256(content).hexdigest(), author.id)
    assert fetch(author, file).data == content
    assert "dump.bin" in author.see(f"/records/{record}").one("#files").text
    assert [one.name for one in files_in(settings.files_dir)] == [file.sha256]


def test_the_text_of_a_file_is_found_and_leads_to_its_record(author, world, record, index):
    add(author, world, record, "plan.pdf", pdf("The zanzibar procedure in five steps"))
    index()
    assert "Handling a seized phone" in author.see("/search?q=zanzibar").titles
    files = author.see(f"/records/{record}").one("#files").text
    assert "1 page" in files
    assert "not searchable" not in files


# What it is called, what is in it -> the type it is given, and whether a browser may show it.
SORTS = [
    ("plan.pdf", pdf("x"), "application/pdf", True),
    ("plan.txt", pdf("x"), "application/pdf", True),
    ("notes.txt", b"plain words", "text/plain", True),
    ("photo.png", PNG, "image/png", True),
    ("photo.html", PNG, "image/png", True),
    ("page.html", PAGE, "text/html", False),
    ("page.pdf", PAGE, "text/html", False),
    ("page.png", PAGE, "text/html", False),
    ("page.HtM", b"only words", "text/html", False),
    ("drawing.svg", SVG, "image/svg+xml", False),
    ("notes.md", b"# Words", "text/markdown", False),
    ("unknown", b"\x00\x01\x02\x03" * 40, "application/octet-stream", False),
]


@pytest.mark.parametrize(("name", "content", "media_type", "is_shown"), SORTS, ids=[one[0] for one in SORTS])
def test_what_a_file_is_decides_its_content_and_never_its_name(
    author, world, record, name, content, media_type, is_shown
):
    file = add(author, world, record, name, content)
    if media_type is not None:
        assert file.media_type == media_type
    answer = fetch(author, file)
    assert answer.data == content
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    # The viewers of browsers refuse to open a PDF in a sandbox.
    assert policy.startswith("sandbox;") == (file.media_type != "application/pdf")
    kind, _, parameters = answer.headers["Content-Disposition"].partition(";")
    assert kind == ("inline" if is_shown else "attachment")
    assert name in parameters
    if is_shown:
        assert answer.mimetype == file.media_type
    else:
        assert answer.mimetype == "application/octet-stream"
        assert answer.mimetype != "image/svg+xml"


PROGRAM = b"MZ\x90\x00" + b"\x00" * 200


@pytest.mark.parametrize(
    ("name", "content"),
    [("tool.exe", PROGRAM), ("tool.pdf", PROGRAM), ("run.bat", b"echo off"), ("run", b"#!/bin/sh\nrm -r x\n")],
)
def test_a_program_is_refused_whatever_it_is_called(author, world, record, settings, name, content):
    answer = author.upload(record, name, content)
    assert answer.status == 422
    assert "Programs are not taken" in answer.text
    assert not stored(world)
    assert not files_in(settings.files_dir)


def test_the_form_says_what_is_searchable_and_at_once_when_a_file_is_not(author, world, record):
    page = author.see(f"/records/{record}")
    assert "At most" in page.one("#file-hint").text
    author.upload(record, "photo.png", PNG)
    assert "cannot be read, so it is found by the record only" in author.see(f"/records/{record}").text


def office(*parts: str) -> bytes:
    """A Word file with its parts in this order; the first is what careless sniffers look at."""
    made = BytesIO()
    Document().save(made)
    turned = BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(turned, "w") as new:
        for part in parts:
            new.writestr(part, "<x/>")
        for part in reversed(old.namelist()):
            new.writestr(part, old.read(part))
    return turned.getvalue()


def test_the_order_of_parts_does_not_change_what_a_file_is(author, world, record):
    file = add(author, world, record, "yawl.docx", office("_xmlsignatures/origin.sigs", "docMetadata/LabelInfo.xml"))
    assert file.media_type.endswith("wordprocessingml.document")


def test_a_wrong_verdict_does_not_stick_to_the_bytes(author, world, record, index):
    content = pdf("The zanzibar procedure")
    file = add(author, world, record, "plan.pdf", content)
    with world.work() as work:
        text = work.session.get(FileText, file.sha256)
        text.media_type, text.status, text.reason = "application/zip", "unsupported", "It cannot be read."
        work.session.add(text)
    other = world.record(author.viewer, title="Another record")
    add(author, world, other, "plan.pdf", content)
    index()
    with world.database.reading() as session:
        assert session.get(FileText, file.sha256).status == "ok"
    assert len(author.see("/search?q=zanzibar").titles) == 2


def test_what_a_file_hides_is_not_found_and_said_beside_it(author, world, record, index):
    page = b"<h1>Kiosk</h1><p>Opens at noon.</p><p hidden>The mandrake till is open.</p>"
    add(author, world, record, "kiosk.html", page)
    index()
    assert "The file hides text" in author.see(f"/records/{record}").one("#files").text
    assert not author.see("/search?q=mandrake").titles


def test_what_could_be_shown_is_downloaded_when_asked(author, world, record):
    file = add(author, world, record, "photo.png", PNG)
    answer = fetch(author, file, "?download=1")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "application/octet-stream"


def test_a_plain_text_is_not_shown_as_anything_else(author, world, record):
    """A type that the database was given wrongly is no way around the list."""
    file = add(author, world, record, "x.txt", b"words")
    with world.work() as work:
        work.session.get(Attachment, file.id).media_type = "text/html"
    answer = fetch(author, file)
    assert answer.headers["Content-Disposition"].startswith("attachment")


NAMES = [
    ("../../../etc/passwd", "passwd"),
    ("/etc/shadow", "shadow"),
    ("....", "file"),
    ("   . ", "file"),
    ("a%0D%0ASet-Cookie: evil=1.txt", "a%0D%0ASet-Cookie: evil=1.txt"),
    ("one\u2028two\u2029three\u2067four.txt", "onetwothreefour.txt"),
    (
        "\u06a9\u0627\u0631\u200c\u0631\u0648\u0627\u0626\u06cc.txt",
        "\u06a9\u0627\u0631\u200c\u0631\u0648\u0627\u0626\u06cc.txt",
    ),
    ("report\u202efdp.txt", "reportfdp.txt"),
    ("\x00\x1f.txt", "txt"),
    ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
    ("تفتیشی رپورٹ.txt", "تفتیشی رپورٹ.txt"),
    ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
    ("a;b=c'd%2e%2e%2f.txt", "a;b=c'd%2e%2e%2f.txt"),
    (".htaccess", "htaccess"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_is_only_a_name(author, world, record, settings, name, kept):
    file = add(author, world, record, name, b"words")
    assert file.filename == kept
    assert [one.name for one in files_in(settings.files_dir)] == [file.sha256]
    page = author.see(f"/records/{record}")
    assert kept in page.one("#files").text
    assert not [node for node in page.all("img") if node.get("onerror")]
    answer = fetch(author, file)
    assert answer.status_code == 200
    assert "evil=1" not in answer.headers.get("Set-Cookie", "")
    assert "\n" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["..\\..\\windows\\system.ini", "C:\\system.ini"])
def test_a_name_with_a_path_of_windows_loses_it(name):
    """Not over HTTP: its parser takes backslashes for escapes before we see them."""
    assert clean_filename(name) == "system.ini"


def test_nothing_chosen_or_nothing_in_it_is_said(author, world, record):
    assert author.post(f"/files/record/{record}").status == 422
    assert author.upload(record, "", b"words").status == 422
    empty = author.upload(record, "empty.txt", b"")
    assert empty.status == 422
    assert "The file is empty" in empty.text
    assert not stored(world)


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(author, world, record, settings):
    limit = settings.upload_mb << 20
    for size in (limit + 1, limit + (2 << 20)):
        answer = author.upload(record, "large.bin", b"\x00" * size)
        assert answer.status in (413, 422)
        assert "larger than" in answer.text
    assert not stored(world)
    assert not files_in(settings.files_dir)


def test_the_same_file_twice_is_refused_and_on_another_record_it_is_welcome(author, world, record, settings):
    add(author, world, record, "plan.txt", b"words")
    again = author.upload(record, "other.txt", b"words")
    assert again.status == 409
    assert "already attached" in again.text
    other = world.record(author.viewer, title="Another record")
    add(author, world, other, "plan.txt", b"words")
    assert len(stored(world)) == 2
    assert len(files_in(settings.files_dir)) == 1


def test_a_record_takes_a_number_of_files(author, world, record):
    for number in range(MAX_ATTACHMENTS):
        add(author, world, record, f"{number}.txt", b"words %d" % number)
    assert author.upload(record, "last.txt", b"one too many").status == 422
    assert len(stored(world)) == MAX_ATTACHMENTS


def test_a_removed_file_is_gone_from_page_and_search_and_its_other_users_keep_it(author, world, record, index):
    file = add(author, world, record, "plan.txt", b"the zanzibar procedure")
    other = world.record(author.viewer, title="Another record")
    kept = add(author, world, other, "plan.txt", b"the zanzibar procedure")
    index()
    assert author.post(f"/files/{file.id}/remove").status == 303
    index()
    assert author.get(f"/files/{file.id}").status == 404
    assert "plan.txt" not in author.see(f"/records/{record}").text
    assert author.see("/search?q=zanzibar").titles == ["Another record"]
    assert fetch(author, kept).data == b"the zanzibar procedure"


@pytest.mark.parametrize("case", ["RED", "AMBER", "draft", "withdrawn"])
def test_files_of_hidden_records_answer_as_files_that_do_not_exist(author, enter, world, case):
    record = world.record(
        author.viewer,
        publish=case != "draft",
        marking=Marking.GREEN if case in ("draft", "withdrawn") else Marking(case),
    )
    file = add(author, world, record, "plan.txt", b"words")
    if case == "withdrawn":
        author.post(f"/records/{record}/withdraw", reason="It is out of date.")
    stranger = enter("sadia", organisation="away")
    there, absent = (stranger.get(f"/files/{one}") for one in (file.id, 987_654))
    assert there.status == 404
    assert everything(there) == everything(absent)
    there, absent = (stranger.post(f"/files/{one}/remove") for one in (file.id, 987_654))
    assert there.status == 404
    assert everything(there) == everything(absent)
    there, absent = (stranger.upload(one, "mine.txt", b"mine") for one in (record, 987_654))
    assert there.status == 404
    assert everything(there) == everything(absent)
    assert [one.id for one in stored(world)] == [file.id]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.IPCU_STAFF, Role.ADMINISTRATOR])
def test_who_only_reads_neither_adds_nor_removes(author, enter, world, record, role, settings):
    file = add(author, world, record, "plan.txt", b"words")
    reader = enter("rashid", role)
    page = reader.see(f"/records/{record}")
    assert not page.all("input[type=file]")
    assert fetch(reader, file).data == b"words"
    assert reader.upload(record, "mine.txt", b"mine").status == 403
    assert reader.post(f"/files/{file.id}/remove").status == 403
    assert len(stored(world)) == 1
    # Policy comes before the bytes.
    assert len(files_in(settings.files_dir)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/files/..%2f..%2fetc%2fpasswd",
        "/files/../ipcu.sqlite3",
        "/files/%2e%2e/ipcu.sqlite3",
        "/files/1%00.txt",
        "/files/1/../../etc/passwd",
        "/static/../../ipcu.sqlite3",
        "/static/%2e%2e/%2e%2e/app.py",
        "/static/..%5c..%5capp.py",
    ],
)
def test_no_address_leads_out_of_the_store(author, world, record, path):
    add(author, world, record, "plan.txt", b"words")
    assert author.get(path).status == 404


def test_a_file_that_the_store_has_lost_is_not_an_accident(author, world, record, settings):
    file = add(author, world, record, "plan.txt", b"words")
    for one in files_in(settings.files_dir):
        one.unlink()
    assert author.get(f"/files/{file.id}").status == 404


def test_a_part_of_a_file_can_be_asked_for(author, world, record):
    file = add(author, world, record, "plan.pdf", pdf("x"))
    answer = fetch(author, file, headers={"Range": "bytes=0-4"})
    assert (answer.status_code, answer.data) == (206, b"%PDF-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def a_zip() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("a.txt", "words")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("scan.pdf", pdf(), "no_text", "scan"),
        ("locked.pdf", pdf("secret", password="a password"), "encrypted", "protected by a password"),
        ("broken.pdf", b"%PDF-1.7\nnothing of the kind\n%%EOF", "broken", "damaged"),
        ("photo.png", PNG, "unsupported", "cannot be read"),
        ("bag.zip", a_zip(), "unsupported", "cannot be read"),
    ],
)
def test_a_file_without_text_says_why_to_reader_and_administrator(
    author, enter, world, record, index, name, content, status, words
):
    file = add(author, world, record, name, content)
    index()
    with world.database.reading() as session:
        assert session.get(FileText, file.sha256).status == status
    sentence = badge(author.see(f"/records/{record}"))
    assert sentence.startswith("not searchable: ")
    assert words in sentence
    table = enter("lubna", Role.LIBRARIAN).see("/admin/").text
    assert name in table
    assert words in table


def badge(page: Answer) -> str:
    return page.one("#files").one(".badge-overdue").text


def test_two_first_uploads_of_one_file_at_once_are_one_file_on_two_records(
    author, world, app, index, settings, runtime
):
    records = [world.record(author.viewer, title=f"Twins {number}") for number in range(4)]
    token = csrf_of(author.client)
    cookie = author.client.get_cookie("ipcu")
    assert cookie
    start = Barrier(len(records))

    def upload(record: int) -> int:
        client = app.test_client()
        client.set_cookie("ipcu", cookie.value)
        fields = {"csrf_token": token, "file": (BytesIO(b"A pangolin of one file."), "same.txt")}
        start.wait(60)
        return client.post(f"/files/record/{record}", data=fields).status_code

    with ThreadPoolExecutor(len(records)) as pool:
        assert set(pool.map(upload, records)) == {303}
    assert len(files_in(settings.files_dir)) == 1
    index()
    assert author.see("/search?q=pangolin").counted == len(records)
    with runtime.reading() as session:
        assert [text.status for text in session.exec(select(FileText))] == ["ok"]
