"""The little of Exif that is needed: the orientation, whether there is a place, and a block with nothing but the orientation."""

import struct

ORIENTATION, GPS = 0x0112, 0x8825
_UPRIGHT = 1
_SHORT = 3
_MOST_ENTRIES = 1000


def look(block: bytes) -> tuple[int, bool]:
    """Orientation (1 to 8) and whether a GPS directory is named. A broken block counts as upright and without."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return _UPRIGHT, False
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return _UPRIGHT, False
    (count,) = struct.unpack_from(f"{order}H", block, start)
    orientation, has_place = _UPRIGHT, False
    for number in range(min(count, _MOST_ENTRIES)):
        place = start + 2 + 12 * number
        if place + 12 > len(block):
            break
        tag, kind = struct.unpack_from(f"{order}HH", block, place)
        if tag == ORIENTATION and kind == _SHORT:
            (orientation,) = struct.unpack_from(f"{order}H", block, place + 8)
        has_place = has_place or tag == GPS
    return orientation if 1 <= orientation <= 8 else _UPRIGHT, has_place


def only(orientation: int) -> bytes:
    """A block that says the orientation; empty for an upright picture, which needs none."""
    if orientation == _UPRIGHT:
        return b""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, ORIENTATION, _SHORT, 1, orientation, 0, 0)
