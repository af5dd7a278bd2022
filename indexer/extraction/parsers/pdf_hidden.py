"""Which letters of a PDF page no reader sees: under a box, in the colour of the paper, or not painted at all.

Letters that are not painted over a picture are those of text recognition, and are read. Everything doubtful (gradients, pictures,
curved shapes) counts as visible.
"""

import ctypes

from pypdfium2 import raw  # type: ignore[import-untyped]

from indexer.extraction.parsers.pdf_painting import (
    MAX_OBJECTS,
    Box,
    Colour,
    Letters,
    Painting,
    address_of,
    painting_of,
)

_WHITE: Colour = (255, 255, 255)
_SAME_COLOUR = 12
"""Two colours that differ by no more in any part look the same."""


def hidden_characters(page: raw.FPDF_PAGE, text_page: raw.FPDF_TEXTPAGE, size: float) -> set[int]:
    """Return the numbers of the characters that are painted on a page of this size and not seen."""
    painting = painting_of(page, size)
    suspects = _suspects(painting) if painting.count <= MAX_OBJECTS else {}
    if not suspects:
        return set()
    hidden = set()
    for index in range(raw.FPDFText_CountChars(text_page)):
        letters = suspects.get(address_of(raw.FPDFText_GetTextObject(text_page, index)))
        centre = None if letters is None else _centre(text_page, index)
        if letters is not None and centre is not None and _is_hidden(centre, letters, painting):
            hidden.add(index)
    return hidden


def _suspects(painting: Painting) -> dict[int, Letters]:
    """Return the text objects of which a letter may be hidden; most pages have none."""
    covers = [area for area in painting.areas if area.is_cover]
    last = max((area.order for area in covers), default=0)
    grounds: dict[Colour, tuple[bool, list[Box]]] = {}
    suspects = {}
    for letters in painting.letters:
        ground = grounds.get(letters.colour)
        if ground is None:
            alike = [area.box for area in painting.areas if area.colour and _look_alike(letters.colour, area.colour)]
            ground = grounds[letters.colour] = (_look_alike(letters.colour, _WHITE), alike)
        is_white, boxes = ground
        if (
            is_white
            or not letters.is_painted
            or letters.is_transparent
            or (boxes and any(letters.meets(box) for box in boxes))
            or (last > letters.order and any(area.order > letters.order and letters.meets(area.box) for area in covers))
        ):
            suspects[address_of(letters.item)] = letters
    return suspects


def _is_hidden(centre: tuple[float, float], letters: Letters, painting: Painting) -> bool:
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


def _centre(text_page: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float] | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(text_page, index, *(ctypes.byref(part) for part in (left, right, bottom, top))):
        return None
    return (left.value + right.value) / 2, (bottom.value + top.value) / 2


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _look_alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= _SAME_COLOUR for a, b in zip(one, other, strict=True))
