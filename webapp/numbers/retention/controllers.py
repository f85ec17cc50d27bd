"""The page of retention, and its file."""

from datetime import UTC, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.forms import render_form
from webapp.numbers.enums import Period
from webapp.numbers.forms import CityForm
from webapp.numbers.ranges import RangeName, make_range
from webapp.numbers.retention.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.retention.queries import MIN_RIDERS_SHOWN, Cohort, read_cohorts
from webapp.numbers.selection import select_city
from webapp.regions.models import City
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("retention", __name__)


@bp.get("/fleet/numbers/retention")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """Which share of the riders who began in a month rode in the months after it."""
    form = CityForm(request.args)
    city, cohorts, hides_few = _read(form)
    return render_form(
        "numbers/retention/index.html",
        form,
        city=city,
        cohorts=cohorts,
        month=Period.MONTH,
        min_shown=MIN_RIDERS_SHOWN,
        hides_few=hides_few,
    )


@bp.get("/fleet/numbers/retention.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download how many riders of each month rode in the months after it."""
    city, cohorts, _ = _read(CityForm(request.args))
    rows = list_csv_rows(cohorts, city)
    return attachment(as_csv(COLUMNS, rows), "movr-retention.csv", "text/csv")


def _read(form: CityForm) -> tuple[City, list[Cohort], bool]:
    """Return the city, the cohorts of the last twelve months that are over, and whether few are
    hidden."""
    city, hides_few = select_city(form)
    form.validate()
    time_range = make_range(RangeName.YEAR, city, datetime.now(UTC))
    months = [*time_range.previous_starts[-1:], *time_range.starts[:-1]]
    return city, read_cohorts(city, months, hides_few=hides_few), hides_few
