"""The board of a city, and the table of several cities, for staff."""

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.fleet.board.numbers import list_numbers
from webapp.fleet.board.services import list_alerts, read_board, read_boards
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.urls import url_with_query

bp = Blueprint("board", __name__)

#: Parameters of the list of vehicles, which had this address before.
FORMER_ARGS = {"state", "after"}


@bp.get("/fleet")
@requires(Permission.VIEW_BOARD)
def index() -> ResponseReturnValue:
    """The numbers of a city, each with a link to what it counted; without a city in the address a
    table of all cities of the viewer."""
    if FORMER_ARGS & request.args.keys():
        return redirect(url_with_query("fleet.staff.index", request.args))
    cities = staff_cities(Permission.VIEW_BOARD)
    if "city" not in request.args and len(cities) > 1:
        boards = read_boards(cities)
        alerts = {city.name: list_alerts(current_user, city, boards[city.name]) for city in cities}
        return render_template(
            "fleet/board/cities.html", cities=cities, boards=boards, alerts=alerts
        )
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_BOARD)
    board = read_board(city)
    return render_template(
        "fleet/board/city.html",
        city=city,
        cities=cities,
        board=board,
        alerts=list_alerts(current_user, city, board),
    )


@bp.get("/fleet/board.json")
@requires(Permission.VIEW_BOARD)
def numbers() -> ResponseReturnValue:
    """The numbers of an open board, as the page shows them. An open page asks every few seconds;
    while nothing has changed the answer is a 304."""
    if "city" in request.args:
        cities = [staff_city_or_404(request.args["city"], Permission.VIEW_BOARD)]
    else:
        cities = staff_cities(Permission.VIEW_BOARD)
    response = jsonify(list_numbers(current_user, cities))
    response.add_etag(weak=True)  # the same whether compressed or not
    return response.make_conditional(request)
