"""The page of unmet demand with its map, and its file."""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.forms import render_form
from webapp.numbers.enums import Period
from webapp.numbers.forms import MonthForm
from webapp.numbers.places.map_layer import list_hexagons, make_levels
from webapp.numbers.selection import select_city, select_months
from webapp.numbers.unmet_demand.counting import MIN_HALF_HOURS_SHOWN
from webapp.numbers.unmet_demand.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.unmet_demand.labels import describe_half_hours
from webapp.numbers.unmet_demand.queries import CellDemand, read_unmet_demand
from webapp.regions.models import City
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("unmet_demand", __name__)


class _Demand(NamedTuple):
    city: City
    month_at: datetime
    cells: list[CellDemand]
    hides_few: bool


@bp.get("/fleet/numbers/unmet-demand")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """Where people looked for a vehicle in a month and none was near, beside the month before."""
    form = MonthForm(request.args)
    demand = _read(form)
    counts = {each.cell: each.half_hours for each in demand.cells if each.half_hours}
    levels = make_levels(counts.values())
    return render_form(
        "numbers/unmet_demand/index.html",
        form,
        city=demand.city,
        month_at=demand.month_at,
        period=Period.MONTH,
        cells=demand.cells,
        levels=levels,
        shapes=list_hexagons(counts, levels, describe_half_hours),
        min_shown=MIN_HALF_HOURS_SHOWN,
        hides_few=demand.hides_few,
    )


@bp.get("/fleet/numbers/unmet-demand.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download the half hours with unmet demand in each cell of a month."""
    demand = _read(MonthForm(request.args))
    rows = list_csv_rows(demand.cells, demand.city, demand.month_at)
    return attachment(as_csv(COLUMNS, rows), "movr-unmet-demand.csv", "text/csv")


def _read(form: MonthForm) -> _Demand:
    city, hides_few = select_city(form)
    months = select_months(form, city, hides_few=hides_few)
    cells = read_unmet_demand(city, months, form.form_factor, hides_few=hides_few)
    return _Demand(city, months[1], cells, hides_few)
