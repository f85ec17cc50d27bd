"""The page of numbers, and its file."""

from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.charts import make_chart
from webapp.forms import city_choices, render_form
from webapp.numbers.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.enums import Period
from webapp.numbers.forms import NumbersForm
from webapp.numbers.labels import FIGURE_LABELS
from webapp.numbers.overview import make_overview
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import TimeRange, make_range
from webapp.numbers.shown_days import DAY_AND_DELAY, MIN_RIDES_SHOWN
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
    city, hides_few = _read_form(form)
    time_range = _make_range(form, city, hides_few=hides_few)
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
    city, hides_few = _read_form(form)
    time_range = _make_range(form, city, hides_few=hides_few)
    totals = read_totals(city, time_range, form.form_factor, hides_few=hides_few)
    rows = list_csv_rows(totals, city, time_range.period)
    return attachment(as_csv(COLUMNS, rows), "movr-numbers.csv", "text/csv")


def _read_form(form: NumbersForm) -> tuple[City, bool]:
    """Return the city, and whether few rides are hidden: from those who may not see persons."""
    form.city.choices = city_choices(staff_cities(Permission.VIEW_NUMBERS))
    city = staff_city_or_404(form.city.data, Permission.VIEW_NUMBERS)
    form.city.data = city.name
    hides_few = not current_user.has_permission(Permission.VIEW_RIDERS, city.name)
    if hides_few:
        form.hide_hours()
    form.validate()
    return city, hides_few


def _make_range(form: NumbersForm, city: City, *, hides_few: bool) -> TimeRange:
    now = datetime.now(UTC)
    return make_range(form.range_name, city, now - DAY_AND_DELAY if hides_few else now)
