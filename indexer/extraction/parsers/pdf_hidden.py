"""Which letters of a PDF page no reader sees: under a box, in the colour of the paper, or not painted at all.

Letters that are not painted over a picture are those of text recognition, and are read. Everything doubtful (gradients, pictures,
curved shapes) counts as visible.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field

from pypdfium2 import raw  # type: ignore[import-untyped]

Box = tuple[float, float, float, float]  # left, bottom, right, top
Colour = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_PATTERN: Colour = (-1000, -1000, -1000)
"""Like no colour."""
_MAX_OBJECTS = 20_000
_MAX_DEPTH = 8
_SAME_COLOUR = 12
"""Two colours that differ by no more in any part look the same."""
_PICTURE_OF_PAGE = 0.25
"""A picture of more than this part of the page over text is a scan with its recognised text, no redaction."""
_OPAQUE = 250
_THIN = 3
"""Points. What is thinner is a rule or a border, and hides no letter."""
_INVISIBLE = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})


@dataclass(frozen=True)
class _Area:
    """Something painted that covers a place of the page. Its colour is None when it has many."""

    order: int
    box: Box
    colour: Colour | None
    is_cover: bool
    """What lies under it is not seen."""


@dataclass(slots=True)
class _Letters:
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
        return own is not None and _meet(box, own)


@dataclass
class _Painting:
    """What is painted on a page, in the order of painting."""

    size: float
    areas: list[_Area] = field(default_factory=list)
    letters: dict[int, _Letters] = field(default_factory=dict)
    pictures: list[Box] = field(default_factory=list)
    count: int = 0


def hidden_characters(page: raw.FPDF_PAGE, text_page: raw.FPDF_TEXTPAGE, size: float) -> set[int]:
    """Return the numbers of the characters that are painted on a page of this size and not seen."""
    painting = _Painting(max(1.0, size))
    _collect_page(page, painting)
    _collect_boxes_of_annotations(page, painting)
    suspects = _suspects(painting) if painting.count <= _MAX_OBJECTS else {}
    if not suspects:
        return set()
    hidden = set()
    for index in range(raw.FPDFText_CountChars(text_page)):
        letters = suspects.get(_address(raw.FPDFText_GetTextObject(text_page, index)))
        centre = None if letters is None else _centre(text_page, index)
        if letters is not None and centre is not None and _is_hidden(centre, letters, painting):
            hidden.add(index)
    return hidden


def _suspects(painting: _Painting) -> dict[int, _Letters]:
    """Return the text objects of which a letter may be hidden; most pages have none."""
    covers = [area for area in painting.areas if area.is_cover]
    last = max((area.order for area in covers), default=0)
    alike: dict[Colour, list[Box]] = {}
    suspects = {}
    for address, letters in painting.letters.items():
        if letters.colour not in alike:
            alike[letters.colour] = [
                area.box for area in painting.areas if area.colour and _look_alike(letters.colour, area.colour)
            ]
        if (
            not letters.is_painted
            or letters.is_transparent
            or _look_alike(letters.colour, _WHITE)
            or any(letters.meets(box) for box in alike[letters.colour])
            or (last > letters.order and any(area.order > letters.order and letters.meets(area.box) for area in covers))
        ):
            suspects[address] = letters
    return suspects


def _is_hidden(centre: tuple[float, float], letters: _Letters, painting: _Painting) -> bool:
    if letters.is_transparent:
        return True
    for area in painting.areas:
        # Recognised text may lie under its picture; nothing recognised lies under a box.
        covers = area.is_cover and area.order > letters.order and (area.colour is not None or letters.is_painted)
        if covers and _holds(area.box, centre):
            return True
    over_picture = any(_holds(picture, centre) for picture in painting.pictures)
    if not letters.is_painted:
        return not over_picture
    under = (area for area in reversed(painting.areas) if area.order < letters.order and _holds(area.box, centre))
    ground = next((area.colour for area in under), _WHITE)
    return ground is not None and not over_picture and _look_alike(ground, letters.colour)


def _collect_page(page: raw.FPDF_PAGE, painting: _Painting) -> None:
    for index in range(raw.FPDFPage_CountObjects(page)):
        _collect(raw.FPDFPage_GetObject(page, index), None, painting, 0)
        if painting.count > _MAX_OBJECTS:
            return


def _collect(item: raw.FPDF_PAGEOBJECT, matrix: raw.FS_MATRIX | None, painting: _Painting, depth: int) -> None:
    painting.count += 1
    if painting.count > _MAX_OBJECTS or not item:
        return
    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_FORM:
        if depth < _MAX_DEPTH:
            inner = raw.FS_MATRIX()
            raw.FPDFPageObj_GetMatrix(item, ctypes.byref(inner))
            joined = inner if matrix is None else _times(inner, matrix)
            for index in range(raw.FPDFFormObj_CountObjects(item)):
                _collect(raw.FPDFFormObj_GetObject(item, index), joined, painting, depth + 1)
        return
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        colour, alpha = _fill(item)
        painted = raw.FPDFTextObj_GetTextRenderMode(item) not in _INVISIBLE
        transparent = painted and colour is not None and alpha == 0
        letters = _Letters(painting.count, item, matrix, colour or _PATTERN, painted, transparent)
        painting.letters[_address(item)] = letters
        return
    box = _moved(_answers.bounds(item), matrix)
    if box is not None:
        _collect_area(item, kind, box, painting)


def _collect_area(item: raw.FPDF_PAGEOBJECT, kind: int, box: Box, painting: _Painting) -> None:
    if kind == raw.FPDF_PAGEOBJ_IMAGE:
        area = (box[2] - box[0]) * (box[3] - box[1])
        is_cover = area < _PICTURE_OF_PAGE * painting.size and not raw.FPDFPageObj_HasTransparency(item)
        painting.areas.append(_Area(painting.count, box, None, is_cover))
        painting.pictures.append(box)
    elif kind == raw.FPDF_PAGEOBJ_SHADING:
        painting.areas.append(_Area(painting.count, box, None, is_cover=False))
    elif kind == raw.FPDF_PAGEOBJ_PATH and min(box[2] - box[0], box[3] - box[1]) >= _THIN:
        _collect_path(item, box, painting)


def _collect_path(item: raw.FPDF_PAGEOBJECT, box: Box, painting: _Painting) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
    segments = raw.FPDFPath_CountSegments(item)
    if fill.value:
        colour, alpha = _fill(item)
        is_cover = (
            colour is not None
            and alpha >= _OPAQUE
            and _is_rectangle(item, segments)
            and not raw.FPDFPageObj_HasTransparency(item)
        )
        painting.areas.append(_Area(painting.count, box, colour if is_cover else None, is_cover))
    elif stroke.value and segments == 2 and not raw.FPDFPageObj_HasTransparency(item):
        # A line as thick as the letters it is drawn over; thick, because thin ones do not come here.
        colour, alpha = _answers.colour(item, raw.FPDFPageObj_GetStrokeColor)
        if colour is not None and alpha >= _OPAQUE:
            painting.areas.append(_Area(painting.count, box, colour, is_cover=True))


def _collect_boxes_of_annotations(page: raw.FPDF_PAGE, painting: _Painting) -> None:
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
                    painting.areas.append(_Area(painting.count + 1, box, colour, is_cover=True))
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


def _fill(item: raw.FPDF_PAGEOBJECT) -> tuple[Colour | None, int]:
    return _answers.colour(item, raw.FPDFPageObj_GetFillColor)


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


def _centre(text_page: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float] | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(text_page, index, *(ctypes.byref(part) for part in (left, right, bottom, top))):
        return None
    return (left.value + right.value) / 2, (bottom.value + top.value) / 2


def _address(item: raw.FPDF_PAGEOBJECT) -> int:
    return ctypes.addressof(item.contents) if item else 0


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _look_alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= _SAME_COLOUR for a, b in zip(one, other, strict=True))
