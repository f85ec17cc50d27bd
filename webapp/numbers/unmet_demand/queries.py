"""In how many half hours of a month demand was not met, by cell, beside the month before."""

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import DateTime, Select, cast, literal, null, select, union_all

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.periods import find_end
from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.unmet_demand.counting import DayDemand, count_half_hours
from webapp.numbers.unmet_demand.models import UnmetDemand, UnmetDemandMonth
from webapp.regions.geography import Point
from webapp.regions.models import City

#: More rows than people of a large city make in two months: a program that searches everywhere
#: must not make a page or a job slow.
MAX_ROWS = 200_000


class CellDemand(NamedTuple):
    """Half hours of a cell in a month, and in the month before."""

    cell: int
    half_hours: int
    previous_half_hours: int

    @property
    def centre(self) -> Point:
        """The middle of the cell."""
        return find_hexagon(self.cell).centre


def read_unmet_demand(
    city: City,
    months: tuple[datetime, datetime],
    form_factor: FormFactor | None,
    *,
    hides_few: bool,
) -> list[CellDemand]:
    """Return the cells with unmet demand in a month or the one before, those with most first.

    months: the month before, and the month.
    form_factor: of those who looked for this type; None: of all who looked.
    hides_few: without cells that have few half hours of a type.
    """
    query = _months_query(city, months, form_factor, hides_few=hides_few)
    counts = {month: Counter[int]() for month in months}
    days: dict[datetime, list[DayDemand]] = {month: [] for month in months}
    for month_at, *day in db.session.execute(query, bind_arguments=stale_reads()):
        each = DayDemand._make(day)
        if each.day_at is None:
            counts[month_at][each.cell] = each.half_hours
        else:
            days[month_at].append(each)
    previous, now = (
        counts[month] + count_half_hours(days[month], hides_few=hides_few) for month in months
    )
    cells = [CellDemand(cell, now[cell], previous[cell]) for cell in now.keys() | previous.keys()]
    return sorted(cells, key=lambda each: (-each.half_hours, each))


# Any: what is of a month or a day, with NULL for what it has not.
def _months_query(
    city: City,
    months: tuple[datetime, datetime],
    form_factor: FormFactor | None,
    *,
    hides_few: bool,
) -> Select[Any]:
    """Return the query of the month, and ``DayDemand``: of sums of months without a day; of months
    that are not counted yet of each day."""
    sums = table(UnmetDemandMonth).c
    of_city = (sums.region == city.region, sums.city == city.name)
    counted = select(
        sums.month_at,
        cast(null(), DateTime(timezone=True)).label("day_at"),
        sums.form_factor,
        sums.cell,
        sums.half_hours,
    ).where(
        *of_city,
        sums.hides_few == literal(hides_few),
        sums.form_factor == (form_factor or ALL_TYPES),
        sums.month_at.in_(months),
    )
    parts: list[Select[Any]] = [counted]
    for month in months:
        is_counted = select(literal(1)).where(
            *of_city, ~sums.hides_few, sums.form_factor == ALL_TYPES, sums.month_at == month
        )
        days = days_query(city, month, form_factor).where(~is_counted.exists())
        parts.append(select(literal(month, DateTime(timezone=True)), *days.subquery().c))
    return select(*union_all(*parts).subquery("months").c)


def days_query(
    city: City, month: datetime, form_factor: FormFactor | None = None
) -> Select[tuple[datetime, str, int, int]]:
    """Return the query of ``DayDemand`` of a month."""
    demand = table(UnmetDemand).c
    query = (
        select(demand.day_at, demand.form_factor, demand.cell, demand.half_hours)
        .where(
            demand.region == city.region,
            demand.city == city.name,
            demand.day_at >= month,
            demand.day_at < find_end(Period.MONTH, month, city.zone),
        )
        .limit(MAX_ROWS)
    )
    return query.where(demand.form_factor == form_factor.value) if form_factor else query
