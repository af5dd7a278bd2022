"""What is painted on a PDF page, in the order of painting: text objects, and areas that may lie under or over them."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field

from pypdfium2 import raw  # type: ignore[import-untyped]

Box = tuple[float, float, float, float]  # left, bottom, right, top
Colour = tuple[int, int, int]

MAX_OBJECTS = 20_000
_PATTERN: Colour = (-1000, -1000, -1000)
"""Like no colour."""
_MAX_DEPTH = 8
_PICTURE_OF_PAGE = 0.25
"""A picture of more than this part of the page over text is a scan with its recognised text, no redaction."""
_OPAQUE = 250
_THIN = 3
"""Points. What is thinner is a rule or a border, and hides no letter."""
# Asked for every text object of every page; looking them up each time costs as much as the answer.
_type_of, _fill_of, _mode_of = raw.FPDFPageObj_GetType, raw.FPDFPageObj_GetFillColor, raw.FPDFTextObj_GetTextRenderMode
_TEXT = raw.FPDF_PAGEOBJ_TEXT
_INVISIBLE = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})


@dataclass(frozen=True)
class Area:
    """Something painted that covers a place of the page. Its colour is None when it has many."""

    order: int
    box: Box
    colour: Colour | None
    is_cover: bool
    """What lies under it is not seen."""


@dataclass(slots=True)
class Letters:
    """A text object: when it is painted, and how. Where is asked only when it matters: a page has thousands."""

    order: int
    item: raw.FPDF_PAGEOBJECT
    matrix: raw.FS_MATRIX | None
    colour: Colour
    is_painted: bool
    is_transparent: bool

    def meets(self, box: Box) -> bool:
        """Tell whether the object reaches into a box of the page."""
        own = _moved(_answers.bounds(self.item), self.matrix)
        return own is not None and overlap(box, own)


@dataclass
class Painting:
    """What is painted on a page, in the order of painting."""

    size: float
    areas: list[Area] = field(default_factory=list)
    letters: list[Letters] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    count: int = 0


def painting_of(page: raw.FPDF_PAGE, size: float) -> Painting:
    """Return what is painted on a page of this size; `count` is over `MAX_OBJECTS` when it was too much to look at."""
    painting = Painting(max(1.0, size))
    _collect_page(page, painting)
    _collect_boxes_of_annotations(page, painting)
    return painting


def _collect_page(page: raw.FPDF_PAGE, painting: Painting) -> None:
    for index in range(raw.FPDFPage_CountObjects(page)):
        _collect(raw.FPDFPage_GetObject(page, index), None, painting, 0)
        if painting.count > MAX_OBJECTS:
            return


def _collect(item: raw.FPDF_PAGEOBJECT, matrix: raw.FS_MATRIX | None, painting: Painting, depth: int) -> None:
    painting.count += 1
    if painting.count > MAX_OBJECTS or not item:
        return
    kind = _type_of(item)
    if kind == _TEXT:
        colour, alpha = _answers.colour(item, _fill_of)
        painted = _mode_of(item) not in _INVISIBLE
        transparent = painted and colour is not None and alpha == 0
        painting.letters.append(Letters(painting.count, item, matrix, colour or _PATTERN, painted, transparent))
        return
    if kind == raw.FPDF_PAGEOBJ_FORM:
        if depth < _MAX_DEPTH:
            inner = raw.FS_MATRIX()
            raw.FPDFPageObj_GetMatrix(item, ctypes.byref(inner))
            joined = inner if matrix is None else _times(inner, matrix)
            for index in range(raw.FPDFFormObj_CountObjects(item)):
                _collect(raw.FPDFFormObj_GetObject(item, index), joined, painting, depth + 1)
        return
    box = _moved(_answers.bounds(item), matrix)
    if box is not None:
        _collect_area(item, kind, box, painting)


def _collect_area(item: raw.FPDF_PAGEOBJECT, kind: int, box: Box, painting: Painting) -> None:
    if kind == raw.FPDF_PAGEOBJ_IMAGE:
        area = (box[2] - box[0]) * (box[3] - box[1])
        is_cover = area < _PICTURE_OF_PAGE * painting.size and not raw.FPDFPageObj_HasTransparency(item)
        painting.areas.append(Area(painting.count, box, None, is_cover))
        painting.pictures.append(box)
    elif kind == raw.FPDF_PAGEOBJ_SHADING:
        painting.areas.append(Area(painting.count, box, None, is_cover=False))
    elif kind == raw.FPDF_PAGEOBJ_PATH and min(box[2] - box[0], box[3] - box[1]) >= _THIN:
        _collect_path(item, box, painting)


def _collect_path(item: raw.FPDF_PAGEOBJECT, box: Box, painting: Painting) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
    segments = raw.FPDFPath_CountSegments(item)
    if fill.value:
        colour, alpha = _answers.colour(item, _fill_of)
        is_cover = (
            colour is not None
            and alpha >= _OPAQUE
            and _is_rectangle(item, segments)
            and not raw.FPDFPageObj_HasTransparency(item)
        )
        painting.areas.append(Area(painting.count, box, colour if is_cover else None, is_cover))
    elif stroke.value and segments == 2 and not raw.FPDFPageObj_HasTransparency(item):
        # A line as thick as the letters it is drawn over; thick, because thin ones do not come here.
        colour, alpha = _answers.colour(item, raw.FPDFPageObj_GetStrokeColor)
        if colour is not None and alpha >= _OPAQUE:
            painting.areas.append(Area(painting.count, box, colour, is_cover=True))


def _collect_boxes_of_annotations(page: raw.FPDF_PAGE, painting: Painting) -> None:
    """Boxes that were laid over the page as comments: filled squares, and redactions that were never applied."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), 1000)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) in {raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_REDACT}:
                red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
                parts = [ctypes.byref(part) for part in (red, green, blue, alpha)]
                rect = raw.FS_RECTF()
                interior = raw.FPDFANNOT_COLORTYPE_InteriorColor
                if (
                    raw.FPDFAnnot_GetColor(annotation, interior, *parts)
                    and alpha.value >= _OPAQUE
                    and raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rect))
                ):
                    box = (rect.left, rect.bottom, rect.right, rect.top)
                    colour = (red.value, green.value, blue.value)
                    painting.areas.append(Area(painting.count + 1, box, colour, is_cover=True))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _is_rectangle(path: raw.FPDF_PAGEOBJECT, segments: int) -> bool:
    """Tell whether a path is one upright rectangle: straight, and every point in a corner."""
    if not 4 <= segments <= 6:
        return False
    points = []
    for index in range(segments):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_BEZIERTO:
            return False
        x, y = ctypes.c_float(), ctypes.c_float()
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        points.append((round(x.value, 1), round(y.value, 1)))
    return len({x for x, _ in points}) == 2 and len({y for _, y in points}) == 2 and len(set(points)) == 4


class _Answers:
    """Where PDFium writes its answers; made once, for a page has thousands of objects."""

    def __init__(self) -> None:
        self._parts = [ctypes.c_uint() for _ in range(4)]
        self._part_refs = [ctypes.byref(part) for part in self._parts]
        self._edges = [ctypes.c_float() for _ in range(4)]
        self._edge_refs = [ctypes.byref(edge) for edge in self._edges]

    def colour(self, item: raw.FPDF_PAGEOBJECT, ask: Callable[..., int]) -> tuple[Colour | None, int]:
        """Return colour and opacity; no colour for a pattern."""
        if not ask(item, *self._part_refs):
            return None, 0
        red, green, blue, alpha = self._parts
        return (red.value, green.value, blue.value), alpha.value

    def bounds(self, item: raw.FPDF_PAGEOBJECT) -> Box | None:
        """Return the box around an object, None when it has none."""
        if not raw.FPDFPageObj_GetBounds(item, *self._edge_refs):
            return None
        left, bottom, right, top = self._edges
        return left.value, bottom.value, right.value, top.value


_answers = _Answers()


def _moved(box: Box | None, by: raw.FS_MATRIX | None) -> Box | None:
    if box is None or by is None:
        return box
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs = [by.a * x + by.c * y + by.e for x, y in corners]
    ys = [by.b * x + by.d * y + by.f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _times(first: raw.FS_MATRIX, then: raw.FS_MATRIX) -> raw.FS_MATRIX:
    return raw.FS_MATRIX(
        first.a * then.a + first.b * then.c,
        first.a * then.b + first.b * then.d,
        first.c * then.a + first.d * then.c,
        first.c * then.b + first.d * then.d,
        first.e * then.a + first.f * then.c + then.e,
        first.e * then.b + first.f * then.d + then.f,
    )


def address_of(item: raw.FPDF_PAGEOBJECT) -> int:
    """Return what tells one object of a page from another."""
    return ctypes.addressof(item.contents) if item else 0


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a place in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
