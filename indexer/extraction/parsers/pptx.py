"""PowerPoint presentations: one slide is one page, its title the heading, notes included."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from indexer.extraction.collector import Collector
from indexer.extraction.normalise import clean_line, has_words
from indexer.extraction.parsers.ooxml import Package, attribute, children, find, local, walk

_SKIPPED = frozenset({"Fallback", "rPr", "pPr", "bodyPr", "lstStyle", "extLst"})
_TITLES = frozenset({"title", "ctrTitle"})
# Placeholders that repeat on every slide and say nothing about this one.
_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum"})


def read_pptx(path: Path, out: Collector) -> None:
    """Read a presentation in the order of its slides; a slide without words gives no block."""
    with Package(path) as package:
        slides = _slide_parts(package)
        for number, part in enumerate(slides[: out.limit_pages(len(slides))], start=1):
            slide = package.xml(part)
            if slide is not None:
                title, paragraphs = _read_shapes(slide, notes=False)
                paragraphs += _read_notes(package, part)
                out.add("\n\n".join(paragraphs) or title, title, number)


def _slide_parts(package: Package) -> list[str]:
    main, presentation = package.main_part()
    parts = package.related_by_id(main, "slide")
    # Files keep slides in any order; the list of ids is the order of the show.
    listed = [_relation_id(item) for item in children(find(presentation, "sldIdLst"))]
    return [parts[key] for key in listed if key in parts]


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
