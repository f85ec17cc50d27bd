"""The rider's saved vehicles and places."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.favourites import queries
from webapp.fleet.favourites.forms import PlaceForm
from webapp.fleet.favourites.services import places, vehicles
from webapp.forms import add_refusal, read_point, render_form
from webapp.regions.catalogue import visitors_city
from webapp.translations import gettext as _
from webapp.web.access import find_current_page_path, loads_with_account, signed_in
from webapp.web.urls import find_safe_next

bp = Blueprint("favourites", __name__)

#: Decorates controllers of pages that show the saved places of the viewer.
loads_saved_places = loads_with_account(lambda: joinedload(User.saved_places))


@bp.route("/saved", methods=["GET", "POST"])
@signed_in
@loads_saved_places
def index() -> ResponseReturnValue:
    """The saved vehicles and places of a rider; the form adds a place."""
    form = PlaceForm()
    if form.validate_on_submit():
        point = read_point(form)
        assert point  # noqa: S101 - PlaceForm.validate requires it
        try:
            places.add_place(current_user.key, form.label.data, point)
            flash(_("Place saved. You'll find it above the list of vehicles."), "success")
            return redirect(url_for(".index"), 303)
        except places.TooManyPlaces as error:
            add_refusal(form, error)
    return render_form(
        "fleet/favourites/index.html",
        form,
        saved_vehicles=queries.list_saved_vehicles(current_user.key),
        places=current_user.saved_places,
        city=visitors_city(),
        max_places=places.MAX_SAVED_PLACES,
    )


@bp.post("/saved/places/<uuid:place_id>/remove")
@signed_in
def remove_place(place_id: UUID) -> ResponseReturnValue:
    """Remove a saved place."""
    places.remove_place(current_user.key, place_id)
    flash(_("Place removed."), "info")
    return redirect(url_for(".index"), 303)


@bp.post("/saved/<key:vehicle_key>")
@signed_in
def save_vehicle(vehicle_key: RowKey) -> ResponseReturnValue:
    """Save a vehicle."""
    vehicles.save_vehicle(current_user.key, vehicle_key)
    flash(_("Saved. You'll find it in the menu."), "success")
    return _redirect_back()


@bp.post("/saved/<key:vehicle_key>/remove")
@signed_in
def remove_vehicle(vehicle_key: RowKey) -> ResponseReturnValue:
    """Remove a saved vehicle."""
    vehicles.remove_saved_vehicle(current_user.key, vehicle_key)
    flash(_("Removed from your saved vehicles."), "info")
    return _redirect_back()


@bp.post("/saved/<key:vehicle_key>/wait")
@signed_in
def start_waiting(vehicle_key: RowKey) -> ResponseReturnValue:
    """Send the rider a mail when the vehicle is available."""
    vehicles.start_waiting(current_user.key, vehicle_key)
    flash(_("We'll e-mail you as soon as it's free."), "success")
    return _redirect_back()


@bp.post("/saved/<key:vehicle_key>/wait/stop")
@signed_in
def stop_waiting(vehicle_key: RowKey) -> ResponseReturnValue:
    """Do not send that mail."""
    vehicles.stop_waiting(current_user.key, vehicle_key)
    flash(_("We won't e-mail you about it."), "info")
    return _redirect_back()


def _redirect_back() -> ResponseReturnValue:
    """Redirect to the page with the button."""
    return redirect(find_safe_next(find_current_page_path(), url_for(".index")), 303)
