"""The page of numbers, and its file."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.charts import make_chart
from webapp.forms import render_form
from webapp.numbers.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import Period
from webapp.numbers.forms import NumbersForm
from webapp.numbers.labels import FIGURE_LABELS
from webapp.numbers.overview import make_overview
from webapp.numbers.queries import read_totals
from webapp.numbers.selection import read_selection
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("numbers", __name__)


@bp.get("/fleet/numbers")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """The numbers of a city in a range of time, beside the range before."""
    form = NumbersForm(request.args)
    city, time_range, hides_few = read_selection(form)
    totals = read_totals(city, time_range, form.form_factor, hides_few=hides_few)
    overview = make_overview(totals, time_range, city, hides_few=hides_few)
    periods, series = overview.periods, range(len(overview.states))
    return render_form(
        "numbers/index.html",
        form,
        city=city,
        time_range=time_range,
        overview=overview,
        labels=FIGURE_LABELS,
        min_rides_shown=MIN_RIDES_SHOWN,
        is_unfinished=not hides_few or time_range.period is Period.MONTH,
        rides_chart=make_chart([[each.rides or 0 for each in periods]]),
        revenue_chart=make_chart([[each.revenue or 0 for each in periods]]),
        time_chart=make_chart([[each.shares[n] for each in periods] for n in series], 1),
    )


@bp.get("/fleet/numbers.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download the sums of which the numbers are made, by hour, day or month."""
    form = NumbersForm(request.args)
    city, time_range, hides_few = read_selection(form)
    totals = read_totals(city, time_range, form.form_factor, hides_few=hides_few)
    rows = list_csv_rows(totals, city, time_range.period)
    return attachment(as_csv(COLUMNS, rows), "movr-numbers.csv", "text/csv")
