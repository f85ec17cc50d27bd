"""Writing the rollups of a city."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Delete, cast, delete, func, literal, select
from sqlalchemy.orm import Session

from webapp.db.inserts import Insert, insert, insert_rows
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.numbers.enums import Period
from webapp.numbers.models import Rollup
from webapp.numbers.periods import find_end
from webapp.numbers.rollups import SumsByPeriod
from webapp.regions.models import City


def replace_sums(city: City, period: Period, edges: Sequence[datetime], sums: SumsByPeriod) -> None:
    """Write the sums of the hours or days between the edges, and delete what was there."""
    rows = [
        {
            "region": city.region,
            "city": city.name,
            "period": period.value,
            "started_at": edges[index],
            "metric": key.metric.value,
            "dimension": key.dimension,
            "form_factor": key.form_factor,
            "value": value,
        }
        for (index, key), value in sums.items()
    ]

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, period, edges[0], edges[-1]))
        insert_rows(session, _keep_newest(insert(table(Rollup))), rows)

    run_transaction(work, idempotent=True)


def add_up_sums(city: City, period: Period, part: Period, start: datetime) -> None:
    """Write the sums of a day or month, from its hours or days."""
    rollups = table(Rollup)
    end = find_end(period, start, city.zone)
    columns = [rollups.c[name] for name in ("metric", "dimension", "form_factor")]
    key = [rollups.c.region, rollups.c.city, literal(period.value), literal(start), *columns]
    total = (
        select(*key, cast(func.sum(rollups.c.value), BigInteger))
        .where(*_period_conditions(city, part, start, end))
        .group_by(rollups.c.region, rollups.c.city, *columns)
    )

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, period, start, end))
        session.execute(_keep_newest(insert(rollups).from_select(list(rollups.c), total)))

    run_transaction(work, idempotent=True)


def _delete_statement(city: City, period: Period, start: datetime, end: datetime) -> Delete:
    return delete(table(Rollup)).where(*_period_conditions(city, period, start, end))


def _period_conditions(
    city: City, period: Period, start: datetime, end: datetime
) -> tuple[ColumnElement[bool], ...]:
    rollups = table(Rollup).c
    return (
        rollups.region == city.region,
        rollups.city == city.name,
        rollups.period == period.value,
        rollups.started_at >= start,
        rollups.started_at < end,
    )


def _keep_newest(statement: Insert) -> Insert:
    """Let the row that is written replace one that another process has written meanwhile."""
    return statement.on_conflict_do_update(
        index_elements=table(Rollup).primary_key.columns,
        set_={"value": statement.excluded.value},
    )
