"""Re-encoding the photos that people send, so that nothing of the file but its pixels is kept.

The only module that uses Pillow. Functions import it: few requests have a photo.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

from werkzeug.datastructures import FileStorage

from webapp.errors import DomainError
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

if TYPE_CHECKING:
    from PIL import Image

Encoded = TypeVar("Encoded")

FORMATS = ("JPEG", "PNG", "WEBP")
#: The most pixels that are decoded: what phones take by default.
MAX_PIXELS = 25_000_000
#: The longest side of a stored photo, pixels.
MAX_SIDE_PX = 1600
#: The size of a stored photo.
MAX_BYTES = 400_000
#: The most scans of a JPEG: cameras and programs write about ten. A decoder walks the whole picture
#: with each, also if it is empty, so a small file could take hours (libjpeg-turbo, "Two Issues with
#: the JPEG Standard").
MAX_SCANS = 50
#: JPEG qualities, tried in this order until the photo fits.
QUALITIES = (82, 65, 45)

#: Decoding takes up to 200 MB of memory: one photo at a time in each process.
_decoding = Lock()
#: How long a request waits for the photos of others, seconds.
MAX_WAIT_S = 10
#: The next marker of a JPEG that has a meaning of its own, and its code.
_MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")
_SCAN, _END = b"\xda", b"\xd9"


class PhotoRefused(DomainError):
    """A photo that is not kept; the form sets ``field`` to the field with the file."""


class DecoderBusy(PhotoRefused):
    """Others send photos, which are decoded one after the other."""

    status = 503
    headers = {"Retry-After": "30"}
    message = _l("Many people are sending photos just now. Wait half a minute, and send it again.")


class NotAPhoto(PhotoRefused):
    """A file that is not a photo."""

    status = 422
    message = _l("We can't read this photo. Send a JPEG, PNG or WebP file.")


class PhotoTooLarge(NotAPhoto):
    def __init__(self) -> None:
        super().__init__()
        self.message = _(
            "That photo is too large: %(n)d megapixels at most.", n=MAX_PIXELS // 1_000_000
        )


class Square(NamedTuple):
    """A part of a picture, by default the largest square in its middle."""

    #: Where its middle is in the room that it has, percent: 0 is left or top.
    x_percent: int = 50
    y_percent: int = 50
    #: How much smaller than the largest square it is: 200 is half as wide.
    zoom_percent: int = 100


def reencode_photo(stream: IO[bytes]) -> bytes:
    """Return the picture in a file as a JPEG without metadata, such as where it was taken.

    It is upright, on white, at most ``MAX_SIDE_PX`` wide and high, and at most ``MAX_BYTES``. Of an
    animation it is the first picture.

    Raises NotAPhoto, PhotoTooLarge, DecoderBusy.
    """
    return _reencode(stream, _encode)


def reencode_photos(files: Mapping[str, FileStorage | None]) -> list[bytes]:
    """Return the photos of a form, as ``reencode_photo`` makes each.

    files: by the names of their fields; None where no file was chosen.

    Raises what ``reencode_photo`` raises, with the name of the field.
    """
    photos = []
    for field_name, file in files.items():
        if file:
            try:
                photos.append(reencode_photo(file.stream))
            except PhotoRefused as error:
                error.field = field_name
                raise
    return photos


def crop_photo(stream: IO[bytes], square: Square, sides_px: Sequence[int]) -> list[bytes]:
    """Return a square of the picture in a file as one JPEG for each length of its side, as
    ``reencode_photo`` makes them; raises the same."""
    from PIL import Image

    def encode_sizes(image: Image.Image) -> list[bytes]:
        box = _find_box(image.size, square)
        sizes = ((side, side) for side in sides_px)
        return [_encode(image.resize(size, Image.Resampling.LANCZOS, box)) for size in sizes]

    return _reencode(stream, encode_sizes)


def _find_box(size: tuple[int, int], square: Square) -> tuple[float, float, float, float]:
    """Return the sides of a square: left, top, right, bottom, pixels."""
    width, height = size
    side = max(1, min(width, height) * 100 / square.zoom_percent)
    left = (width - side) * square.x_percent / 100
    top = (height - side) * square.y_percent / 100
    return left, top, left + side, top + side


def _reencode(stream: IO[bytes], encode: Callable[["Image.Image"], Encoded]) -> Encoded:
    from PIL import Image

    content = stream.read()
    if has_many_scans(content):
        raise NotAPhoto
    try:
        with _wait_for_decoder(), Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PhotoTooLarge
            return encode(_redraw(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoTooLarge from None
    except DomainError:
        raise
    except Exception:  # a broken file may raise anything in Pillow
        raise NotAPhoto from None


def has_many_scans(content: bytes) -> bool:
    """Tell whether a file is a JPEG with more than ``MAX_SCANS`` scans."""
    markers = _iter_jpeg_markers(content) if content.startswith(b"\xff\xd8") else ()
    scan_count = 0
    for marker in markers:
        scan_count += marker == _SCAN
        if scan_count > MAX_SCANS:
            return True
    return False


def _iter_jpeg_markers(content: bytes) -> Iterator[bytes]:
    """Yield the codes of the markers up to the end of the first picture, without those inside of
    segments, such as the ones of a preview."""
    position = 2
    while (found := _MARKER.search(content, position)) and found[1] != _END:
        yield found[1]
        length = int.from_bytes(content[found.end() : found.end() + 2])
        position = found.end() + length


@contextmanager
def _wait_for_decoder() -> Iterator[None]:
    if not _decoding.acquire(timeout=MAX_WAIT_S):
        raise DecoderBusy
    try:
        yield
    finally:
        _decoding.release()


def _redraw(opened: "Image.Image") -> "Image.Image":
    """Copy the pixels to a new image, which has no metadata."""
    from PIL import Image, ImageOps

    opened.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    drawn = Image.new("RGB", upright.size, "white")
    drawn.paste(upright, mask=upright.getchannel("A"))
    return drawn


def _encode(image: "Image.Image") -> bytes:
    """Return a JPEG of the best quality that fits; halve the image if none does."""
    for quality in QUALITIES:
        jpeg = BytesIO()
        image.save(jpeg, "JPEG", quality=quality)
        if jpeg.tell() <= MAX_BYTES:
            return jpeg.getvalue()
    return _encode(image.reduce(2))
