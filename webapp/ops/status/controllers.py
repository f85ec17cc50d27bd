"""The status page, for admins of all cities."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.hooks import StatusLevel
from webapp.ops.status.checks import run_checks
from webapp.web.access import require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("status", __name__, url_prefix="/admin")


@bp.get("/status")
@requires(Permission.VIEW_STATUS)
def index() -> ResponseReturnValue:
    """What works and what does not; 404 for admins of some cities only."""
    require_all_cities(Permission.VIEW_STATUS)
    sections = run_checks()
    levels = [line.level for _, lines in sections for line in lines]
    counts = {level.value: levels.count(level) for level in StatusLevel}
    return render_template("ops/status.html", sections=sections, counts=counts)
