"""The page of what a rider follows."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.errors import FormReused
from webapp.forms import add_refusal, read_point, render_form
from webapp.regions.catalogue import visitors_city
from webapp.rides.following import services
from webapp.rides.following.forms import FollowPlaceForm
from webapp.rides.following.models import MAX_FOLLOWS, MAX_LABEL_LENGTH
from webapp.rides.following.queries import list_follows
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("following", __name__)


@bp.route("/following", methods=["GET", "POST"])
@signed_in
def index() -> ResponseReturnValue:
    """The places and owners that a rider follows; the form adds a place.

    ``lat``, ``lon``, ``label`` and ``form_factor`` in the address fill the form.
    """
    form = FollowPlaceForm() if request.form else _make_form_from_address()
    if form.validate_on_submit():
        point = read_point(form)
        assert point  # noqa: S101 - FollowPlaceForm.validate requires it
        try:
            services.follow_place(
                current_user.key,
                form.label.data,
                point,
                radius_m=form.radius_m.data,
                form_factor=form.form_factor.data,
                nonce=form.nonce.data or "",
            )
            flash(_("You follow this place. We notify you once an hour at most."), "success")
            return redirect(url_for(".index"), 303)
        except (services.TooManyFollows, services.PlaceOutsideCity, FormReused) as refusal:
            add_refusal(form, refusal)
    city = visitors_city() or abort(404)
    return render_form(
        "rides/following/index.html",
        form,
        follows=list_follows(current_user.key),
        city=city,
        max_follows=MAX_FOLLOWS,
    )


def _make_form_from_address() -> FollowPlaceForm:
    form = FollowPlaceForm(request.args)
    # What the place search calls a place may be longer.
    form.label.data = (form.label.data or "")[:MAX_LABEL_LENGTH]
    return form


@bp.post("/following/<key:follow_key>/stop")
@signed_in
def stop(follow_key: RowKey) -> ResponseReturnValue:
    """Follow a place or an owner no more."""
    services.stop_following(current_user.key, follow_key)
    flash(_("You follow it no more."), "info")
    return redirect(url_for(".index"), 303)


@bp.post("/rides/<key:ride_key>/follow-owner")
@signed_in
def follow_owner(ride_key: RowKey) -> ResponseReturnValue:
    """Follow the owner of the vehicle of an ended ride."""
    services.follow_owner(current_user.key, ride_key)
    flash(_("You follow this owner: we notify you when they add a vehicle."), "success")
    return redirect(url_for(".index"), 303)
