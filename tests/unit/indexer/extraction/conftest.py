"""Files the tests make themselves: honest ones with the usual libraries, hostile ones by hand."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

PageLine = tuple[float, str]  # font size, text
MakePdf = Callable[..., Path]

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


@pytest.fixture
def make_pdf(tmp_path: Path) -> MakePdf:
    """Writes a PDF of the given pages, each a list of (font size, text) from the top down."""

    def make(pages: Sequence[Sequence[PageLine]], name: str = "made.pdf", **options: object) -> Path:
        path = tmp_path / name
        canvas = Canvas(str(path), **options)
        for page in pages:
            top = 800.0
            for size, text in page:
                top -= size * 1.2
                canvas.setFont("Helvetica", size)
                canvas.drawString(60, top, text)
            canvas.showPage()
        canvas.save()
        return path

    return make


@pytest.fixture
def make_docx_package(tmp_path: Path) -> Callable[..., Path]:
    """Writes a Word file around the given document XML, with further parts if any."""

    def make(document: str, parts: dict[str, bytes] | None = None) -> Path:
        path = tmp_path / "package.docx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("_rels/.rels", _RELS)
            package.writestr("word/document.xml", document)
            for name, content in (parts or {}).items():
                package.writestr(name, content)
        return path

    return make


@pytest.fixture
def word_body() -> Callable[[str], str]:
    """Wraps body XML into a whole Word document part."""

    def wrap(body: str) -> str:
        return f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'

    return wrap


@pytest.fixture
def endless_pdf(tmp_path: Path) -> Path:
    """A PDF of two KB whose drawing takes ages: each form draws the next one ten times."""
    depth = 9
    last = b"BT /T 9 Tf (again) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 6 0 R>>>>>>"),
        _stream(b"", b"/F Do " * 10),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number in range(depth):
        head = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</T 5 0 R>>"
        if number < depth - 1:
            inner = b"/XObject<</F %d 0 R>>>>" % (7 + number)
            objects.append(_stream(head + inner, b"/F Do " * 10))
        else:
            objects.append(_stream(head + b">>", last))
    path = tmp_path / "endless.pdf"
    path.write_bytes(_pdf_file(objects))
    return path


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n" % (len(objects) + 1, start)
    return bytes(out + b"%%EOF\n")
