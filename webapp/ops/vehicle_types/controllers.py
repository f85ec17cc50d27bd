"""The pages of vehicle types, for admins of all cities."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.fleet.enums import VehicleType
from webapp.fleet.labels import type_label
from webapp.fleet.vehicle_types.settings import (
    TypeSettings,
    load_vehicle_types,
    vehicle_types,
)
from webapp.forms import add_refusal, render_form
from webapp.ops.vehicle_types.forms import (
    VehicleTypeForm,
    find_form_class,
    make_new_type_form,
    make_type_form_data,
)
from webapp.ops.vehicle_types.services import add_vehicle_type, change_vehicle_type
from webapp.regions.catalogue import first_region
from webapp.translations import gettext as _
from webapp.web.access import require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("vehicle_types", __name__, url_prefix="/admin/vehicle-types")


@bp.get("/")
@requires(Permission.MANAGE_VEHICLE_TYPES)
def index() -> ResponseReturnValue:
    """All types: the built-in ones, and those that admins have added."""
    require_all_cities(Permission.MANAGE_VEHICLE_TYPES)
    return render_template("ops/vehicle_types/index.html", types=vehicle_types())


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_VEHICLE_TYPES)
def new() -> ResponseReturnValue:
    """Add a type."""
    require_all_cities(Permission.MANAGE_VEHICLE_TYPES)
    form = make_new_type_form()
    if form.validate_on_submit():
        vehicle_type = form.form_factor.data, form.propulsion_type.data
        try:
            add_vehicle_type(vehicle_type, form.make_settings({}), form.why.data or "")
            flash(_("Vehicle type %(name)s was added.", name=form.label.data), "success")
            return redirect(url_for(".index"), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("ops/vehicle_types/form.html", form, vehicle_type=None)


@bp.route("/<type_name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_VEHICLE_TYPES)
def edit(type_name: str) -> ResponseReturnValue:
    """Change what is set for a type."""
    require_all_cities(Permission.MANAGE_VEHICLE_TYPES)
    vehicle_type = vehicle_types().names.get(type_name) or abort(404)
    settings = vehicle_types().find(vehicle_type)
    form = find_form_class(type_name)(data=make_type_form_data(settings))
    if form.validate_on_submit() and _save(form, type_name, vehicle_type, settings):
        flash(_("Vehicle type saved: %(name)s.", name=type_label(*vehicle_type)), "success")
        return redirect(url_for(".index"), 303)
    return render_form(
        "ops/vehicle_types/form.html",
        form,
        vehicle_type=vehicle_type,
        type_name=type_name,
        region=first_region(),
    )


def _save(
    form: VehicleTypeForm, name: str, vehicle_type: VehicleType, settings: TypeSettings
) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        settings,
        fill=lambda stored: type(form)(None, data=make_type_form_data(stored)),
        save=lambda stored: change_vehicle_type(
            name, vehicle_type, stored, form.make_settings(stored.labels), form.why.data or ""
        ),
        read=lambda: load_vehicle_types().find(vehicle_type),
    )
