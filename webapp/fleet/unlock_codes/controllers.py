"""The codes on vehicles: typing or scanning one, and printing labels with them."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from webapp.db.keys import RowKey
from webapp.db.paging import Page, time_cursor
from webapp.fleet.forms import CodeForm
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.vehicles import find_owner_vehicle
from webapp.fleet.unlock_codes import label_sheets
from webapp.fleet.unlock_codes import services as codes
from webapp.fleet.unlock_codes.services import parse_code
from webapp.forms import answer, blame
from webapp.web.access import only, public, signed_in, staff_city_or_404
from webapp.web.roles import Role
from webapp.web.security_headers import public_url

bp = Blueprint("unlock_codes", __name__)


@bp.get("/v")
@public
def enter() -> ResponseReturnValue:
    """Whoever stands before a vehicle types its code, and comes to its page."""
    form = CodeForm(request.args)
    if "code" in request.args and form.validate():
        return redirect(url_for(".show", code=parse_code(form.code.data)))
    return answer("fleet/unlock_codes/enter.html", form)


@bp.get("/v/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """What a scanned label leads to: the vehicle, its price, and the button that unlocks it."""
    viewer = current_user if current_user.is_authenticated else None
    try:
        met = codes.meet(code, viewer, request.remote_addr)
    except codes.NoSuchCode as refusal:
        form = CodeForm(MultiDict({"code": code}))
        blame(form, refusal)
        return answer("fleet/unlock_codes/enter.html", form)
    situation = met.situation(viewer)
    return render_template("fleet/unlock_codes/show.html", vehicle=met.vehicle, situation=situation)


# --- labels ------------------------------------------------------------------------------------


def label_of(vehicle: Vehicle) -> str:
    """Return the label of a vehicle as an image in SVG."""
    return label_sheets.label_svg(
        public_url("fleet.unlock_codes.show", code=vehicle.code), vehicle.code
    )


@bp.get("/vehicles/mine/<key:vehicle_key>/label.svg")
@signed_in
def owner_label(vehicle_key: RowKey) -> ResponseReturnValue:
    """An owner takes the label of a vehicle along as a file."""
    return _file(find_owner_vehicle(current_user.key, vehicle_key))


@bp.get("/fleet/vehicles/<key:vehicle_key>/label.svg")
@only(Role.FLEET)
def staff_label(vehicle_key: RowKey) -> ResponseReturnValue:
    """The same for staff of its city."""
    return _file(get_staff_vehicle_details(current_user, vehicle_key).vehicle)


def _file(vehicle: Vehicle) -> Response:
    headers = {"Content-Disposition": f'inline; filename="movr-{vehicle.code}.svg"'}
    return Response(label_of(vehicle), mimetype="image/svg+xml", headers=headers)


@bp.get("/vehicles/mine/labels")
@signed_in
def owner_label_sheet() -> ResponseReturnValue:
    """An owner prints labels for all vehicles of theirs, a sheet at a time."""
    after = time_cursor(request.args.get("after"))
    return _sheet(
        label_sheets.sheet_of_owner(current_user.key, after), url_for("fleet.owner.index")
    )


@bp.get("/fleet/labels")
@only(Role.FLEET)
def staff_label_sheet() -> ResponseReturnValue:
    """Staff do so for a city of theirs."""
    city = staff_city_or_404(request.args.get("city"))
    page = label_sheets.sheet_of_city(city, time_cursor(request.args.get("after")))
    return _sheet(page, url_for("fleet.staff.index", city=city.name), city=city.name)


def _sheet(page: Page[Vehicle], back: str, **question: str) -> ResponseReturnValue:
    drawn = [Markup(label_of(vehicle)) for vehicle in page.rows]  # noqa: S704  # nosec B704
    return render_template(
        "fleet/unlock_codes/label_sheet.html", page=page, labels=drawn, back=back, question=question
    )
