"""The page of usage, and its file."""

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from webapp.forms import render_form
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import Period
from webapp.numbers.forms import NumbersForm
from webapp.numbers.ranges import TimeRange
from webapp.numbers.selection import select_city, select_range
from webapp.numbers.usage.enums import FUNNEL, OTHER_STEPS, FunnelStep
from webapp.numbers.usage.labels import STEP_LABELS
from webapp.numbers.usage.queries import StepCount, read_usage
from webapp.regions.models import City
from webapp.web.access import requires
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("usage", __name__)
COLUMNS = ("city", "since", "step", "number")


@bp.get("/fleet/numbers/usage")
@requires(Permission.VIEW_NUMBERS)
def index() -> ResponseReturnValue:
    """How many people came how far from a look at the map to their second ride, beside the range
    before."""
    form = NumbersForm(request.args)
    city, time_range, counts, hides_few = _read(form)
    return render_form(
        "numbers/usage/index.html",
        form,
        city=city,
        time_range=time_range,
        funnel=[counts[step] for step in FUNNEL],
        other_steps=[counts[step] for step in OTHER_STEPS],
        labels=STEP_LABELS,
        counts_usage=current_app.config["COUNT_USAGE"],
        min_shown=MIN_RIDES_SHOWN,
        hides_few=hides_few,
    )


@bp.get("/fleet/numbers/usage.csv")
@requires(Permission.VIEW_NUMBERS)
def download_csv() -> ResponseReturnValue:
    """Download how often each step was taken in the range, and in the range before."""
    city, time_range, counts, _ = _read(NumbersForm(request.args))
    rows = [
        {
            "city": city.name,
            "since": starts[0].astimezone(city.zone),
            "step": count.step.value,
            "number": "few" if number is None else number,
        }
        for count in counts.values()
        for starts, number in (
            (time_range.previous_starts, count.previous),
            (time_range.starts, count.number),
        )
    ]
    return attachment(as_csv(COLUMNS, rows), "movr-usage.csv", "text/csv")


def _read(
    form: NumbersForm,
) -> tuple[City, TimeRange, dict[FunnelStep, StepCount], bool]:
    """Return the city, the range of time, the counts, and whether few are hidden."""
    city, hides_few = select_city(form)
    periods = [Period.MONTH] if hides_few else [Period.DAY, Period.MONTH]
    time_range = select_range(form, city, *periods, hides_few=hides_few)
    return city, time_range, read_usage(city, time_range, hides_few=hides_few), hides_few
