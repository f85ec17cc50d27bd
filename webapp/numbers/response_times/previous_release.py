"""The response times that the release before has written: rows of ``rollup_totals``, one for each
bucket of duration. The next release deletes them."""

from collections import Counter, defaultdict
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.models import RollupTotal
from webapp.numbers.periods import find_end, list_starts
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.response_times.services import insert_counts, to_array
from webapp.regions.models import City

#: What identifies a row of ``response_times``, but the kind.
KEY_NAMES = ("region", "city", "hides_few", "form_factor", "period", "started_at", "metric")


def copy_previous_release_rows(city: City, first: datetime, end: datetime) -> None:
    """Write the response times of the months from the one of ``first`` to before ``end`` from these
    rows: the reports and tasks that they were made of may be deleted."""
    for month in list_starts(Period.MONTH, first, end, city.zone):
        counts: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)  # Any: several types
        for *key, dimension, value in db.session.execute(previous_release_rows_query(city, month)):
            kind, _, bucket = dimension.partition(":")
            counts[*key, kind][int(bucket)] = value
        names = (*KEY_NAMES, "kind")
        rows = [
            {**dict(zip(names, key, strict=True)), "counts": to_array(each)}
            for key, each in counts.items()
        ]
        run_transaction(partial(insert_counts, rows=rows), idempotent=True)


def previous_release_rows_query(
    city: City, month: datetime
) -> Select[Any]:  # Any: of several types
    """Return the query of these rows of a month and its days."""
    totals = table(RollupTotal).c
    return select(*(totals[name] for name in (*KEY_NAMES, "dimension", "value"))).where(
        totals.region == city.region,
        totals.city == city.name,
        # All values of each, so that the rows are found by the primary key.
        totals.hides_few.in_((False, True)),
        totals.form_factor.in_((ALL_TYPES, *(each.value for each in FormFactor))),
        totals.period.in_((Period.DAY.value, Period.MONTH.value)),
        totals.metric.in_([each.value for each in ResponseMetric]),
        totals.started_at >= month,
        totals.started_at < find_end(Period.MONTH, month, city.zone),
    )
