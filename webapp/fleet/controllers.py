"""Finding vehicles, and looking after one's own."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.access import only, public, signed_in, staff_cities, staff_city_or_404
from webapp.auth.models import Role
from webapp.fleet import lists, services
from webapp.fleet.blueprint import bp
from webapp.fleet.forms import ListForm, StaffListForm, VehicleForm
from webapp.fleet.words import IN_THE_STREET, FormFactor, VehicleState, type_of
from webapp.forms import city_choices, point_of
from webapp.keys import RowKey
from webapp.paging import distance_cursor, time_cursor
from webapp.regions import City, catalogue, city_or_404, visitors_city


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """Anyone sees what is free now in the city nearest to them, on a map and as a list."""
    city = visitors_city()
    return _explorer(city) if city else render_template("fleet/no_city.html")


@bp.get("/vehicles")
@public
def vehicles() -> ResponseReturnValue:
    """The vehicles of the visitor's city."""
    return home()


@bp.get("/city/<name>")
@public
def city(name: str) -> ResponseReturnValue:
    """The same for a city chosen by name."""
    return _explorer(city_or_404(name))


@bp.get("/city")
@public
def choose_city() -> ResponseReturnValue:
    """A visitor chooses a city by name and stays there until choosing another."""
    chosen = city_or_404(request.args.get("city", ""))
    session["city"] = chosen.name  # a preference, kept where it is: with the visitor
    return redirect(url_for(".city", name=chosen.name))


def _explorer(city: City) -> ResponseReturnValue:
    form = ListForm(request.args)
    if not form.validate():
        abort(404)
    states = IN_THE_STREET if form.show.data == "all" else (VehicleState.AVAILABLE,)
    wanted = lists.Wanted(city, states, FormFactor(form.type.data) if form.type.data else None)
    here, after = point_of(form), request.args.get("after")
    radius_m = request.args.get("within", lists.RADII_M[0], int)
    if radius_m not in lists.RADII_M:
        abort(404)
    if here:
        page = lists.near(wanted, here, radius_m, distance_cursor(after))
    else:
        page = lists.newest(wanted, time_cursor(after))
    return render_template(
        "fleet/explorer.html",
        city=city,
        form=form,
        here=here,
        radius_m=radius_m,
        farther_m=next((r for r in lists.RADII_M if r > radius_m), None),
        page=page,
        question={
            k: v
            for k, v in request.args.items()
            if k in ("type", "show", "lat", "lon", "within") and v
        },
    )


@bp.get("/vehicles/<key:vehicle>")
@public
def vehicle(vehicle: RowKey) -> ResponseReturnValue:
    """One vehicle: what it is, where it stands, and the button that starts a ride."""
    found = services.vehicle_at(vehicle)
    return render_template("fleet/vehicle.html", vehicle=found, city=catalogue().find(found.city))


@bp.get("/vehicles/mine")
@signed_in
def mine() -> ResponseReturnValue:
    """An owner's vehicles."""
    page = lists.of_owner(current_user.key, time_cursor(request.args.get("after")))
    return render_template("fleet/mine.html", page=page)


@bp.route("/vehicles/add", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """A rider puts a vehicle on the street of the home city, and is an owner from then on."""
    form, city = VehicleForm(), city_or_404(current_user.city)
    if form.validate_on_submit():
        try:
            key = services.add_vehicle(current_user, city, form.description)
            flash(_("Your vehicle is on the map."), "success")
            return redirect(url_for(".vehicle", vehicle=key), 303)
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
            return redirect(url_for(".vehicle", vehicle=vehicle), 303)
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
