"""The numbers of a city, as its file has them."""

from datetime import datetime
from typing import Annotated

from flask import Blueprint
from msgspec import Meta
from werkzeug.datastructures import MultiDict

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body, Timestamp, in_utc
from webapp.errors import NotFound
from webapp.fleet.enums import FormFactor
from webapp.numbers.forms import NumbersForm
from webapp.numbers.queries import Totals, read_totals
from webapp.numbers.ranges import RangeName
from webapp.numbers.selection import read_selection
from webapp.web.access import requires, requires_scope
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

bp = Blueprint("api_numbers", __name__, url_prefix=f"{V1}/fleet/numbers")


class NumberParameters(Body):
    """Which numbers."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    range: Annotated[RangeName, Meta(description="The last one is not over.")] = RangeName.MONTH
    form_factor: Annotated[FormFactor | None, Meta(description="As in GBFS.")] = None


class Figure(Answer):
    """One number of a period."""

    started_at: Annotated[Timestamp, Meta(description="When the period began.")]
    metric: Annotated[str, Meta(description="As in the file: docs/numbers.md.")]
    dimension: str
    value: int


class Numbers(Answer):
    """The numbers of a city in a range of time, and in the range before."""

    city: str
    period: Annotated[str, Meta(description="hour, day or month.")]
    started_at: Annotated[Timestamp, Meta(description="When the range before began.")]
    ended_at: Timestamp
    hides_few: Annotated[
        bool, Meta(description="Whether few rides are left out: the account may see no persons.")
    ]
    figures: Annotated[list[Figure], Meta(description="By time, metric and dimension.")]


@bp.get("")
@requires(Permission.VIEW_NUMBERS)
@requires_scope(Scope.FLEET_READ)
@operation(
    Numbers,
    query=NumberParameters,
    query_example=NumberParameters(range=RangeName.WEEK),
    problems=(NotFound,),
)
def show(query: NumberParameters) -> Numbers:
    """Show the numbers of a city.

    Who may see no persons gets days and months only, without few rides.
    """
    chosen = {"city": query.city, "type": query.form_factor or "", "range": query.range}
    form = NumbersForm(MultiDict({name: value for name, value in chosen.items() if value}))
    city, time_range, hides_few = read_selection(form)
    totals = read_totals(city, time_range, form.form_factor, hides_few=hides_few)
    return Numbers(
        city=city.name,
        period=time_range.period.value,
        started_at=in_utc(time_range.previous_starts[0]),
        ended_at=in_utc(time_range.end),
        hides_few=hides_few,
        figures=_list_figures(totals),
    )


def _list_figures(totals: dict[datetime, Totals]) -> list[Figure]:
    return [
        Figure(started_at=in_utc(started_at), metric=metric, dimension=dimension, value=value)
        for started_at, values in sorted(totals.items())
        for (metric, dimension), value in sorted(values.items())
    ]
