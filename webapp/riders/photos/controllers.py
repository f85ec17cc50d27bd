"""The photo on a profile: showing, choosing and removing it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.queries import find_account
from webapp.db.keys import RowKey
from webapp.forms import add_refusal, render_form
from webapp.photos import PhotoRefused
from webapp.riders.photos import services
from webapp.riders.photos.forms import MAX_REQUEST_BYTES, PhotoForm, RemovePhotoForm
from webapp.riders.photos.queries import read_photo
from webapp.riders.queries import find_profile
from webapp.translations import gettext as _
from webapp.web.access import requires, signed_in
from webapp.web.rate_limits import TooManyTries
from webapp.web.request_limits import accepts_files
from webapp.web.responses import send_photo
from webapp.web.roles import Permission

bp = Blueprint("photos", __name__, url_prefix="/users")


@bp.get("/<key:user_key>/photo/<uuid:photo_id>")
@signed_in
def show(user_key: RowKey, photo_id: UUID) -> ResponseReturnValue:
    """The photo of a rider, for a profile."""
    return send_photo(read_photo(current_user, user_key, photo_id), "photo.jpg")


@bp.get("/<key:user_key>/photo/<uuid:photo_id>/small")
@signed_in
def show_small(user_key: RowKey, photo_id: UUID) -> ResponseReturnValue:
    """The photo of a rider, small, for lists."""
    return send_photo(read_photo(current_user, user_key, photo_id, is_small=True), "photo.jpg")


@bp.route("/me/photo", methods=["GET", "POST"])
@signed_in
@accepts_files(MAX_REQUEST_BYTES)
def choose() -> ResponseReturnValue:
    """Choose the photo of one's own profile, and which part of it."""
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            services.count_photo(current_user)
            services.save_photo(current_user.key, form.new_photo)
        except (PhotoRefused, TooManyTries) as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Photo saved."), "success")
            return redirect(url_for("riders.profile.own"), 303)
    profile = find_profile(current_user, current_user.key)
    return render_form("riders/photos/choose.html", form, profile=profile)


@bp.post("/me/photo/remove")
@signed_in
def remove_own() -> ResponseReturnValue:
    """Remove the photo of one's own profile."""
    services.remove_own_photo(current_user.key)
    flash(_("Photo removed."), "success")
    return redirect(url_for("riders.profile.own"), 303)


@bp.route("/<key:user_key>/photo/<uuid:photo_id>/remove", methods=["GET", "POST"])
@requires(Permission.MODERATE_PROFILES)
def remove(user_key: RowKey, photo_id: UUID) -> ResponseReturnValue:
    """Staff remove the photo of a rider, for a reason that the rider gets."""
    user = find_account(current_user, user_key, Permission.MODERATE_PROFILES)
    form = RemovePhotoForm()
    if form.validate_on_submit():
        try:
            services.remove_photo_of_rider(user, photo_id, form.why.data)
        except services.PhotoChanged as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Photo removed. The rider gets an e-mail with your reason."), "success")
            return redirect(url_for("riders.profile.show", user_key=user_key), 303)
    return render_form("riders/photos/remove.html", form, user=user, photo_id=photo_id)
