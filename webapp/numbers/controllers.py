"""The page of numbers, and its file."""

from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.forms import city_choices, render_form
from webapp.numbers.charts import make_chart
from webapp.numbers.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.forms import NumbersForm
from webapp.numbers.labels import FIGURE_LABELS, SHARE_STATES
from webapp.numbers.overview import read_overview
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import make_range
from webapp.regions.models import City
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("numbers", __name__)


@bp.get("/fleet/numbers")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """The numbers of a city in a range of time, beside the range before."""
    form = NumbersForm(request.args)
    city = _read_city(form)
    time_range = make_range(form.range_name, city, datetime.now(UTC))
    overview = read_overview(city, time_range, form.form_factor, hides_few=_hides_few(city))
    periods = overview.periods
    return render_form(
        "numbers/index.html",
        form,
        city=city,
        time_range=time_range,
        overview=overview,
        labels=FIGURE_LABELS,
        states=SHARE_STATES,
        rides_chart=make_chart([[each.rides or 0 for each in periods]]),
        revenue_chart=make_chart([[each.revenue or 0 for each in periods]]),
        time_chart=make_chart(
            [[each.shares[number] for each in periods] for number in range(len(SHARE_STATES))], 1
        ),
    )


@bp.get("/fleet/numbers.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download the sums of which the numbers are made, by hour, day or month."""
    form = NumbersForm(request.args)
    city = _read_city(form)
    time_range = make_range(form.range_name, city, datetime.now(UTC))
    first, end = time_range.starts[0], time_range.end
    totals = read_totals(city, time_range.period, first, end, form.form_factor)
    rows = list_csv_rows(totals, city, time_range.period, hides_few=_hides_few(city))
    return attachment(as_csv(COLUMNS, rows), "movr-numbers.csv", "text/csv")


def _read_city(form: NumbersForm) -> City:
    form.city.choices = city_choices(staff_cities(Permission.VIEW_NUMBERS))
    city = staff_city_or_404(form.city.data, Permission.VIEW_NUMBERS)
    form.city.data = city.name
    form.validate()
    return city


def _hides_few(city: City) -> bool:
    return not current_user.has_permission(Permission.VIEW_RIDERS, city.name)
