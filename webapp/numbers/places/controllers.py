"""The page of places with its map, and its file."""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.forms import render_form
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.places.csv_rows import (
    CELL_COLUMNS,
    FLOW_COLUMNS,
    list_cell_rows,
    list_flow_rows,
)
from webapp.numbers.places.enums import PlaceView
from webapp.numbers.places.forms import PlacesForm
from webapp.numbers.places.labels import VIEW_LABELS
from webapp.numbers.places.map_layer import (
    describe_rides,
    list_hexagons,
    list_lines,
    make_levels,
)
from webapp.numbers.places.queries import CellCount, FlowCount, read_cells, read_flows
from webapp.numbers.places.tables import list_table_rows
from webapp.numbers.selection import select_city, select_months
from webapp.regions.models import City
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("places", __name__)


class _Places(NamedTuple):
    city: City
    month_at: datetime
    cells: list[CellCount]
    flows: list[FlowCount]
    hides_few: bool


@bp.get("/fleet/numbers/places")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """Where rides of a month started or ended, or between which places, beside the month before."""
    form = PlacesForm(request.args)
    places = _read(form)
    rows = list_table_rows(form.view, places.cells, places.flows)
    levels = make_levels([row.rides for row in rows])
    if form.view is PlaceView.FLOWS:
        shapes = list_lines(places.flows, levels)
    else:
        shapes = list_hexagons({row.cells[0]: row.rides for row in rows}, levels, describe_rides)
    return render_form(
        "numbers/places/index.html",
        form,
        city=places.city,
        month_at=places.month_at,
        period=Period.MONTH,
        rows=rows,
        levels=levels,
        shapes=shapes,
        view_labels=VIEW_LABELS,
        min_shown=MIN_RIDES_SHOWN,
        hides_few=places.hides_few,
    )


@bp.get("/fleet/numbers/places.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download the rides of each cell of a month, or of the most frequent pairs of cells."""
    form = PlacesForm(request.args)
    city, month_at, cells, flows, _ = _read(form)
    if form.view is PlaceView.FLOWS:
        parts = as_csv(FLOW_COLUMNS, list_flow_rows(flows, city, month_at))
    else:
        parts = as_csv(CELL_COLUMNS, list_cell_rows(cells, city, month_at))
    return attachment(parts, f"movr-{form.view}.csv", "text/csv")


def _read(form: PlacesForm) -> _Places:
    """Return the cells or the pairs of cells of the month that was chosen."""
    city, hides_few = select_city(form)
    months = select_months(form, city, hides_few=hides_few)
    form_factor = form.form_factor or ALL_TYPES
    cells, flows = list[CellCount](), list[FlowCount]()
    if form.view is PlaceView.FLOWS:
        flows = read_flows(city, months, form_factor, hides_few=hides_few)
    else:
        cells = read_cells(city, months, form_factor, hides_few=hides_few)
    return _Places(city, months[1], cells, flows, hides_few)
