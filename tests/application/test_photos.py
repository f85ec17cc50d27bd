"""Photos of reports are re-encoded: only the image itself is kept."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from webapp import photos
from webapp.photos import (
    MAX_BYTES,
    MAX_SCANS,
    MAX_SIDE_PX,
    DecoderBusy,
    NotAPhoto,
    PhotoTooLarge,
    reencode_photo,
)

pytestmark = pytest.mark.usefixtures("app_context")

GPS, ORIENTATION = 0x8825, 0x0112
UNREADABLE = "We can't read this photo. Send a JPEG, PNG or WebP file."


def encode_image(image: Image.Image, format_: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def read_pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def reencode_and_open(content: bytes) -> Image.Image:
    """Re-encode a file, check the limits and the metadata of the result, and open it."""
    photo_bytes = reencode_photo(BytesIO(content))
    assert len(photo_bytes) <= MAX_BYTES
    image = Image.open(BytesIO(photo_bytes), formats=["JPEG"])
    image.load()
    assert image.mode == "RGB"
    assert max(image.size) <= MAX_SIDE_PX
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not image.getexif()
    return image


def test_the_position_and_other_metadata_of_a_photo_are_removed() -> None:
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0)}
    exif[0x010F] = "Secret Phone Company"
    plain = Image.new("RGB", (64, 48), "red")
    content = encode_image(
        plain, exif=exif, comment=b"for your eyes", icc_profile=b"profile of mine"
    )
    assert Image.open(BytesIO(content)).getexif().get_ifd(GPS)
    photo_bytes = reencode_photo(BytesIO(content))
    for secret in (b"Exif", b"Secret", b"eyes", b"profile"):
        assert secret in content
        assert secret not in photo_bytes
    reencode_and_open(content)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_metadata_of_other_formats_is_removed(format_: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Phone Company"
    content = encode_image(Image.new("RGB", (64, 48), "red"), format_, exif=exif)
    assert b"Secret" in content
    assert b"Secret" not in reencode_photo(BytesIO(content))


def test_a_photo_with_an_orientation_is_rotated() -> None:
    photo = Image.new("RGB", (60, 40), "red")
    photo.paste("blue", (0, 0, 30, 40))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # rotated by 90 degrees
    upright = reencode_and_open(encode_image(photo, quality=95, exif=exif))
    assert upright.size == (40, 60)
    red, _, blue = read_pixel(upright, 20, 10)
    assert blue > red


@pytest.mark.slow
def test_a_large_photo_is_scaled_down_in_proportion() -> None:
    assert reencode_and_open(encode_image(Image.new("RGB", (4000, 3000), "green"))).size == (
        1600,
        1200,
    )
    assert reencode_and_open(encode_image(Image.new("RGB", (1, 9000)), "PNG")).size == (1, 1600)
    assert reencode_and_open(encode_image(Image.new("RGB", (1, 1)), "PNG")).size == (1, 1)


@pytest.mark.slow
def test_a_photo_with_much_detail_fits_the_size_limit() -> None:
    noise = Image.effect_noise((1700, 1500), 120).convert("RGB")
    assert min(reencode_and_open(encode_image(noise, quality=95)).size) > 500


@pytest.mark.parametrize(
    ("mode", "format_"),
    [
        *[(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
        *[(mode, "JPEG") for mode in ("L", "RGB", "CMYK")],
        *[(mode, "WEBP") for mode in ("RGB", "RGBA")],
    ],
)
def test_every_colour_mode_is_read(mode: str, format_: str) -> None:
    assert reencode_and_open(encode_image(Image.new(mode, (30, 20)), format_)).size == (30, 20)


def test_transparent_areas_become_white() -> None:
    transparent = reencode_and_open(encode_image(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG"))
    assert read_pixel(transparent, 5, 5) == (255, 255, 255)
    palette = Image.new("P", (30, 20))
    palette.putpalette([0, 0, 0] * 256)
    assert read_pixel(reencode_and_open(encode_image(palette, "PNG", transparency=0)), 5, 5) == (
        255,
        255,
        255,
    )


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_only_the_first_frame_of_an_animation_is_kept(format_: str) -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ("red", "blue")]
    animation = encode_image(
        frames[0], format_, save_all=True, append_images=frames[1:], duration=100
    )
    red, _, blue = read_pixel(reencode_and_open(animation), 5, 5)
    assert red > 200 > blue


def test_data_after_the_end_of_a_photo_is_removed() -> None:
    photo = encode_image(Image.new("RGB", (30, 20)))
    for tail in (b"<script>alert(1)</script>", b"PK\x03\x04 a zip file", b"<?php evil(); ?>"):
        photo_bytes = reencode_photo(BytesIO(photo + tail))
        assert tail not in photo_bytes
        reencode_and_open(photo + tail)


OTHER_FILES = {
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


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_that_is_no_photo_is_refused_with_a_message(name: str) -> None:
    with pytest.raises(NotAPhoto) as refusal:
        reencode_photo(BytesIO(OTHER_FILES[name]))
    assert refusal.value.message == UNREADABLE
    assert refusal.value.status == 422


@pytest.mark.parametrize("format_", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_image_formats_are_refused(format_: str) -> None:
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(encode_image(Image.new("RGB", (32, 32)), format_)))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused(format_: str) -> None:
    image_bytes = encode_image(Image.effect_noise((200, 200), 100).convert("RGB"), format_)
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(image_bytes[: len(image_bytes) // 2]))


def make_png(width: int, height: int, data: bytes = b"") -> bytes:
    """Return a PNG whose header gives a size, with any data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        length, check = struct.pack(">I", len(content)), zlib.crc32(name + content)
        return length + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000), (5_001, 5_000)])
def test_an_image_with_too_many_pixels_is_refused_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda *_: pytest.fail("the image was decoded")
    )
    with pytest.raises(PhotoTooLarge) as refusal:
        reencode_photo(BytesIO(make_png(*size)))
    assert "25 megapixels at most" in refusal.value.message


def make_progressive_jpeg(scan_count: int) -> bytes:
    """Return a JPEG that has its last scan so many times more."""
    picture = encode_image(Image.effect_noise((64, 64), 9).convert("RGB"), progressive=True)
    last_scan, end = picture[picture.rindex(b"\xff\xda") : -2], picture[-2:]
    return picture[:-2] + last_scan * scan_count + end


def test_a_jpeg_with_very_many_scans_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reencode_photo(BytesIO(make_progressive_jpeg(0))), "a usual progressive one"
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    for scan_count in (MAX_SCANS, 10_000):
        with pytest.raises(NotAPhoto):
            reencode_photo(BytesIO(make_progressive_jpeg(scan_count)))


def test_what_looks_like_scans_inside_of_metadata_or_after_the_picture_does_not_count() -> None:
    preview = make_progressive_jpeg(0)
    comment = b"\xff\xfe" + (len(preview) + 2).to_bytes(2, "big") + preview
    picture = make_progressive_jpeg(0)
    photo = picture[:2] + comment * MAX_SCANS + picture[2:] + b"\xff\xda" * 1_000
    assert reencode_photo(BytesIO(photo))


def test_who_waits_too_long_for_the_photos_of_others_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photos, "MAX_WAIT_S", 0)
    photo = encode_image(Image.new("RGB", (32, 32)))
    with photos._decoding, pytest.raises(DecoderBusy) as refusal:
        reencode_photo(BytesIO(photo))
    assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "30"})
    assert reencode_photo(BytesIO(photo)), "the lock is free again"


@pytest.mark.slow
def test_compressed_text_of_excessive_size_is_refused() -> None:
    bomb = zlib.compress(bytes(80_000_000), 9)
    content = b"iTXtComment\0\1\0\0\0" + bomb
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    png = make_png(1, 1, b"\0\0\0\0")
    with pytest.raises(NotAPhoto):
        reencode_photo(BytesIO(png[:33] + chunk + png[33:]))


PHOTOS = [
    encode_image(Image.effect_noise((24, 24), 100).convert("RGB"), format_)
    for format_ in ("JPEG", "PNG", "WEBP")
]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(st.sampled_from(PHOTOS), st.integers(0, 2000), st.binary(max_size=12)).map(
        lambda given: given[0][: given[1]] + given[2] + given[0][given[1] + len(given[2]) :]
    )
    | st.tuples(st.sampled_from(list(OTHER_FILES.values())), st.binary(max_size=200)).map(b"".join)
)
def test_any_bytes_are_either_a_photo_or_refused(content: bytes) -> None:
    with suppress(NotAPhoto):
        reencode_and_open(content)
