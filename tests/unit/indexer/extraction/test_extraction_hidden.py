"""What a file carries and its viewer does not show is left out and said; what only looks like it stays."""

import zipfile
from pathlib import Path

import docx
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.shared import RGBColor
from pptx.util import Inches
from reportlab.lib.colors import black, white, yellow
from reportlab.pdfgen.canvas import Canvas

from indexer.extraction import extract
from indexer.extraction.model import DOCX, HTML, PDF, PPTX

HIDDEN = ("hidden_text",)


def seen(path: Path, media_type: str) -> tuple[str, tuple[str, ...]]:
    result = extract(path, media_type)
    return " ".join(" ".join(f"{block.heading} {block.text}" for block in result.blocks).split()), result.remarks


def word(tmp_path: Path, fill) -> tuple[str, tuple[str, ...]]:
    document = docx.Document()
    document.add_paragraph("Plain words.")
    fill(document)
    document.save(str(tmp_path / "a.docx"))
    return seen(tmp_path / "a.docx", DOCX)


def in_white(document, *, in_table: bool = False) -> None:
    place = document.add_table(1, 1).cell(0, 0).paragraphs[0] if in_table else document.add_paragraph()
    place.add_run("Secret").font.color.rgb = RGBColor(255, 255, 255)


def by_style(document) -> None:
    style = document.styles.add_style("Aside", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    heir = document.styles.add_style("Heir", WD_STYLE_TYPE.CHARACTER)
    heir.base_style = style
    document.add_paragraph().add_run("Secret", style="Heir")


def shown_again(document) -> None:
    style = document.styles.add_style("Aside", WD_STYLE_TYPE.PARAGRAPH)
    style.font.hidden = True
    document.add_paragraph(style="Aside").add_run("Secret").font.hidden = False


@pytest.mark.parametrize(
    ("fill", "is_hidden"),
    [
        (lambda document: setattr(document.add_paragraph().add_run("Secret").font, "hidden", True), True),
        (by_style, True),
        (shown_again, False),
        (in_white, True),
        (lambda document: in_white(document, in_table=True), False),
    ],
    ids=["run", "inherited style", "shown again", "white", "white in a table"],
)
def test_hidden_letters_of_word(tmp_path, fill, is_hidden):
    text, remarks = word(tmp_path, fill)
    assert text == ("Plain words." if is_hidden else "Plain words. Secret")
    assert remarks == (HIDDEN if is_hidden else ())


def test_a_shape_beside_the_slide_or_switched_off(tmp_path):
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    for text, left in (("Seen", 1), ("Beside", 20), ("Off", 2)):
        shape = slide.shapes.add_textbox(Inches(left), Inches(1), Inches(2), Inches(1))
        shape.text_frame.text = text
    shape._element.nvSpPr.cNvPr.set("hidden", "1")
    show.save(str(tmp_path / "a.pptx"))
    assert seen(tmp_path / "a.pptx", PPTX) == ("Seen", HIDDEN)


def cover(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "Secret")
    canvas.setFillColor(black)
    canvas.rect(50, 690, 100, 30, stroke=0, fill=1)


def strike(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "Secret")
    canvas.setLineWidth(14)
    canvas.line(50, 703, 150, 703)


def highlight(canvas: Canvas) -> None:
    canvas.setFillColor(yellow)
    canvas.rect(50, 690, 100, 30, stroke=0, fill=1)
    canvas.setFillColor(black)
    canvas.drawString(60, 700, "Secret")


def white_on_white(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    canvas.drawString(60, 700, "Secret")


def white_on_black(canvas: Canvas) -> None:
    canvas.setFillColor(black)
    canvas.rect(50, 690, 100, 30, stroke=0, fill=1)
    white_on_white(canvas)


def unpainted(canvas: Canvas) -> None:
    text = canvas.beginText(60, 700)
    text.setTextRenderMode(3)
    text.textOut("Secret")
    canvas.drawText(text)


@pytest.mark.parametrize(
    ("paint", "is_hidden"),
    [
        (cover, True),
        (strike, True),
        (white_on_white, True),
        (unpainted, True),
        (lambda canvas: canvas.drawString(60, 2000, "Secret"), True),
        (highlight, False),
        (white_on_black, False),
        (lambda canvas: (canvas.drawString(60, 700, "Secret"), canvas.line(50, 703, 150, 703)), False),
    ],
    ids=[
        "box",
        "thick line",
        "white",
        "unpainted",
        "beside the page",
        "highlighted",
        "white on black",
        "struck through",
    ],
)
def test_hidden_letters_of_pdf(tmp_path, paint, is_hidden):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(60, 750, "Plain words")
    paint(canvas)
    canvas.showPage()
    canvas.save()
    text, remarks = seen(tmp_path / "a.pdf", PDF)
    assert text == ("Plain words" if is_hidden else "Plain words Secret")
    assert remarks == (HIDDEN if is_hidden else ())


@pytest.mark.parametrize(
    ("body", "text", "remarks"),
    [
        ("<p hidden>Secret</p><p>Seen</p>", "Seen", HIDDEN),
        ("<p hidden>Secret<p>Seen", "Seen", HIDDEN),
        ("<style>.x, #y { display: none }</style><div class='a x'>Secret</div><p id=y>Secret</p>Seen", "Seen", HIDDEN),
        ("<style>@media print { .x { display: none } }</style><div class=x>Seen</div>", "Seen", ()),
        ("<div style='visibility:hidden'><b>Secret</b></div>Seen", "Seen", HIDDEN),
        ("<details><summary>Seen</summary>too</details>", "Seen too", ()),
        ("<div><nav>Menu</div><p>Seen</p>", "Seen", ()),
        ("<nav>Menu<p>Seen</p>", "Menu Seen", ()),
        ("<p style='display:none'></p>Seen", "Seen", ()),
    ],
)
def test_hidden_parts_of_a_page(tmp_path, body, text, remarks):
    (tmp_path / "a.html").write_text(f"<html><body>{body}</body></html>")
    assert seen(tmp_path / "a.html", HTML) == (text, remarks)


def test_a_hidden_row_of_a_table(tmp_path, make_docx_package, word_body):
    row = "<w:tr>{}<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    hidden = row.format("<w:trPr><w:hidden/></w:trPr>", "Secret")
    path = make_docx_package(word_body(f"<w:tbl>{row.format('', 'Seen')}{hidden}</w:tbl>"))
    assert zipfile.is_zipfile(path)
    assert seen(path, DOCX) == ("Seen", HIDDEN)
