"""Writing ``rollup_totals``, which the pages read: from rollups, and from what is counted by day
only; and what is counted in other tables by day and month, at the same times."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    String,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from webapp.db.inserts import Insert, insert, insert_rows
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.enums import FormFactor
from webapp.numbers.day_suppression import DAY_AND_DELAY, publishable_days_query
from webapp.numbers.enums import ALL_TYPES, DayMetric, Period
from webapp.numbers.models import Rollup, RollupTotal
from webapp.numbers.month_suppression import is_month_shown, suppress_small_counts
from webapp.numbers.periods import find_end, find_start, list_starts
from webapp.numbers.queries import TOTAL_METRICS
from webapp.numbers.refunds import read_refunds
from webapp.numbers.response_times.services import replace_response_times
from webapp.numbers.rollups import MetricKey, SumsByPeriod
from webapp.regions.models import City

#: A day of one type: when it began, metric, dimension, type, value.
DaySums = Select[tuple[datetime, str, str, str, int]]


def replace_totals(city: City, first: datetime, end: datetime, now: datetime) -> None:
    """Write the totals of the days and months from ``first`` to before ``end`` again, from the
    rollups of days: the newest month first.

    now: until when all that happened is in rollups.
    """
    # What was not over at the last run may be shown now.
    first_day = find_start(Period.DAY, first - DAY_AND_DELAY, city.zone)
    for month in reversed(list_starts(Period.MONTH, first_day, end, city.zone)):
        _replace_month(city, month, first_day, now)


def _replace_month(city: City, month: datetime, first_day: datetime, now: datetime) -> None:
    """Write the totals of the days of a month since ``first_day``, and of the month."""
    month_end = find_end(Period.MONTH, month, city.zone)
    days = (max(month, first_day), month_end)
    edges = [*list_starts(Period.DAY, *days, city.zone), month_end]
    rows = _list_rows(city, edges, read_refunds(city, edges))

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, Period.DAY, *days))
        for hides_few, query in (
            (False, _all_days_query(city, *days)),
            (True, publishable_days_query(city, *days, now)),
        ):
            session.execute(_insert_days_statement(city, query, hides_few=hides_few))
        insert_rows(session, _keep_newest(insert(table(RollupTotal))), rows)
        session.execute(_delete_statement(city, Period.MONTH, month, month_end))
        session.execute(_insert_month_statement(city, month, month_end))
        if is_month_shown(month_end, now):
            _insert_shown_month(session, city, month)

    run_transaction(work, idempotent=True)
    replace_response_times(city, edges, month, now)


def _insert_shown_month(session: Session, city: City, month: datetime) -> None:
    """Write what may be shown of a month to those who may not see persons, of what days have too
    few of."""
    sums = {
        MetricKey(DayMetric(metric), *key): value
        for metric, *key, value in session.execute(_day_metrics_query(city, month))
    }
    rows = [
        _make_row(city, Period.MONTH, month, key, value, hides_few=True)
        for key, value in suppress_small_counts(sums).items()
    ]
    insert_rows(session, _keep_newest(insert(table(RollupTotal))), rows)


def _day_metrics_query(city: City, month: datetime) -> Select[tuple[str, str, str, int]]:
    """Return the query of what is counted by day only, of a month and each type."""
    totals = table(RollupTotal).c
    return select(totals.metric, totals.dimension, totals.form_factor, totals.value).where(
        totals.region == city.region,
        totals.city == city.name,
        totals.hides_few.in_((False,)),
        totals.form_factor.in_([each.value for each in FormFactor]),
        totals.period == Period.MONTH.value,
        totals.started_at == month,
        totals.metric.in_([each.value for each in DayMetric]),
    )


def _list_rows(city: City, edges: Sequence[datetime], sums: SumsByPeriod) -> list[dict[str, Any]]:
    """Return the rows of days, of each type and of all types.

    edges: when the days begin, and at last when the last one ends.
    """
    totals = SumsByPeriod()
    for (index, key), value in sums.items():
        totals[index, key] += value
        totals[index, key._replace(form_factor=ALL_TYPES)] += value
    return [
        _make_row(city, Period.DAY, edges[index], key, value, hides_few=False)
        for (index, key), value in totals.items()
    ]


# Any: values of several types.
def _make_row(
    city: City, period: Period, start: datetime, key: MetricKey, value: int, *, hides_few: bool
) -> dict[str, Any]:
    return {
        "region": city.region,
        "city": city.name,
        "hides_few": hides_few,
        "period": period.value,
        "started_at": start,
        "metric": key.metric.value,
        "dimension": key.dimension,
        "form_factor": key.form_factor,
        "value": value,
    }


def _all_days_query(city: City, first: datetime, end: datetime) -> DaySums:
    days = table(Rollup).c
    return select(days.started_at, days.metric, days.dimension, days.form_factor, days.value).where(
        days.region == city.region,
        days.city == city.name,
        days.period == Period.DAY.value,
        days.started_at >= first,
        days.started_at < end,
    )


def _insert_days_statement(city: City, query: DaySums, *, hides_few: bool) -> Insert:
    """Return the statement that writes the sums of each type and of all types together."""
    by_type = query.cte("by_type")
    started_at, metric, dimension, form_factor, value = by_type.c
    all_types = select(
        started_at, metric, dimension, literal(ALL_TYPES, String), cast(func.sum(value), BigInteger)
    ).group_by(started_at, metric, dimension)
    rows = union_all(select(started_at, metric, dimension, form_factor, value), all_types)
    columns = rows.subquery("days").c
    return _insert_statement(
        select(
            literal(city.region, table(RollupTotal).c.region.type),
            literal(city.name),
            literal(hides_few),
            literal(Period.DAY.value),
            *columns,
        )
    )


def _insert_month_statement(city: City, month: datetime, end: datetime) -> Insert:
    totals = table(RollupTotal).c
    key = (totals.hides_few, totals.metric, totals.dimension, totals.form_factor)
    return _insert_statement(
        select(
            totals.region,
            totals.city,
            totals.hides_few,
            literal(Period.MONTH.value),
            literal(month),
            *key[1:],
            cast(func.sum(totals.value), BigInteger),
        )
        .where(*_totals_conditions(city, Period.DAY, month, end))
        .group_by(totals.region, totals.city, *key)
    )


def _insert_statement(query: Select[tuple[object, ...]]) -> Insert:
    names = (
        "region", "city", "hides_few", "period", "started_at", "metric", "dimension",
        "form_factor", "value",
    )  # fmt: skip
    return _keep_newest(insert(table(RollupTotal)).from_select(list(names), query))


def _keep_newest(statement: Insert) -> Insert:
    """Let the row that is written replace one that another process has written meanwhile."""
    return statement.on_conflict_do_update(
        index_elements=table(RollupTotal).primary_key.columns,
        set_={"value": statement.excluded.value},
    )


def _delete_statement(city: City, period: Period, start: datetime, end: datetime) -> Delete:
    return delete(table(RollupTotal)).where(*_totals_conditions(city, period, start, end))


def _totals_conditions(
    city: City, period: Period, start: datetime, end: datetime
) -> Iterator[ColumnElement[bool]]:
    totals = table(RollupTotal).c
    yield totals.region == city.region
    yield totals.city == city.name
    # All values of each, so that the rows are found by the primary key.
    yield totals.hides_few.in_((False, True))
    yield totals.form_factor.in_((ALL_TYPES, *(each.value for each in FormFactor)))
    yield totals.period == period.value
    yield totals.metric.in_(TOTAL_METRICS)
    yield totals.started_at >= start
    yield totals.started_at < end
