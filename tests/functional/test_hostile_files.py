"""Hostile and broken files, uploaded as people upload them: each gets a clear word, none keeps the next from being read."""

import io
import zipfile
import zlib

import pytest
from sqlmodel import select

from core.files import FileText
from core.people import Role
from indexer.extraction import ExtractionStatus
from tests.functional.pages import Visitor
from tests.needs import DOCUMENTS

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def docx(document: bytes) -> bytes:
    """A package around one part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", document)
    return packed.getvalue()


def body(text: str, doctype: str = "") -> bytes:
    return f'{doctype}<w:document xmlns:w="{NAMESPACE}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'.encode()


def pdf(*objects: bytes) -> bytes:
    """A PDF of the given objects, the first one the catalogue, with a table of where they are."""
    made, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + table + b"trailer <</Root 1 0 R /Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(made))


def nested_pages(depth: int) -> bytes:
    """A tree of pages as deep as that, and no page at its end."""
    nodes = [b"<</Type /Pages /Count 1 /Kids [%d 0 R]>>" % (number + 3) for number in range(depth)]
    return pdf(b"<</Type /Catalog /Pages 2 0 R>>", *nodes, b"<</Type /Page /MediaBox [0 0 9 9]>>")


def flate(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    return b"<</Length %d /Filter /FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed)


LAUGHS = "<!DOCTYPE w:document [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)
HOSTILE = {
    "bomb.docx": docx(body("A" * 300_000_000)),
    "laughs.docx": docx(body("&j;", LAUGHS + "]>")),
    "passwd.docx": docx(body("&x;", "<!DOCTYPE w:document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>")),
    "deep.docx": docx(b"<a>" * 200_000 + b"</a>" * 200_000),
    "tree.pdf": nested_pages(3_000),
    "arrays.pdf": pdf(b"<</Type /Catalog /Pages " + b"[" * 100_000 + b"]" * 100_000 + b">>"),
    "cycle.pdf": pdf(b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Count 1 /Kids [2 0 R] /Parent 2 0 R>>"),
    "itself.pdf": pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Count 1 /Kids [3 0 R]>>",
        b"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</XObject <</X 4 0 R>>>>>>",
        b"<</Type /XObject /Subtype /Form /Resources <</XObject <</X 4 0 R>>>> /Length 4>>\nstream\n/X Do\nendstream",
    ),
    "bomb.pdf": pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Count 1 /Kids [3 0 R]>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R>>",
        flate(b" " * 400_000_000),
    ),
    "cut.pdf": nested_pages(3)[:200],
    "deep.html": b"<!doctype html><title>x</title>" + b"<div>" * 300_000 + b"words",
    "signs.txt": "\u202e\u2066\ufeff\x00\x1b[31m\u0085".encode() * 1000,
}


@pytest.fixture
def settings(settings):
    """Limits as a small machine has them."""
    return settings.model_copy(update={"extraction_seconds": 20, "extraction_memory_mb": 512})


def statuses(runtime) -> list[tuple[str, str]]:
    with runtime.reading() as session:
        return [(one.status, one.reason) for one in session.exec(select(FileText)).all()]


def read_all(author: Visitor, world, index, runtime, files: dict[str, bytes]) -> None:
    """Upload every file and a good one behind each dozen; what came of it is said on page and in administration."""
    good = []
    for at in range(0, len(files), 15):
        record = world.record(author.viewer, title=f"Files from {at}")
        for name, content in list(files.items())[at : at + 15]:
            answer = author.upload(record, name, content)
            # The same file twice, and one with nothing in it, are refused with a reason.
            assert answer.status == 303 or answer.one("main").text, name
        assert author.upload(record, "good.txt", f"Findable words {at}.".encode()).status == 303
        good.append(record)
    index()
    known = {one.value for one in ExtractionStatus} - {ExtractionStatus.PENDING.value}
    for status, reason in statuses(runtime):
        assert status in known
        assert status == ExtractionStatus.OK.value or reason.endswith("."), (status, reason)
    for record in good:
        assert author.see(f"/records/{record}").all("#files")
    assert author.see("/search?q=findable").counted == len(good)


def test_hostile_files_cost_a_clear_word_each_and_nothing_else(enter, world, index, runtime):
    author = enter("amina")
    read_all(author, world, index, runtime, HOSTILE)
    reasons = " ".join(reason for _, reason in statuses(runtime))
    for inside in ("Traceback", "Error(", "site-packages", "/etc/", "root:"):
        assert inside not in reasons
    assert author.see("/search?q=root").counted == 0
    assert enter("root", Role.ADMINISTRATOR).see("/admin/").status == 200


@pytest.mark.documents
def test_real_broken_files_cost_a_clear_word_each_and_nothing_else(enter, world, index, runtime):
    files = {path.name: path.read_bytes() for path in sorted((DOCUMENTS / "broken").iterdir())}
    assert len(files) > 20
    read_all(enter("amina"), world, index, runtime, files)
    assert {"ok", "encrypted"} <= {status for status, _ in statuses(runtime)}
