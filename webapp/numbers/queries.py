"""What the pages of numbers read."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, cast, func, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import Metric, Period
from webapp.numbers.models import Rollup
from webapp.regions.models import City

#: Values by metric and dimension.
Totals = Counter[tuple[str, str]]


def read_totals(
    city: City,
    period: Period,
    first: datetime,
    end: datetime,
    form_factor: FormFactor | None = None,
) -> dict[datetime, Totals]:
    """Return the sums of a city by period, for those that begin from ``first`` to before ``end``.

    form_factor: only of vehicles of this type.
    """
    rollups = table(Rollup).c
    key = (rollups.started_at, rollups.metric, rollups.dimension)
    query = (
        select(*key, cast(func.sum(rollups.value), BigInteger))
        .where(
            rollups.region == city.region,
            rollups.city == city.name,
            rollups.period == period.value,
            rollups.started_at >= first,
            rollups.started_at < end,
        )
        .group_by(*key)
    )
    if form_factor:
        query = query.where(rollups.form_factor == form_factor.value)
    totals: dict[datetime, Totals] = {}
    for started_at, metric, dimension, value in db.session.execute(query):
        totals.setdefault(started_at, Totals())[metric, dimension] = value
    return totals


def add_up(totals: dict[datetime, Totals], starts: Sequence[datetime]) -> Totals:
    """Return the sums over some periods."""
    return sum((totals.get(start, Totals()) for start in starts), Totals())


def sum_of(totals: Totals, metric: Metric) -> int:
    """Return the sum of a metric over its dimensions."""
    return sum(value for (name, _), value in totals.items() if name == metric)
