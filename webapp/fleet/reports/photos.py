"""Re-encoding the photos that people send, so that nothing of the file but its pixels is kept.

The only module that uses Pillow.
"""

from io import BytesIO
from threading import Lock
from typing import BinaryIO

from PIL import Image, ImageOps

from webapp.errors import DomainError
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

FORMATS = ("JPEG", "PNG", "WEBP")
#: How many photos a report has at most.
MAX_PHOTOS = 3
#: The most pixels that are decoded: what phones take by default.
MAX_PIXELS = 25_000_000
#: The longest side of a stored photo, pixels.
MAX_SIDE_PX = 1600
#: The size of a stored photo.
MAX_BYTES = 400_000
#: JPEG qualities, tried in this order until the photo fits.
QUALITIES = (82, 65, 45)

#: Decoding takes up to 200 MB of memory: one photo at a time in each process.
_decoding = Lock()


class NotAPhoto(DomainError):
    """A file that is not a photo; the form sets ``field`` to the field with the file."""

    status = 422
    message = _l("We can't read this photo. Send a JPEG, PNG or WebP file.")


class PhotoTooLarge(NotAPhoto):
    def __init__(self) -> None:
        super().__init__()
        self.message = _(
            "That photo is too large: %(n)d megapixels at most.", n=MAX_PIXELS // 1_000_000
        )


def reencode_photo(stream: BinaryIO) -> bytes:
    """Return the picture in a file as a JPEG without metadata, such as where it was taken.

    It is upright, on white, at most ``MAX_SIDE_PX`` wide and high, and at most ``MAX_BYTES``. Of an
    animation it is the first picture.

    Raises NotAPhoto, PhotoTooLarge.
    """
    try:
        with _decoding, Image.open(stream, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PhotoTooLarge
            return _encode(_redraw(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoTooLarge from None
    except DomainError:
        raise
    except Exception:  # a broken file may raise anything in Pillow
        raise NotAPhoto from None


def _redraw(opened: Image.Image) -> Image.Image:
    """Copy the pixels to a new image, which has no metadata."""
    opened.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    drawn = Image.new("RGB", upright.size, "white")
    drawn.paste(upright, mask=upright.getchannel("A"))
    return drawn


def _encode(image: Image.Image) -> bytes:
    """Return a JPEG of the best quality that fits; halve the image if none does."""
    for quality in QUALITIES:
        jpeg = BytesIO()
        image.save(jpeg, "JPEG", quality=quality)
        if jpeg.tell() <= MAX_BYTES:
            return jpeg.getvalue()
    return _encode(image.reduce(2))
