"""The path of a ride: sent by the running ride's page, drawn on the receipt's map."""

from flask import Blueprint, Response, jsonify, request
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.rides.services.path_points import parse_points
from webapp.rides.services.paths import append_points, read_path
from webapp.web.access import signed_in

bp = Blueprint("paths", __name__)


@bp.get("/rides/path/<key:ride_key>")
@signed_in
def show(ride_key: RowKey) -> Response:
    """Return the points of the rider's ride as JSON."""
    return jsonify(read_path(current_user.key, ride_key))


@bp.post("/rides/path/<key:ride_key>")
@signed_in
def append(ride_key: RowKey) -> Response:
    """Add points to the path of the rider's running ride."""
    append_points(current_user.key, ride_key, parse_points(request.form.get("points", "")))
    return Response(status=204, mimetype="text/plain")  # the default says HTML
