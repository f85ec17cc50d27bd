"""The codes on vehicles: typing or scanning one, and printing labels with them."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.vehicles import find_owner_vehicle
from webapp.fleet.unlock_codes import label_sheets
from webapp.fleet.unlock_codes import services as codes
from webapp.fleet.unlock_codes.forms import CodeForm
from webapp.fleet.unlock_codes.services import parse_code
from webapp.fleet.unlock_codes.signatures import sign_code
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import find_visitors_region
from webapp.web.access import public, requires, signed_in, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.security_headers import allow_camera
from webapp.web.urls import public_url

bp = Blueprint("unlock_codes", __name__)


@bp.get("/v")
@public
def enter() -> ResponseReturnValue:
    """A form for the code of a vehicle; leads to the vehicle."""
    form = CodeForm(request.args)
    if "code" in request.args and form.validate():
        return redirect(url_for(".show", code=str(parse_code(form.code.data))))
    return _render_code_form(form)


@bp.get("/v/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """The vehicle with this code, its price, and the button that unlocks it; labels lead here."""
    viewer = current_user if current_user.is_authenticated else None
    try:
        lookup = codes.find_vehicle_by_code(
            code, viewer, request.remote_addr, find_visitors_region()
        )
    except (codes.NoSuchCode, codes.SeveralVehicles) as error:
        form = CodeForm(MultiDict({"code": code}))
        add_refusal(form, error)
        return _render_code_form(form)
    return render_template(
        "fleet/unlock_codes/show.html",
        vehicle=lookup.vehicle,
        situation=lookup.situation(viewer),
    )


def _render_code_form(form: CodeForm) -> ResponseReturnValue:
    allow_camera()  # the page can scan a label
    return render_form("fleet/unlock_codes/enter.html", form, code_length=codes.CODE_LENGTH)


# --- labels ------------------------------------------------------------------------------------


def render_vehicle_label(vehicle: Vehicle) -> str:
    """Return the label of a vehicle as an image in SVG."""
    url = public_url("fleet.unlock_codes.show", code=f"{vehicle.region}.{sign_code(vehicle.code)}")
    return label_sheets.render_label(url, vehicle.code)


@bp.get("/vehicles/mine/<key:vehicle_key>/label.svg")
@signed_in
def owner_label(vehicle_key: RowKey) -> ResponseReturnValue:
    """The label of an owner's vehicle, as a file."""
    return _svg_response(find_owner_vehicle(current_user.key, vehicle_key))


@bp.get("/fleet/vehicles/<key:vehicle_key>/label.svg")
@requires(Permission.VIEW_VEHICLES)
def staff_label(vehicle_key: RowKey) -> ResponseReturnValue:
    """The label of a vehicle for staff of its city, as a file."""
    return _svg_response(get_staff_vehicle_details(current_user, vehicle_key).vehicle)


def _svg_response(vehicle: Vehicle) -> Response:
    headers = {"Content-Disposition": f'inline; filename="movr-{vehicle.code}.svg"'}
    return Response(render_vehicle_label(vehicle), mimetype="image/svg+xml", headers=headers)


@bp.get("/vehicles/mine/labels")
@signed_in
def owner_label_sheet() -> ResponseReturnValue:
    """Labels of all vehicles of an owner, one sheet a page."""
    after = read_time_cursor(request.args.get("after"))
    return _render_sheet(
        label_sheets.list_owner_sheet(current_user.key, after), url_for("fleet.owner.index")
    )


@bp.get("/fleet/labels")
@requires(Permission.VIEW_VEHICLES)
def staff_label_sheet() -> ResponseReturnValue:
    """Labels of all vehicles of a city, one sheet a page."""
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_VEHICLES)
    page = label_sheets.list_city_sheet(city, read_time_cursor(request.args.get("after")))
    return _render_sheet(page, url_for("fleet.staff.index", city=city.name), city=city.name)


def _render_sheet(page: Page[Vehicle], back_url: str, **query_args: str) -> ResponseReturnValue:
    labels = [Markup(render_vehicle_label(vehicle)) for vehicle in page.rows]  # noqa: S704
    return render_template(
        "fleet/unlock_codes/label_sheet.html",
        page=page,
        labels=labels,
        label_format=label_sheets.LABEL_FORMAT,
        back_url=back_url,
        query_args=query_args,
    )
