"""Real PDF and DOCX files made from the demo's attachment texts.

A line `---page---` starts a page, a line that starts with `# ` is a heading, blank lines part paragraphs.
"""

import io
from collections.abc import Iterator
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.text import WD_BREAK
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

PAGE = "---page---"


def make_document(filename: str, title: str, text: str) -> bytes:
    """The bytes of a PDF or DOCX, by the ending of the name. Raises ValueError for another ending."""
    if filename.endswith(".pdf"):
        return _pdf(title, text)
    if filename.endswith(".docx"):
        return _docx(title, text)
    raise ValueError(f"{filename}: the demo makes PDF and DOCX files only")


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """`("page" | "heading" | "paragraph", text)` in order."""
    for page_number, page in enumerate(text.strip().split(PAGE)):
        if page_number:
            yield "page", ""
        for block in page.strip().split("\n\n"):
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


def _pdf(title: str, text: str) -> bytes:
    styles = getSampleStyleSheet()
    story = [Paragraph(escape(title), styles["Title"]), Spacer(1, 12)]
    for kind, content in _blocks(text):
        if kind == "page":
            story.append(PageBreak())
        elif kind == "heading":
            story.append(Paragraph(escape(content), styles["Heading2"]))
        else:
            story += [Paragraph(escape(content), styles["BodyText"]), Spacer(1, 6)]
    target = io.BytesIO()
    # `invariant` leaves out the time of making, so that the same text is the same file and has the same digest.
    SimpleDocTemplate(target, pagesize=A4, title=title, author="Demo", invariant=1).build(story)
    return target.getvalue()


def _docx(title: str, text: str) -> bytes:
    document = Document()
    document.add_heading(title, level=0)
    for kind, content in _blocks(text):
        if kind == "page":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        elif kind == "heading":
            document.add_heading(content, level=2)
        else:
            document.add_paragraph(content)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
