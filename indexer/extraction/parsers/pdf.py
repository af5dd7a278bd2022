"""PDF files page by page, with PDFium.

PDFium was chosen over pypdf because it keeps words in one piece where letters are placed one by
one, repairs damaged files, and is some fifteen times as fast.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from indexer.extraction.collector import Collector
from indexer.extraction.model import ExtractionStatus, Remark, UnreadableError
from indexer.extraction.normalise import clean_line, has_words
from indexer.extraction.parsers.pdf_hidden import hidden_characters
from indexer.extraction.parsers.pdf_lines import (
    Dehyphenator,
    Line,
    body_size,
    drop_furniture,
    mend,
    sections,
)

_NO_TEXT = "The pages have no text layer (a scan?)."


def read_pdf(path: Path, out: Collector) -> None:
    """Read a PDF that opens without a password; pages that cannot be read are left out."""
    document = _open(path)
    count = out.limit_pages(len(document))
    pages: list[list[Line]] = []
    failed = 0
    room = out.limits.max_characters * 2
    for number in range(count):
        try:
            lines, has_hidden = _page_lines(document, number)
            if has_hidden:
                out.remark(Remark.HIDDEN_TEXT)
        except pdfium.PdfiumError:
            lines = []
            failed += 1
        pages.append(lines)
        room -= sum(len(line.text) for line in lines)
        if room < 0:
            break
    if failed == count:
        raise UnreadableError(ExtractionStatus.BROKEN, "No page of the PDF could be read.")
    if not any(has_words(line.text) for page in pages for line in page):
        raise UnreadableError(ExtractionStatus.NO_TEXT, _NO_TEXT)
    _write(drop_furniture(pages), out)


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            reason = "The PDF is protected by a password."
            raise UnreadableError(ExtractionStatus.ENCRYPTED, reason) from error
        reason = "The file is damaged: it cannot be opened as a PDF."
        raise UnreadableError(ExtractionStatus.BROKEN, reason) from error


def _page_lines(document: pdfium.PdfDocument, number: int) -> tuple[list[Line], bool]:
    """Return the lines of a page that its reader sees, and whether there are others."""
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            width, height = page.get_size()
            hidden = hidden_characters(page.raw, text_page.raw, width * height)
            return _lines(text_page, hidden, page.get_bbox())
        finally:
            text_page.close()
    finally:
        page.close()


def _lines(
    text_page: pdfium.PdfTextPage, hidden: set[int], visible: tuple[float, float, float, float]
) -> tuple[list[Line], bool]:
    lines: list[Line] = []
    position, has_hidden = 0, False
    for line in text_page.get_text_range().split("\r\n"):
        pieces = list(_seen(text_page, line, position, hidden))
        has_hidden = has_hidden or _word_letters(line) > sum(_word_letters(piece) for _, piece in pieces)
        for start, piece in pieces:
            text = piece.strip()
            if not text:
                continue
            measured = _measured(text_page, text, start + piece.index(text[0]))
            if _is_beside(measured, visible):
                has_hidden = has_hidden or has_words(text)
            else:
                lines.append(measured)
        position += len(line) + 2
    return mend(lines), has_hidden


def _word_letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _seen(text_page: pdfium.PdfTextPage, line: str, position: int, hidden: set[int]) -> Iterator[tuple[int, str]]:
    """Yield the visible pieces of a line with their places in the text of the page."""
    if not hidden:
        yield position, line
        return
    start = 0
    for end, _ in enumerate(line):
        if raw.FPDFText_GetCharIndexFromTextIndex(text_page, position + end) in hidden:
            yield position + start, line[start:end]
            start = end + 1
    yield position + start, line[start:]


def _is_beside(line: Line, visible: tuple[float, float, float, float]) -> bool:
    """Tell whether a line lies wholly outside what is shown of the page."""
    left, bottom, right, top = visible
    low, high = sorted((line.bottom, line.top))
    return high < bottom or low > top or max(line.left, line.right) < left or min(line.left, line.right) > right


def _measured(text_page: pdfium.PdfTextPage, text: str, position: int) -> Line:
    first = _box(text_page, position)
    last = _box(text_page, position + len(text) - 1)
    # Bullets and symbols come from fonts of other sizes, so a letter tells the height.
    letter = next((index for index, char in enumerate(text) if char.isalnum()), 0)
    height = _box(text_page, position + letter) if letter else first
    return Line(text, first.left, last.right, height.top, height.bottom)


def _box(text_page: pdfium.PdfTextPage, position: int) -> raw.FS_RECTF:
    """Box of the character at this place of the text; all zeros if there is none."""
    box = raw.FS_RECTF()
    index = raw.FPDFText_GetCharIndexFromTextIndex(text_page, position)
    if index >= 0:
        # Loose boxes span the font, not the letter, so "a" and "T" have the same height.
        raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    return box


def _write(pages: list[list[Line]], out: Collector) -> None:
    body = body_size(pages)
    words = Dehyphenator(pages)
    heading = ""
    for number, page in enumerate(pages, start=1):
        for title, text in sections(page, body, heading):
            out.add(words.join(text), clean_line(words.join(title)), number)
            heading = title
