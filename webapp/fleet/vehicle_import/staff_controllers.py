"""Where staff upload a file with vehicles of the operator, and confirm it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.db.keys import RowKey
from webapp.fleet.vehicle_import.controllers import (
    MAX_REQUEST_BYTES,
    handle_confirmation,
    handle_upload,
)
from webapp.web.access import requires, staff_city_or_404
from webapp.web.request_limits import accepts_files
from webapp.web.roles import Permission

bp = Blueprint("staff_vehicle_import", __name__, url_prefix="/fleet/vehicles/import")


@bp.route("", methods=["GET", "POST"])
@requires(Permission.MANAGE_VEHICLES)
@accepts_files(MAX_REQUEST_BYTES)
def upload() -> ResponseReturnValue:
    """Staff upload a file with vehicles of the operator; see what is wrong in it, or its
    preview."""
    city = staff_city_or_404(request.args.get("city"), Permission.MANAGE_VEHICLES)
    return handle_upload(city, is_operator_fleet=True)


@bp.post("/<key:import_key>/confirm")
@requires(Permission.MANAGE_VEHICLES)
def confirm(import_key: RowKey) -> ResponseReturnValue:
    """Staff add all vehicles of the operator of a file that was shown."""
    return handle_confirmation(import_key, is_operator_fleet=True)
