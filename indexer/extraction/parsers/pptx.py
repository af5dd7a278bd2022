"""PowerPoint presentations: one slide is one page, its title the heading, notes included."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from indexer.extraction.collector import Collector
from indexer.extraction.model import Remark
from indexer.extraction.normalise import clean_line, has_words
from indexer.extraction.parsers.ooxml import Package, attribute, children, find, local, walk

_SKIPPED = frozenset({"Fallback", "rPr", "pPr", "bodyPr", "lstStyle", "extLst"})
_SHAPES = frozenset({"sp", "graphicFrame", "grpSp", "pic", "cxnSp"})
_ON, _OFF = frozenset({"1", "true", "on"}), frozenset({"0", "false", "off"})
_TITLES = frozenset({"title", "ctrTitle"})
# Placeholders that repeat on every slide and say nothing about this one.
_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})


def read_pptx(path: Path, out: Collector) -> None:
    """Read a presentation in the order of its slides; a slide without words gives no block."""
    with Package(path) as package:
        slides, size = _slide_parts(package), _slide_size(package)
        for number, part in enumerate(slides[: out.limit_pages(len(slides))], start=1):
            slide = package.xml(part)
            if slide is not None and attribute(slide, "show") in _OFF:
                # Not shown to the audience, with its notes; a hidden slide is how text is put aside.
                _note_hidden(slide, out)
            elif slide is not None:
                for parent, shape in _hidden_shapes(slide, size):
                    parent.remove(shape)
                    _note_hidden(shape, out)
                title, paragraphs = _read_shapes(slide, notes=False)
                paragraphs += _read_notes(package, part)
                out.add("\n\n".join(paragraphs) or title, title, number)


def _slide_parts(package: Package) -> list[str]:
    main, presentation = package.main_part()
    parts = package.related_by_id(main, "slide")
    # Files keep slides in any order; the list of ids is the order of the show.
    listed = [_relation_id(item) for item in children(find(presentation, "sldIdLst"))]
    return [parts[key] for key in listed if key in parts]


def _slide_size(package: Package) -> tuple[int, int]:
    """Width and height of every slide; zeros where the file does not say."""
    size = find(package.main_part()[1], "sldSz")
    return (0, 0) if size is None else (_number(size, "cx"), _number(size, "cy"))


def _number(element: Element | None, name: str) -> int:
    value = "" if element is None else attribute(element, name)
    return int(value) if re.fullmatch(r"-?[0-9]{1,12}", value) else 0


def _hidden_shapes(slide: Element, size: tuple[int, int]) -> list[tuple[Element, Element]]:
    """Return shapes switched off in the selection pane, and those that lie beside the slide, with their parents."""
    found = []
    tree = find(slide, "cSld", "spTree")
    for parent in [] if tree is None else list(tree.iter()):
        for shape in parent:
            names = [attribute(item, "hidden") for part in shape for item in part if local(item) == "cNvPr"]
            # Places inside a group are counted from the group's own corner.
            is_beside = parent is tree and local(shape) in _SHAPES and _is_beside(shape, size)
            if local(shape) in _SHAPES and (any(value in _ON for value in names) or is_beside):
                found.append((parent, shape))
    return found


def _is_beside(shape: Element, size: tuple[int, int]) -> bool:
    place = find(shape, "spPr", "xfrm")
    place = find(shape, "xfrm") if place is None else place
    offset = None if place is None else find(place, "off")
    extent = None if place is None else find(place, "ext")
    if offset is None or extent is None or not all(size):
        return False
    left, top = _number(offset, "x"), _number(offset, "y")
    right, bottom = left + _number(extent, "cx"), top + _number(extent, "cy")
    return left >= size[0] or top >= size[1] or right <= 0 or bottom <= 0


def _note_hidden(element: Element, out: Collector) -> None:
    if any(local(text) == "t" and has_words(text.text or "") for text in element.iter()):
        out.remark(Remark.HIDDEN_TEXT)


def _relation_id(item: Element) -> str:
    # The plain "id" attribute beside it is the slide's own number.
    for key, value in item.attrib.items():
        if key.endswith("}id"):
            return value
    return ""


def _read_notes(package: Package, slide: str) -> list[str]:
    paragraphs: list[str] = []
    for part in package.related(slide, "notesSlide"):
        notes = package.xml(part)
        if notes is not None:
            paragraphs += _read_shapes(notes, notes=True)[1]
    return paragraphs


def _read_shapes(root: Element, notes: bool) -> tuple[str, list[str]]:
    """Return title and paragraphs of all shapes, also of those inside groups."""
    title = ""
    paragraphs: list[str] = []
    for event, element in walk(root, _SKIPPED):
        name = local(element)
        if event == "end" or name not in {"sp", "tbl"}:
            continue
        if name == "tbl":
            paragraphs += _rows(element)
            continue
        placeholder = _placeholder(element)
        if placeholder in _FURNITURE or (notes and placeholder != "body"):
            continue
        text = [line for line in _paragraphs(element) if has_words(line)]
        if placeholder in _TITLES and not title and text:
            title = clean_line(" ".join(text))
        elif text:
            paragraphs.append("\n".join(text))
    return title, paragraphs


def _placeholder(shape: Element) -> str:
    """Kind of the placeholder a shape fills; "" for a free shape, "body" by default."""
    marker = find(shape, "nvSpPr", "nvPr", "ph")
    return "" if marker is None else attribute(marker, "type") or "body"


def _paragraphs(element: Element) -> Iterator[str]:
    parts: list[str] = []
    for event, child in walk(element, _SKIPPED):
        name = local(child)
        if event == "start":
            if name == "t":
                parts.append(child.text or "")
            elif name in {"br", "tab"}:
                parts.append(" ")
        elif name == "p":
            yield "".join(parts)
            parts = []


def _rows(table: Element) -> list[str]:
    rows: list[str] = []
    for row in table:
        if local(row) == "tr":
            cells = (" ".join(_paragraphs(cell)) for cell in row if local(cell) == "tc")
            rows.append(" | ".join(cell.strip() for cell in cells if has_words(cell)))
    # One paragraph for the table: its rows belong together.
    return ["\n".join(row for row in rows if row)]
