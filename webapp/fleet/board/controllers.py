"""The board of a city, for staff."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.fleet.board.services import list_alerts, read_board
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("board", __name__)

#: Parameters of the list of vehicles, which had this address before.
FORMER_ARGS = {"state", "after"}


@bp.get("/fleet")
@requires(Permission.VIEW_BOARD)
def index() -> ResponseReturnValue:
    """The numbers of a city: vehicles by state and type, each with a link to the list of them."""
    if FORMER_ARGS & request.args.keys():
        return redirect(url_for("fleet.staff.index", **request.args.to_dict()))  # type: ignore[arg-type]
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_BOARD)
    board = read_board(city)
    return render_template(
        "fleet/board/city.html",
        city=city,
        cities=staff_cities(Permission.VIEW_BOARD),
        board=board,
        alerts=list_alerts(current_user, city, board),
    )
