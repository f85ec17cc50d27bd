"""Photos that people send, made harmless: what is kept is a picture that we have drawn ourselves.

The one module that knows Pillow.
"""

from io import BytesIO
from threading import Lock
from typing import BinaryIO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from PIL import Image, ImageOps

from webapp.errors import DomainError

FORMATS = ("JPEG", "PNG", "WEBP")
#: What a file may ask us to unfold, pixels: what phones take by themselves.
MOST_PIXELS = 25_000_000
#: The longest side of what is kept, pixels.
LONGEST = 1600
MOST_BYTES = 400_000
QUALITIES = (82, 65, 45)

#: A large picture takes up to 200 MB while it is read: one at a time in each process.
_one_at_a_time = Lock()


class NotAPhoto(DomainError):
    """``field`` is for whoever knows in which one the file came."""

    status = 422
    message = _l("That file is not a photo we can read. Send a JPEG, PNG or WebP.")


class PhotoTooLarge(NotAPhoto):
    def __init__(self) -> None:
        super().__init__()
        self.message = _(
            "That photo is too large: %(n)d megapixels at most.", n=MOST_PIXELS // 1_000_000
        )


def clean(stream: BinaryIO) -> bytes:
    """Return the picture in a file as a JPEG: upright, on white, its longest side at most 1600
    pixels, at most 400 kB, and with nothing of what else the file tells, such as where it was
    taken. Of moving pictures it is the first.

    Raises NotAPhoto, PhotoTooLarge.
    """
    try:
        with _one_at_a_time, Image.open(stream, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PhotoTooLarge
            return _encoded(_drawn(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoTooLarge from None
    except DomainError:
        raise
    except Exception:  # a broken file may break any part of the library
        raise NotAPhoto from None


def _drawn(opened: Image.Image) -> Image.Image:
    """Draw it anew: an image that never was a file has nothing to tell but its pixels."""
    opened.thumbnail((LONGEST, LONGEST))
    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    drawn = Image.new("RGB", upright.size, "white")
    drawn.paste(upright, mask=upright.getchannel("A"))
    return drawn


def _encoded(drawn: Image.Image) -> bytes:
    """Write it as well as its size allows; what is too rich in detail becomes smaller."""
    for quality in QUALITIES:
        written = BytesIO()
        drawn.save(written, "JPEG", quality=quality)
        if written.tell() <= MOST_BYTES:
            return written.getvalue()
    return _encoded(drawn.reduce(2))
