"""Real PDF and DOCX files made from the demo's attachment texts.

A line `---page---` starts a page, a line that starts with `# ` is a heading, blank lines part paragraphs. A block of
lines that start with `|` is a table, its first line the head. Urdu is set from right to left, in DOCX only.
"""

import io
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.text.paragraph import Paragraph as DocxParagraph
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import StyleSheet1, getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

PAGE = "---page---"
RIGHT_TO_LEFT = re.compile(r"[\u0600-\u06ff]")
RULE = re.compile(r"[|: -]*---[|: -]*")
"""The line between the head of a table and the rest, which only Markdown needs."""
GRID = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])


def make_document(filename: str, title: str, text: str) -> bytes:
    """The bytes of a PDF or DOCX, by the ending of the name. Raises ValueError for another ending."""
    if filename.endswith(".pdf"):
        return _pdf(title, text)
    if filename.endswith(".docx"):
        return _docx(title, text)
    raise ValueError(f"{filename}: the demo makes PDF and DOCX files only")


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """`("page" | "heading" | "paragraph" | "table", text)` in order."""
    for page_number, page in enumerate(text.strip().split(PAGE)):
        if page_number:
            yield "page", ""
        for block in page.strip().split("\n\n"):
            if block.startswith("|"):
                yield "table", block
                continue
            lines: list[str] = []
            for line in block.splitlines():
                if line.startswith("# "):
                    if lines:
                        yield "paragraph", " ".join(lines)
                        lines = []
                    yield "heading", line[2:].strip()
                elif line.strip():
                    lines.append(line.strip())
            if lines:
                yield "paragraph", " ".join(lines)


def _cells(block: str) -> list[list[str]]:
    lines = [line for line in block.splitlines() if not RULE.fullmatch(line)]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def _pdf(title: str, text: str) -> bytes:
    styles = getSampleStyleSheet()
    target = io.BytesIO()
    # `invariant` leaves out the time of making, so that the same text is the same file and has the same digest.
    document = SimpleDocTemplate(target, pagesize=A4, title=title, author="Demo", invariant=1)
    story = [Paragraph(escape(title), styles["Title"]), Spacer(1, 12)]
    for kind, content in _blocks(text):
        if kind == "page":
            story.append(PageBreak())
        elif kind == "heading":
            story.append(Paragraph(escape(content), styles["Heading2"]))
        elif kind == "table":
            story += [_pdf_table(_cells(content), document.width, styles), Spacer(1, 10)]
        else:
            story += [Paragraph(escape(content), styles["BodyText"]), Spacer(1, 6)]
    document.build(story)
    return target.getvalue()


def _pdf_table(rows: list[list[str]], width: float, styles: StyleSheet1) -> Table:
    columns = len(rows[0])
    cells = [[Paragraph(escape(cell), styles["BodyText"]) for cell in row] for row in rows]
    return Table(cells, colWidths=[width / columns] * columns, style=GRID, repeatRows=1)


def _docx(title: str, text: str) -> bytes:
    document = Document()
    _turn(document.add_heading(title, level=0))
    for kind, content in _blocks(text):
        if kind == "page":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        elif kind == "heading":
            _turn(document.add_heading(content, level=2))
        elif kind == "table":
            _docx_table(document, _cells(content))
        else:
            _turn(document.add_paragraph(content))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _docx_table(document: DocxDocument, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
            _turn(cell.paragraphs[0])


def _turn(paragraph: DocxParagraph) -> None:
    """From right to left when it is Urdu."""
    if RIGHT_TO_LEFT.search(paragraph.text):
        paragraph.paragraph_format.element.get_or_add_pPr().append(OxmlElement("w:bidi"))
