"""Portraits of the riders of the demo: drawn, so that they show nobody."""

from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from webapp.auth.models import User
from webapp.riders.photos.forms import LARGE_PX, SMALL_PX

if TYPE_CHECKING:
    from PIL.Image import Image

#: They are drawn on a square of this side, larger than they are shown, so that edges are smooth.
CANVAS_PX = 2 * LARGE_PX
JPEG_QUALITY = 88


class Look(NamedTuple):
    """The colours of a portrait."""

    background: str
    skin: str
    hair: str
    shirt: str
    has_long_hair: bool


LOOKS = (
    Look("#bfe3d6", "#c98d63", "#3a2a22", "#1f5f8b", has_long_hair=False),
    Look("#f6d9a8", "#f0c39c", "#9b3f1d", "#5b4a8a", has_long_hair=True),
    Look("#cfd8f0", "#8a5a3c", "#1d1a1a", "#c8553d", has_long_hair=False),
)


def portrait_rows(users: list[User]) -> list[dict[str, object]]:
    """Return the photos of the first accounts."""
    return [_make_row(user, _draw(look)) for user, look in zip(users, LOOKS, strict=False)]


def _make_row(user: User, portrait: "Image") -> dict[str, object]:
    return {
        "region": user.region,
        "user_id": user.id,
        "photo_id": uuid4(),
        "large": _encode(portrait, LARGE_PX),
        "small": _encode(portrait, SMALL_PX),
    }


def _encode(portrait: "Image", side_px: int) -> bytes:
    jpeg = BytesIO()
    portrait.resize((side_px, side_px)).save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return jpeg.getvalue()


def _draw(look: Look) -> "Image":
    from PIL import Image, ImageDraw

    portrait = Image.new("RGB", (CANVAS_PX, CANVAS_PX), look.background)
    draw = ImageDraw.Draw(portrait)

    def box(*sides_percent: float) -> tuple[float, ...]:
        return tuple(CANVAS_PX * side / 100 for side in sides_percent)

    if look.has_long_hair:
        draw.rounded_rectangle(box(26, 16, 74, 82), CANVAS_PX * 0.22, fill=look.hair)
    draw.ellipse(box(14, 74, 86, 130), fill=look.shirt)
    draw.rounded_rectangle(box(42, 58, 58, 82), CANVAS_PX * 0.07, fill=look.skin)
    draw.ellipse(box(31, 20, 69, 68), fill=look.skin)
    draw.chord(box(29, 15, 71, 56), 180, 360, fill=look.hair)
    for left in (40, 56):
        draw.ellipse(box(left, 43, left + 4, 47), fill="#22201f")
    draw.arc(box(41, 46, 59, 59), 25, 155, fill="#7a2e22", width=CANVAS_PX // 70)
    return portrait
