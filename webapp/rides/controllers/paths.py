"""What the running ride's page sends of its way, and what the receipt's map draws of it."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.rides.blueprint import bp
from webapp.rides.services import paths
from webapp.web.access import signed_in


@bp.get("/rides/path/<key:ride>")
@signed_in
def path(ride: RowKey) -> ResponseReturnValue:
    """A rider's own page draws where the ride went."""
    return jsonify(paths.path_of(current_user.key, ride))


@bp.post("/rides/path/<key:ride>")
@signed_in
def keep_path(ride: RowKey) -> ResponseReturnValue:
    """The page of a running ride tells where it went since the last time."""
    paths.keep(current_user.key, ride, paths.read_fixes(request.form.get("points", "")))
    return Response(status=204, mimetype="text/plain")  # or it would be an empty page
