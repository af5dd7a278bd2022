"""Text of Word and PowerPoint files."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pptx
import pytest
from pptx.util import Inches

from indexer.extraction import ExtractionStatus, extract
from indexer.extraction.model import DOCX, PPTX

MakePackage = Callable[..., Path]
WordBody = Callable[[str], str]


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_word_headings_make_paths_and_tables_make_rows(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Community policing", level=1)
    document.add_paragraph("Meet people where they live.")
    document.add_heading("Foot patrols", level=2)
    document.add_paragraph("Walk slowly.")
    table = document.add_table(rows=2, cols=3)
    for row, words in zip(table.rows, [("Day", "From", "To"), ("Monday", "8", "16")], strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    document.add_heading("Schools", level=1)
    document.save(str(tmp_path / "guide.docx"))

    result = extract(tmp_path / "guide.docx", DOCX)

    assert (result.status, result.pages) == (ExtractionStatus.OK, None)
    assert [(block.heading, block.text, block.page) for block in result.blocks] == [
        ("Community policing", "Meet people where they live.", None),
        (
            "Community policing > Foot patrols",
            "Walk slowly.\n\nDay | From | To\nMonday | 8 | 16",
            None,
        ),
        ("Schools", "Schools", None),
    ]


def test_word_reads_insertions_and_content_controls_but_no_deletions(
    make_docx_package: MakePackage, word_body: WordBody
) -> None:
    body = (
        "<w:sdt><w:sdtContent>" + paragraph("In a control.") + "</w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:ins><w:r><w:t> inserted</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> deleted</w:delText></w:r></w:del></w:p>"
    )

    result = extract(make_docx_package(word_body(body)), DOCX)

    assert [block.text for block in result.blocks] == ["In a control.\n\nKept inserted"]


def test_slides_are_pages_with_titles_tables_and_notes(tmp_path: Path) -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Joint patrols"
    slide.placeholders[1].text = "Why they work"
    slide.notes_slide.notes_text_frame.text = "Mention the pilot."
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Numbers"
    table = second.shapes.add_table(1, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Stops", "412"
    show.slides.add_slide(show.slide_layouts[6])
    show.save(str(tmp_path / "show.pptx"))

    result = extract(tmp_path / "show.pptx", PPTX)

    assert result.pages == 3
    assert [(block.page, block.heading, block.text) for block in result.blocks] == [
        (1, "Joint patrols", "Why they work\n\nMention the pilot."),
        (2, "Numbers", "Stops | 412"),
    ]


def test_a_zip_bomb_is_refused_unopened(make_docx_package: MakePackage, word_body: WordBody) -> None:
    bomb = make_docx_package(word_body(paragraph("small")), {"word/media/image1.bmp": bytes(30 * 1024 * 1024)})

    result = extract(bomb, DOCX)

    assert bomb.stat().st_size < 100_000
    assert result.status is ExtractionStatus.TOO_LARGE
    assert "unpacks" in result.reason


def test_entity_expansion_is_refused(make_docx_package: MakePackage, word_body: WordBody) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    document = f"<!DOCTYPE w:document [{entities}]>" + word_body(paragraph("&a9;"))

    result = extract(make_docx_package(document), DOCX)

    assert result.status is ExtractionStatus.BROKEN
    assert "declarations" in result.reason


def test_external_entities_read_no_file(make_docx_package: MakePackage, word_body: WordBody) -> None:
    declaration = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    result = extract(make_docx_package(declaration + word_body(paragraph("&x;"))), DOCX)

    assert (result.status, result.blocks) == (ExtractionStatus.BROKEN, ())


def test_absurd_nesting_costs_a_status_only(make_docx_package: MakePackage, word_body: WordBody) -> None:
    depth = 50_000
    body = "<w:sdt>" * depth + paragraph("deep") + "</w:sdt>" * depth

    result = extract(make_docx_package(word_body(body)), DOCX)

    assert result.status in {ExtractionStatus.OK, ExtractionStatus.BROKEN}


@pytest.mark.parametrize("media_type", [DOCX, PPTX])
@pytest.mark.parametrize("content", [b"PK\x03\x04 cut off", b"plain words", bytes(100)])
def test_what_is_no_package_is_broken(tmp_path: Path, media_type: str, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    result = extract(path, media_type)

    assert result.status is ExtractionStatus.BROKEN
    assert result.reason


def test_malformed_xml_and_missing_parts_are_broken(make_docx_package: MakePackage, tmp_path: Path) -> None:
    assert extract(make_docx_package("<w:document"), DOCX).status is ExtractionStatus.BROKEN

    with zipfile.ZipFile(tmp_path / "empty.docx", "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
    assert extract(tmp_path / "empty.docx", DOCX).status is ExtractionStatus.BROKEN


def test_a_document_without_words_has_no_text(make_docx_package: MakePackage, word_body: WordBody) -> None:
    assert extract(make_docx_package(word_body("<w:p/>")), DOCX).status is ExtractionStatus.NO_TEXT
