"""Counting the half hours of unmet demand of each cell in a month, once a day."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.counted_months import list_months, list_open_months
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.periods import find_start
from webapp.numbers.unmet_demand.counting import DayDemand, count_half_hours
from webapp.numbers.unmet_demand.models import UnmetDemand, UnmetDemandMonth
from webapp.numbers.unmet_demand.queries import days_query
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere


def update_unmet_demand(city: City) -> None:
    """Count this month until its last midnight, the months that have just ended, and those that
    were never counted, the newest first."""
    if any(has_rows_elsewhere(table(each), city) for each in (UnmetDemand, UnmetDemandMonth)):
        return  # it is moving, and so are the days, and the months that are counted already
    row = db.session.execute(_progress_query(city)).one()
    if row.first_day_at is None:
        return
    today = find_start(Period.DAY, row.now, city.zone)
    for month in list_open_months(row.first_day_at, today, row.counted or (), city.zone):
        replace_unmet_demand(city, month, today)


def recompute_unmet_demand(city: City, first: datetime, now: datetime) -> None:
    """Count the months since a moment again."""
    today = find_start(Period.DAY, now, city.zone)
    for month in list_months(first, today, city.zone):
        replace_unmet_demand(city, month, today)


def replace_unmet_demand(city: City, month: datetime, until: datetime) -> None:
    """Count the half hours of a month.

    until: only of the days that began before.
    """
    query = days_query(city, month)
    days = [each for each in map(DayDemand._make, db.session.execute(query)) if each.day_at < until]
    key = {"region": city.region, "city": city.name, "month_at": month}
    rows = [{**key, **row} for row in _list_rows(days)]

    def work(session: Session) -> None:
        sums = table(UnmetDemandMonth)
        session.execute(
            delete(sums).where(
                sums.c.region == city.region,
                sums.c.city == city.name,
                # All values of both, so that the rows are found by the primary key.
                sums.c.hides_few.in_((False, True)),
                sums.c.form_factor.in_((ALL_TYPES, *(each.value for each in FormFactor))),
                sums.c.month_at == month,
            )
        )
        # Another process may have written the same meanwhile.
        statement = upsert(sums, "half_hours", lambda _stored, new: new)
        insert_rows(session, statement, rows)

    run_transaction(work, idempotent=True)


def _list_rows(days: Sequence[DayDemand]) -> Iterator[dict[str, Any]]:  # Any: values of columns
    """Yield the rows of a month, without the columns that are the same in all."""
    by_type: dict[str, Sequence[DayDemand]] = {ALL_TYPES: days}
    for form_factor in {each.form_factor for each in days} - {ALL_TYPES}:
        by_type[form_factor] = [each for each in days if each.form_factor == form_factor]
    for form_factor, of_type in by_type.items():
        for hides_few in (False, True):
            for cell, half_hours in count_half_hours(of_type, hides_few=hides_few).items():
                yield {
                    "hides_few": hides_few,
                    "form_factor": form_factor,
                    "cell": cell,
                    "half_hours": half_hours,
                }


# Any: moments that may be NULL, and an array.
def _progress_query(city: City) -> Select[Any]:
    """Return the query of when it is, which day is the first one, and which months are counted."""
    days, sums = table(UnmetDemand).c, table(UnmetDemandMonth).c
    first_day = (
        select(func.min(days.day_at))
        .where(days.region == city.region, days.city == city.name)
        .scalar_subquery()
    )
    counted = (
        select(func.array_agg(sums.month_at.distinct()))
        .where(
            sums.region == city.region,
            sums.city == city.name,
            ~sums.hides_few,
            sums.form_factor == ALL_TYPES,
        )
        .scalar_subquery()
    )
    return select(
        func.now().label("now"), first_day.label("first_day_at"), counted.label("counted")
    )
