"""Hidden data leaves a picture, the picture stays the same to the pixel, and broken pictures are refused."""

import struct
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from core.photos import Removed, UnreadablePhoto, strip
from core.photos.png import make_chunk

SECRET = b"Inspector Sadiq, 12 Canal Road"
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff"}
XMP = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"


def colours(size=(37, 23)):
    picture = Image.new("RGB", size)
    picture.putdata([(x * 6 % 256, y * 11 % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    return picture


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x010F] = "Camera of " + SECRET.decode()
    exif[0x0112] = orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (33.0, 41.0, 4.0), "E", (73.0, 2.0, 52.0)
    return exif


def picture(kind, orientation=1, **options):
    """A picture as a phone makes it: camera, place and description inside."""
    stream = BytesIO()
    if kind in ("JPEG", "WEBP"):
        options = {"xmp": XMP, **options}
    colours().save(stream, kind, exif=exif_of(orientation), **options)
    return stream.getvalue()


def pixels(data):
    with Image.open(BytesIO(data)) as opened:
        return opened.mode, opened.size, opened.tobytes()


def orientation_of(data):
    with Image.open(BytesIO(data)) as opened:
        return opened.getexif().get(0x0112, 1)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_place_and_camera_go_pixels_and_orientation_stay(kind, orientation):
    data = picture(kind, orientation)
    assert SECRET in data
    stripped = strip(data, FORMATS[kind])
    # Pillow writes no place into a TIFF; the test below does.
    assert {Removed.EXIF, *([] if kind == "TIFF" else [Removed.GPS])} <= stripped.removed
    assert SECRET not in stripped.data
    assert pixels(stripped.data) == pixels(data)
    assert orientation_of(stripped.data) == orientation
    with Image.open(BytesIO(stripped.data)) as opened:
        assert set(opened.getexif()) - {0x0112} <= set(range(254, 340)), "Only what makes the picture."
        assert not opened.getexif().get_ifd(0x8825)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_without_hidden_data_stays_byte_for_byte(kind):
    stripped = strip(picture(kind, 6), FORMATS[kind])
    again = strip(stripped.data, FORMATS[kind])
    assert again.removed == frozenset()
    assert again.data == stripped.data


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"quality": 100, "subsampling": 0}, {"restart_marker_blocks": 2}]
)
def test_every_way_to_write_a_jpeg_is_copied_rightly(options):
    data = picture("JPEG", **options)
    assert pixels(strip(data, "image/jpeg").data) == pixels(data)


def test_colours_of_print_keep_their_segment():
    stream = BytesIO()
    colours().convert("CMYK").save(stream, "JPEG", icc_profile=b"profile" * 30, exif=exif_of(1))
    stripped = strip(stream.getvalue(), "image/jpeg").data
    assert pixels(stripped) == pixels(stream.getvalue())
    with Image.open(BytesIO(stripped)) as opened:
        assert opened.info["icc_profile"] == b"profile" * 30


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


@pytest.mark.parametrize(
    ("marker", "content", "sort"),
    [
        (0xFE, SECRET, Removed.COMMENT),
        (0xED, b"Photoshop 3.0\0" + SECRET, Removed.IPTC),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET, Removed.XMP),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0exif:GPSLatitude=33" + SECRET, Removed.GPS),
        (0xE2, b"MPF\0" + SECRET, Removed.PICTURES),
        (0xE0, b"JFXX\0" + SECRET, Removed.PICTURES),
        (0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1" + SECRET[:3], Removed.PICTURES),
        (0xEB, SECRET, Removed.OTHER),
    ],
)
def test_every_segment_that_only_describes_is_left_out(marker, content, sort):
    plain = strip(picture("JPEG"), "image/jpeg").data
    stripped = strip(plain[:2] + segment(marker, content) + plain[2:], "image/jpeg")
    assert sort in stripped.removed
    assert SECRET[:3] not in stripped.data
    assert pixels(stripped.data) == pixels(plain)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_hangs_on_behind_the_end_goes(kind):
    plain = strip(picture(kind), FORMATS[kind]).data
    stripped = strip(plain + picture("JPEG"), FORMATS[kind])
    assert stripped.removed
    assert stripped.data == plain


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"teSt"])
def test_texts_of_a_png_go(name):
    plain = strip(picture("PNG"), "image/png").data
    stripped = strip(plain[:33] + make_chunk(name, b"Author\0" + SECRET) + plain[33:], "image/png")
    assert stripped.removed <= {Removed.COMMENT, Removed.OTHER}
    assert stripped.data == plain


def test_a_palette_transparency_and_animation_of_a_png_stay():
    stream, info = BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    frames = [Image.new("RGBA", (9, 9), (shade, 0, 0, 128)) for shade in (10, 90, 200)]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], pnginfo=info)
    stripped = strip(stream.getvalue(), "image/png").data
    with Image.open(BytesIO(stripped)) as opened:
        assert opened.n_frames == 3
        opened.seek(2)
        assert opened.getpixel((1, 1)) == (200, 0, 0, 128)


def test_an_animation_of_webp_stays():
    stream = BytesIO()
    frames = [Image.new("RGB", (9, 9), (shade, 0, 0)) for shade in (10, 90, 200)]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:], exif=exif_of(1), lossless=True)
    stripped = strip(stream.getvalue(), "image/webp")
    assert Removed.GPS in stripped.removed
    with Image.open(BytesIO(stripped.data)) as opened:
        assert opened.n_frames == 3


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_picture_that_ends_too_early_is_refused(kind, share):
    data = picture(kind)
    cut = data[: int(len(data) * share)]
    if kind == "TIFF":
        # What a TIFF leads to may stand before the cut: then it is stripped, otherwise refused.
        try:
            assert SECRET not in strip(cut, FORMATS[kind]).data
        except UnreadablePhoto:
            return
    else:
        with pytest.raises(UnreadablePhoto):
            strip(cut, FORMATS[kind])


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_broken_picture_is_stripped_or_refused_and_nothing_else(kind, data):
    broken = bytearray(picture(kind))
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=12)):
        broken[place] = data.draw(st.integers(0, 255))
    try:
        assert strip(bytes(broken), FORMATS[kind]).data
    except UnreadablePhoto:
        return


@pytest.mark.parametrize("kind", FORMATS)
@given(noise=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_behind_a_right_beginning_is_refused(kind, noise):
    head = {"JPEG": b"\xff\xd8", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF", "TIFF": b"II*\0"}[kind]
    try:
        strip(head + noise, FORMATS[kind])
    except UnreadablePhoto:
        return


def test_the_place_in_a_tiff_is_overwritten_with_all_that_its_directory_leads_to():
    lines, latitude = bytes(range(16)), struct.pack("<6I", 33, 1, 41, 1, 4, 1)
    gps_at = 8 + 2 + 7 * 12 + 4
    latitude_at = gps_at + 2 + 12 + 4
    lines_at = latitude_at + len(latitude)
    values = [(256, 4), (257, 4), (258, 8), (262, 1), (273, lines_at), (279, 16), (0x8825, gps_at)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values)
    gps = struct.pack("<HHHIII", 1, 2, 5, 3, latitude_at, 0)
    data = b"II*\0" + struct.pack("<IH", 8, 7) + entries + b"\0\0\0\0" + gps + latitude + lines
    stripped = strip(data, "image/tiff")
    assert stripped.removed == {Removed.GPS}
    assert stripped.data[gps_at:lines_at] == bytes(lines_at - gps_at)
    assert pixels(stripped.data) == pixels(data) == ("L", (4, 4), lines)


def test_directories_that_lead_to_each_other_end():
    entries = struct.pack("<HHHIII", 1, 0x014A, 4, 1, 8, 8)
    with pytest.raises(UnreadablePhoto):
        strip(b"II*\0" + struct.pack("<I", 8) + entries + b"\0" * 8, "image/tiff")


def test_a_description_that_points_to_the_lines_of_the_picture_is_refused():
    lines = b"\1" * 64
    start = 8 + 2 + 3 * 12 + 4
    entries = struct.pack("<HHII", 0x010E, 2, 64, start)
    entries += struct.pack("<HHII", 273, 4, 1, start) + struct.pack("<HHII", 279, 4, 1, 64)
    with pytest.raises(UnreadablePhoto):
        strip(b"II*\0" + struct.pack("<IH", 8, 3) + entries + b"\0\0\0\0" + lines, "image/tiff")


def test_what_is_no_picture_stays_as_it_is():
    assert strip(b"%PDF-1.7", "application/pdf") == strip(b"%PDF-1.7", "text/plain")
