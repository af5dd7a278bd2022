"""Word documents: paragraphs under their headings, tables row by row, notes at the end."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from indexer.extraction.collector import Collector, SectionWriter
from indexer.extraction.model import Remark
from indexer.extraction.parsers.ooxml import Package, attribute, children, find, local, walk
from indexer.extraction.parsers.word_hidden import HiddenText

# Deleted text of tracked changes, the older twin of every drawing, and field instructions.
_SKIPPED = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "pPr", "rPr", "tblPr"})
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_HEADING_NAME = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_TITLE_LEVEL = 0


def read_docx(path: Path, out: Collector) -> None:
    """Read a Word document. It has no page numbers: those exist only once it is laid out."""
    with Package(path) as package:
        name, document = package.main_part()
        levels = _heading_levels(package, name)
        hidden = HiddenText(next((package.xml(part) for part in package.related(name, "styles")), None), document)
        writer = SectionWriter(out)
        has_hidden = False
        body = find(document, "body")
        if body is not None:
            has_hidden = hidden.remove(body)
            _read_body(body, levels, writer)
        for kind in ("footnotes", "endnotes"):
            for part in package.related(name, kind):
                notes = package.xml(part)
                if notes is not None:
                    has_hidden = hidden.remove(notes) or has_hidden
                    _read_body(notes, {}, writer)
        writer.close()
        if has_hidden:
            out.remark(Remark.HIDDEN_TEXT)


@dataclass(frozen=True)
class _Style:
    name: str
    based_on: str
    outline: str


def _heading_levels(package: Package, main: str) -> dict[str, int]:
    """Map style ids to heading levels; ids are localised, names and outline levels are not."""
    styles: dict[str, _Style] = {}
    for part in package.related(main, "styles"):
        for style in children(package.xml(part)):
            if local(style) == "style":
                styles[attribute(style, "styleId")] = _Style(
                    _value(find(style, "name")),
                    _value(find(style, "basedOn")),
                    _value(find(style, "pPr", "outlineLvl")),
                )
    levels = {key: _style_level(key, styles) for key in styles}
    return {key: level for key, level in levels.items() if level is not None}


def _style_level(key: str, styles: dict[str, _Style]) -> int | None:
    # Styles may inherit in a circle; no honest chain is longer than ten.
    for _ in range(10):
        style = styles.get(key)
        if style is None:
            return None
        if match := _HEADING_NAME.match(style.name):
            return int(match[1])
        if style.name.lower() == "title":
            return _TITLE_LEVEL
        if style.outline:
            return _outline_level(style.outline)
        key = style.based_on
    return None


def _outline_level(value: str) -> int | None:
    # Nine means body text, zero is the first level.
    return int(value) + 1 if value in set("012345678") else None


def _value(element: Element | None) -> str:
    return "" if element is None else attribute(element, "val")


def _read_body(body: Element, levels: dict[str, int], writer: SectionWriter) -> None:
    """Walk paragraphs and tables at any depth (content controls, tracked insertions)."""
    paragraphs: list[_Paragraph] = []
    table = _Table()
    for event, element in walk(body, _SKIPPED):
        name = local(element)
        if name == "p":
            if event == "start":
                paragraphs.append(_Paragraph())
                continue
            text = "".join(paragraphs.pop().parts)
            if table.depth:
                table.add(text)
            else:
                _write(text, _paragraph_level(element, levels), writer)
        elif name in {"tbl", "tr", "tc"}:
            writer.paragraph(table.enter(name) if event == "start" else table.leave(name))
        elif event == "start" and paragraphs:
            paragraphs[-1].add(name, element)


class _Paragraph:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def add(self, name: str, element: Element) -> None:
        self.parts.append(_BREAKS.get(name, "") if name != "t" else element.text or "")


class _Table:
    """The rows of the outermost table; tables inside its cells become part of the cell."""

    def __init__(self) -> None:
        self.depth = 0
        self._rows: list[str] = []
        self._cells: list[list[str]] = []

    def enter(self, name: str) -> str:
        self.depth += name == "tbl"
        if self.depth == 1 and name == "tc":
            self._cells.append([])
        return ""

    def leave(self, name: str) -> str:
        """Return the text of the table when it is over, "" before."""
        if self.depth == 1 and name == "tr":
            cells = (" ".join(" ".join(cell).split()) for cell in self._cells)
            self._rows.append(" | ".join(cell for cell in cells if cell))
            self._cells = []
        self.depth -= name == "tbl"
        if self.depth:
            return ""
        text, self._rows = "\n".join(row for row in self._rows if row), []
        return text

    def add(self, text: str) -> None:
        if self._cells:
            self._cells[-1].append(text)


def _paragraph_level(paragraph: Element, levels: dict[str, int]) -> int | None:
    direct = _value(find(paragraph, "pPr", "outlineLvl"))
    if direct:
        return _outline_level(direct)
    return levels.get(_value(find(paragraph, "pPr", "pStyle")))


def _write(text: str, level: int | None, writer: SectionWriter) -> None:
    if level is None:
        writer.paragraph(text)
    else:
        writer.heading(level, text)
