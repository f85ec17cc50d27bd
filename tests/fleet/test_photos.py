"""What is kept of a file that somebody sends: a picture, and nothing else."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from webapp.fleet.reports.photos import (
    MAX_BYTES,
    MAX_SIDE_PX,
    NotAPhoto,
    PhotoTooLarge,
    reencode_photo,
)

GPS, ORIENTATION = 0x8825, 0x0112
UNREADABLE = "That file is not a photo we can read. Send a JPEG, PNG or WebP."


@pytest.fixture(autouse=True)
def inside(app):
    with app.test_request_context():
        yield app


def written(image: Image.Image, format_: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def cleaned(content: bytes) -> Image.Image:
    """Clean a file, hold the result to what is promised, and open it."""
    made = reencode_photo(BytesIO(content))
    assert len(made) <= MAX_BYTES
    image = Image.open(BytesIO(made), formats=["JPEG"])
    image.load()
    assert image.mode == "RGB"
    assert max(image.size) <= MAX_SIDE_PX
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not image.getexif()
    return image


def test_where_a_photo_was_taken_and_what_else_it_tells_is_gone():
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0)}
    exif[0x010F] = "Secret Phone Company"
    plain = Image.new("RGB", (64, 48), "red")
    content = written(plain, exif=exif, comment=b"for your eyes", icc_profile=b"profile of mine")
    assert Image.open(BytesIO(content)).getexif().get_ifd(GPS)
    made = reencode_photo(BytesIO(content))
    for secret in (b"Exif", b"Secret", b"eyes", b"profile"):
        assert secret in content
        assert secret not in made
    cleaned(content)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_other_formats_lose_it_too(format_):
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone Company"
    content = written(Image.new("RGB", (64, 48), "red"), format_, exif=exif)
    assert b"Secret" in content
    assert b"Secret" not in reencode_photo(BytesIO(content))


def test_a_photo_that_says_how_it_was_held_is_turned_upright():
    picture = Image.new("RGB", (60, 40), "red")
    picture.paste("blue", (0, 0, 30, 40))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn it clockwise to see it upright
    upright = cleaned(written(picture, quality=95, exif=exif))
    assert upright.size == (40, 60)
    red, _, blue = upright.getpixel((20, 10))
    assert blue > red


def test_a_large_photo_becomes_smaller_in_its_proportions():
    assert cleaned(written(Image.new("RGB", (4000, 3000), "green"))).size == (1600, 1200)
    assert cleaned(written(Image.new("RGB", (1, 9000)), "PNG")).size == (1, 1600)
    assert cleaned(written(Image.new("RGB", (1, 1)), "PNG")).size == (1, 1)


def test_what_is_rich_in_detail_fits_all_the_same():
    noise = Image.effect_noise((1700, 1500), 120).convert("RGB")
    assert min(cleaned(written(noise, quality=95)).size) > 500


@pytest.mark.parametrize(
    ("mode", "format_"),
    [
        *[(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
        *[(mode, "JPEG") for mode in ("L", "RGB", "CMYK")],
        *[(mode, "WEBP") for mode in ("RGB", "RGBA")],
    ],
)
def test_every_way_of_writing_colours_is_read(mode, format_):
    assert cleaned(written(Image.new(mode, (30, 20)), format_)).size == (30, 20)


def test_what_is_clear_stands_on_white():
    clear = cleaned(written(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG"))
    assert clear.getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (30, 20))
    palette.putpalette([0, 0, 0] * 256)
    assert cleaned(written(palette, "PNG", transparency=0)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_is_kept(format_):
    frames = [Image.new("RGB", (30, 20), color) for color in ("red", "blue")]
    moving = written(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
    red, _, blue = cleaned(moving).getpixel((5, 5))
    assert red > 200 > blue


def test_what_hangs_on_a_photo_is_left_behind():
    photo = written(Image.new("RGB", (30, 20)))
    for tail in (b"<script>alert(1)</script>", b"PK\x03\x04 a zip file", b"<?php evil(); ?>"):
        made = reencode_photo(BytesIO(photo + tail))
        assert tail not in made
        cleaned(photo + tail)


HEADS = {
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "a zip file": b"PK\x03\x04" + bytes(100),
    "a program": b"\x7fELF" + bytes(100),
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "nothing": b"",
    "the head of a JPEG": b"\xff\xd8\xff\xe0",
    "the head of a PNG": b"\x89PNG\r\n\x1a\n",
    "the head of a WebP": b"RIFF\x10\0\0\0WEBPVP8 ",
}


@pytest.mark.parametrize("what", HEADS)
def test_what_is_no_photo_is_refused_in_words(what):
    with pytest.raises(NotAPhoto) as refusal:
        reencode_photo(BytesIO(HEADS[what]))
    assert refusal.value.message == UNREADABLE
    assert refusal.value.status == 422


@pytest.mark.parametrize("format_", ["GIF", "BMP", "TIFF", "ICO"])
def test_a_format_that_nobody_needs_is_refused(format_):
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(written(Image.new("RGB", (32, 32)), format_)))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_half_a_file_is_refused(format_):
    whole = written(Image.effect_noise((200, 200), 100).convert("RGB"), format_)
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(whole[: len(whole) // 2]))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says how large it is, whatever is in it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        length, check = struct.pack(">I", len(content)), zlib.crc32(name + content)
        return length + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000), (5_001, 5_000)])
def test_a_file_that_would_unfold_to_too_much_is_refused_before_it_does(size, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("it was read"))
    with pytest.raises(PhotoTooLarge) as refusal:
        reencode_photo(BytesIO(png(*size)))
    assert "25 megapixels at most" in refusal.value.message


def test_text_that_would_unfold_to_too_much_is_refused():
    bomb = zlib.compress(bytes(80_000_000), 9)
    content = b"iTXtComment\0\1\0\0\0" + bomb
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    whole = png(1, 1, b"\0\0\0\0")
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(whole[:33] + chunk + whole[33:]))


GOOD = [
    written(Image.effect_noise((24, 24), 100).convert("RGB"), each)
    for each in ("JPEG", "PNG", "WEBP")
]


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(st.sampled_from(GOOD), st.integers(0, 2000), st.binary(max_size=12)).map(
        lambda given: given[0][: given[1]] + given[2] + given[0][given[1] + len(given[2]) :]
    )
    | st.tuples(st.sampled_from(list(HEADS.values())), st.binary(max_size=200)).map(b"".join)
)
def test_whatever_bytes_come_it_is_a_photo_or_it_is_none(content):
    with suppress(NotAPhoto):
        cleaned(content)
