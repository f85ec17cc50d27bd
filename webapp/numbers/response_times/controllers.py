"""The page of response times, and its file."""

from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.fleet.queues.service_times import service_targets
from webapp.forms import render_form
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import Period
from webapp.numbers.forms import NumbersForm
from webapp.numbers.ranges import TimeRange
from webapp.numbers.response_times.csv_rows import COLUMNS, list_csv_rows
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.response_times.labels import ALL_LABELS, STEP_LABELS, SUBJECT_LABELS
from webapp.numbers.response_times.queries import (
    Times,
    list_kind_times,
    list_period_times,
    read_response_times,
)
from webapp.numbers.selection import select_city, select_range
from webapp.regions.models import City
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("response_times", __name__)


@bp.get("/fleet/numbers/response-times")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """How long reports and tasks of a city waited, beside the range before."""
    form = NumbersForm(request.args)
    city, time_range, times, hides_few = _read(form)
    targets = service_targets(city)
    return render_form(
        "numbers/response_times/index.html",
        form,
        city=city,
        time_range=time_range,
        kinds=list_kind_times(times, time_range),
        periods=list_period_times(times, time_range),
        targets={
            ResponseMetric.REPORT_FIRST_ACTION: targets.first_action,
            ResponseMetric.REPORT_ANSWER: targets.answer,
        },
        step_labels=STEP_LABELS,
        subject_labels=SUBJECT_LABELS,
        all_labels=ALL_LABELS,
        min_shown=MIN_RIDES_SHOWN,
        hides_few=hides_few,
    )


@bp.get("/fleet/numbers/response-times.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download the response times by day or month, and kind."""
    city, time_range, times, _ = _read(NumbersForm(request.args))
    rows = list_csv_rows(times, city, time_range.period)
    return attachment(as_csv(COLUMNS, rows), "movr-response-times.csv", "text/csv")


def _read(form: NumbersForm) -> tuple[City, TimeRange, dict[datetime, Times], bool]:
    """Return the city, the range of time, what was counted, and whether few are hidden."""
    city, hides_few = select_city(form)
    periods = [Period.MONTH] if hides_few else [Period.DAY, Period.MONTH]
    time_range = select_range(form, city, *periods, hides_few=hides_few)
    times = read_response_times(city, time_range, form.form_factor, hides_few=hides_few)
    return city, time_range, times, hides_few
