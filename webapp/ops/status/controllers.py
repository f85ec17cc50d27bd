"""The status page, for admins of all cities."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.hooks import StatusLevel
from webapp.ops.status.checks import run_checks
from webapp.web.access import only
from webapp.web.roles import Role

bp = Blueprint("status", __name__, url_prefix="/admin")


@bp.get("/status")
@only(Role.ADMIN)
def index() -> ResponseReturnValue:
    """What works and what does not; 404 for admins of some cities only."""
    if current_user.cities_with_role(Role.ADMIN) is not None:
        abort(404)
    sections = run_checks()
    levels = [line.level for _, lines in sections for line in lines]
    counts = {level.value: levels.count(level) for level in StatusLevel}
    return render_template("ops/status.html", sections=sections, counts=counts)
