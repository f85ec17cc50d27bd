"""An owner's vehicles: list, details, adding, editing and removing."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.edits import save_edit
from webapp.fleet.controllers.vehicle_details import render_details
from webapp.fleet.forms import (
    NewVehicleForm,
    OwnerVehiclesForm,
    VehicleEditForm,
    VehicleForm,
)
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.lists import list_owner_vehicles
from webapp.fleet.queries.vehicles import find_owner_vehicle
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.edit import (
    VehicleImported,
    VehicleInUse,
    edit_vehicle,
    read_edited_values,
)
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.services.remove import remove_vehicle
from webapp.forms import render_form
from webapp.regions.catalogue import city_or_404
from webapp.regions.features import CityClosed, FeatureOff
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("owner", __name__)


@bp.get("/vehicles/mine")
@signed_in
def index() -> ResponseReturnValue:
    """The vehicles of an owner, as cards or as a table; of all states and cities, or of some."""
    form = OwnerVehiclesForm(request.args)
    form.validate()
    chosen = form.filter_args
    after = read_time_cursor(request.args.get("after"))
    page = list_owner_vehicles(
        current_user.key, after, chosen.get("state", ""), chosen.get("city", "")
    )
    return render_form("fleet/owner_vehicles.html", form, page=page)


@bp.get("/vehicles/mine/<key:vehicle_key>")
@signed_in
def show(vehicle_key: RowKey) -> ResponseReturnValue:
    """An owner's vehicle: its code and label, the number of rides, the last reports."""
    return render_details(get_owner_vehicle_details(current_user.key, vehicle_key), is_own=True)


@bp.route("/vehicles/add", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """A rider adds a vehicle in the home city and becomes an owner."""
    form, city = NewVehicleForm(), city_or_404(current_user.city)
    if form.validate_on_submit():
        try:
            vehicle_key = add_vehicle(current_user, city, form.description)
            flash(_("Your vehicle is on the map."), "success")
            return redirect(url_for(".show", vehicle_key=vehicle_key), 303)
        except PlaceTooFar as error:
            form.lat.errors = [error.message]
        except (CityClosed, FeatureOff) as error:
            form.form_errors = [error.message]
    return _render_form(form, city, vehicle=None)


@bp.route("/vehicles/<key:vehicle_key>/edit", methods=["GET", "POST"])
@signed_in
def edit(vehicle_key: RowKey) -> ResponseReturnValue:
    """An owner changes the description of a vehicle, or its place."""
    form, vehicle = VehicleEditForm(), find_owner_vehicle(current_user.key, vehicle_key)
    if form.validate_on_submit():
        try:
            if _save(form, vehicle):
                flash(_("Vehicle saved."), "success")
                return redirect(url_for(".show", vehicle_key=vehicle_key), 303)
        except PlaceTooFar as error:
            form.lat.errors = [error.message]
        except (VehicleImported, VehicleInUse) as error:
            form.form_errors = [error.message]
    elif not form.is_submitted():
        form.fill(vehicle)
        if vehicle.feed_system:
            form.form_errors = [VehicleImported.message]
    return _render_form(form, city_or_404(vehicle.city), vehicle)


def _save(form: VehicleEditForm, vehicle: Vehicle) -> bool:
    """Save the form, or let it show what somebody else has changed."""

    def save(stored: Vehicle) -> None:
        edit_vehicle(current_user.key, stored.key, form.description, read_edited_values(stored))

    return save_edit(
        form,
        vehicle,
        fill=_fill_form,
        save=save,
        read=lambda: find_owner_vehicle(current_user.key, vehicle.key),
    )


def _fill_form(vehicle: Vehicle) -> VehicleEditForm:
    form = VehicleEditForm(None)
    form.fill(vehicle)
    return form


def _render_form(form: VehicleForm, city: City, vehicle: Vehicle | None) -> ResponseReturnValue:
    page = render_template("fleet/vehicle_form.html", form=form, city=city, vehicle=vehicle)
    return page, 409 if form.form_errors else 422 if form.errors else 200


@bp.post("/vehicles/<key:vehicle_key>/remove")
@signed_in
def remove(vehicle_key: RowKey) -> ResponseReturnValue:
    """An owner removes a vehicle from the fleet."""
    remove_vehicle(current_user.key, vehicle_key)
    flash(_("Your vehicle has been removed."), "info")
    return redirect(url_for(".index"), 303)
