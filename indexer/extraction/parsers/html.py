"""HTML as text under its headings.

Read as a stream of tags with the standard library: no tree is built, so deep nesting costs
nothing and the child starts without a further import.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

from indexer.extraction.collector import Collector, SectionWriter
from indexer.extraction.parsers.text import decode

_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
# Not text for a reader: code, drawings, page furniture.
_SKIPPED = frozenset({"script", "style", "nav", "template", "svg", "math", "head", "noscript", "iframe", "object"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"}
    | {"div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr"}
    | {"html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody"}
    | {"tfoot", "thead", "ul"}
)
_CHUNK = 65_536


def read_html(path: Path, out: Collector) -> None:
    """Read an HTML page; scripts, styles and navigation are left out, table rows kept as rows."""
    data = path.read_bytes()
    charset = _CHARSET.search(data[:4096])
    text = decode(data, charset[1].decode("ascii") if charset else "")
    writer = SectionWriter(out)
    reader = _Reader(writer)
    for start in range(0, len(text), _CHUNK):
        reader.feed(text[start : start + _CHUNK])
    reader.close()
    reader.end_paragraph()
    writer.close()


class _Reader(HTMLParser):
    def __init__(self, writer: SectionWriter) -> None:
        super().__init__(convert_charrefs=True)
        self._writer = writer
        self._skipping: list[str] = []
        self._heading = 0
        self._text: list[str] = []
        self._cells: list[str] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a row or something to skip."""
        if tag in _SKIPPED:
            self._skipping.append(tag)
        elif tag == "body":
            # An unclosed <head> must not swallow the page.
            self._skipping.clear()
        elif self._skipping:
            return
        elif tag in _HEADINGS:
            self.end_paragraph()
            self._heading = _HEADINGS[tag]
        elif tag == "br":
            self._text.append(" " if self._in_row else "\n")
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr":
            self._start_row()
        elif tag in _BLOCKS:
            self._block_edge()

    def handle_endtag(self, tag: str) -> None:
        """Close what the tag opened; closing tags without an opening one change nothing."""
        if tag in self._skipping:
            while self._skipping.pop() != tag:
                continue
        elif self._skipping:
            return
        elif tag in _HEADINGS:
            self.end_paragraph()
        elif tag in {"tr", "table"}:
            self._end_row()
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in _BLOCKS:
            self._block_edge()

    def handle_data(self, data: str) -> None:
        """Keep text; line breaks of the source are blanks."""
        if not self._skipping:
            self._text.append(re.sub(r"\s+", " ", data))

    def end_paragraph(self) -> None:
        """Hand the collected text on as a heading or as a paragraph."""
        if self._in_row:
            self._end_row()
        text, self._text = "".join(self._text).strip(), []
        level, self._heading = self._heading, 0
        if level:
            self._writer.heading(level, text)
        else:
            self._writer.paragraph(text)

    def _block_edge(self) -> None:
        if self._in_row:
            self._text.append(" ")
        else:
            self.end_paragraph()

    def _start_row(self) -> None:
        if self._in_row:
            self._end_row()
        else:
            self.end_paragraph()
        self._in_row = True

    def _end_cell(self) -> None:
        cell = " ".join("".join(self._text).split())
        self._text = []
        if cell:
            self._cells.append(cell)

    def _end_row(self) -> None:
        if self._in_row:
            self._end_cell()
            self._writer.paragraph(" | ".join(self._cells))
        self._cells = []
        self._in_row = False
