"""One vehicle as all see it, and looking after one's own."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.fleet import queries as lists
from webapp.fleet import services
from webapp.fleet.blueprint import bp
from webapp.fleet.enums import type_of
from webapp.fleet.favourites.services import seen_by
from webapp.fleet.forms import StaffListForm, VehicleForm
from webapp.fleet.unlock_codes.controllers import label_of
from webapp.forms import city_choices
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City
from webapp.web.access import only, public, signed_in, staff_cities, staff_city_or_404
from webapp.web.roles import Role


@bp.get("/vehicles/<key:vehicle>")
@public
def vehicle(vehicle: RowKey) -> ResponseReturnValue:
    """One vehicle: what it is, where it stands, and the button that starts a ride."""
    if current_user.is_authenticated:
        found, saved = seen_by(current_user.key, vehicle)
    else:
        found, saved = services.vehicle_at(vehicle), None
    return render_template(
        "fleet/vehicle.html", vehicle=found, saved=saved, city=catalogue().find(found.city)
    )


@bp.get("/vehicles/mine")
@signed_in
def mine() -> ResponseReturnValue:
    """An owner's vehicles."""
    page = lists.of_owner(current_user.key, time_cursor(request.args.get("after")))
    return render_template("fleet/mine.html", page=page)


@bp.get("/vehicles/mine/<key:vehicle>")
@signed_in
def own(vehicle: RowKey) -> ResponseReturnValue:
    """An owner's vehicle: its code and label, how often it was ridden, what was reported."""
    return _record_page(services.record_of_own(current_user.key, vehicle), is_own=True)


@bp.get("/fleet/vehicles/<key:vehicle>")
@only(Role.FLEET)
def staff_vehicle(vehicle: RowKey) -> ResponseReturnValue:
    """The same for staff of its city."""
    return _record_page(services.record_of(current_user, vehicle), is_own=False)


def _record_page(record: services.Record, *, is_own: bool) -> ResponseReturnValue:
    vehicle = record.vehicle
    return render_template(
        "fleet/own.html",
        record=record,
        vehicle=vehicle,
        city=catalogue().find(vehicle.city),
        is_own=is_own,
        label=Markup(label_of(vehicle)),  # noqa: S704 - made here, texts escaped  # nosec B704
    )


@bp.route("/vehicles/add", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """A rider puts a vehicle on the street of the home city, and is an owner from then on."""
    form, city = VehicleForm(), city_or_404(current_user.city)
    if form.validate_on_submit():
        try:
            key = services.add_vehicle(current_user, city, form.description)
            flash(_("Your vehicle is on the map."), "success")
            return redirect(url_for(".own", vehicle=key), 303)
        except services.PlaceTooFar as error:
            form.lat.errors = [error.message]
    return _form_page(form, city, vehicle=None)


@bp.route("/vehicles/<key:vehicle>/edit", methods=["GET", "POST"])
@signed_in
def edit(vehicle: RowKey) -> ResponseReturnValue:
    """An owner changes what is told about a vehicle, or where it stands."""
    form = VehicleForm()
    if form.validate_on_submit():
        try:
            services.edit_vehicle(current_user.key, vehicle, form.description)
            flash(_("Saved."), "success")
            return redirect(url_for(".own", vehicle=vehicle), 303)
        except services.PlaceTooFar as error:
            form.lat.errors = [error.message]
        except services.VehicleInUse as busy:
            form.form_errors = [busy.message]
    found = services.own_vehicle(current_user.key, vehicle)
    if request.method == "GET":
        form.process(obj=found, data={"type": type_of(found.form_factor, found.propulsion_type)})
    return _form_page(form, city_or_404(found.city), vehicle=found)


def _form_page(form: VehicleForm, city: City, vehicle: Any) -> ResponseReturnValue:
    page = render_template("fleet/form.html", form=form, city=city, vehicle=vehicle)
    return page, 409 if form.form_errors else 422 if form.errors else 200


@bp.post("/vehicles/<key:vehicle>/remove")
@signed_in
def remove(vehicle: RowKey) -> ResponseReturnValue:
    """An owner takes a vehicle off the street."""
    services.remove_vehicle(current_user.key, vehicle)
    flash(_("Your vehicle is off the street."), "info")
    return redirect(url_for(".mine"), 303)


@bp.get("/fleet")
@only(Role.FLEET)
def staff() -> ResponseReturnValue:
    """Staff see all vehicles of a city of theirs, in any state, with their owner."""
    form = StaffListForm(request.args)
    form.city.choices = city_choices(staff_cities())
    city = staff_city_or_404(form.city.data)
    form.city.data = city.name
    if not form.validate():
        abort(404)
    wanted = lists.Wanted(city, form.states)
    page = lists.newest(wanted, time_cursor(request.args.get("after")), with_owner=True)
    question = {"city": city.name, "state": form.state.data}
    return render_template("fleet/staff.html", form=form, city=city, page=page, question=question)
