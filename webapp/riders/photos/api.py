"""The photo of the profile, in the API."""

from typing import Annotated, Any

from flask import Blueprint, Response
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, operation
from webapp.api.reading import FileFields
from webapp.api.values import Body
from webapp.errors import NotFound
from webapp.photos import DecoderBusy, NotAPhoto, PhotoTooLarge
from webapp.riders.photos.forms import MAX_REQUEST_BYTES, MAX_ZOOM_PERCENT, PhotoForm
from webapp.riders.photos.queries import read_photo
from webapp.riders.photos.services import count_photo, remove_own_photo, save_photo
from webapp.web.access import requires_scope
from webapp.web.responses import send_photo
from webapp.web.scopes import Scope

bp = Blueprint("api_photo", __name__, url_prefix=f"{V1}/me/photo")


PHOTO = FileFields(("photo",), MAX_REQUEST_BYTES, are_required=True)
Percent = Annotated[int, Meta(ge=0, le=100)]


class PhotoSquare(Body):
    """Which square of the photo is kept: by default the largest one in the middle."""

    zoom: Annotated[
        int, Meta(ge=100, le=MAX_ZOOM_PERCENT, description="100: the largest square.")
    ] = 100
    across: Annotated[Percent, Meta(description="0: at the left edge, 100: at the right one.")] = 50
    down: Annotated[Percent, Meta(description="0: at the upper edge, 100: at the lower one.")] = 50


@bp.get("")
@requires_scope(Scope.ACCOUNT_READ)
@operation(Any, media_type="image/jpeg", problems=(NotFound,))
def show() -> Response:
    """Show the photo of the profile.

    It is a square. Without a photo it is not found.
    """
    return send_photo(read_photo(current_user, current_user.key), "photo.jpg")


@bp.put("")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    None,
    status=204,
    body=PhotoSquare,
    files=PHOTO,
    problems=(NotAPhoto, PhotoTooLarge, DecoderBusy, NotFound),
)
def save(body: PhotoSquare) -> None:
    """Save a photo for the profile, in place of the one before.

    It is sent as ``photo`` in a form: JPEG, PNG or WebP, of which a square is kept without the
    metadata of the file.
    """
    form = PhotoForm(**form_values(body))
    check_form(form)
    count_photo(current_user)
    save_photo(current_user.key, form.new_photo)


@bp.delete("")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204)
def remove() -> None:
    """Remove the photo of the profile."""
    remove_own_photo(current_user.key)
