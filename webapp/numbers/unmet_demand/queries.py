"""In how many half hours of a month demand was not met, by cell, beside the month before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_end
from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.unmet_demand.models import UnmetDemand
from webapp.regions.geography import Point
from webapp.regions.models import City

#: In fewer half hours than this it could have been one person.
MIN_HALF_HOURS_SHOWN = MIN_RIDES_SHOWN


class DayDemand(NamedTuple):
    """A day of a cell and type."""

    day_at: datetime
    form_factor: str
    cell: int
    half_hours: int


#: More rows than people of a large city make in two months: a program that searches everywhere
#: must not make the page slow.
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
    query = demand_query(city, months, form_factor)
    days = list(map(DayDemand._make, db.session.execute(query, bind_arguments=stale_reads())))
    previous, now = (
        count_half_hours(
            [day for day in days if (day.day_at >= months[1]) == is_now], hides_few=hides_few
        )
        for is_now in (False, True)
    )
    cells = [CellDemand(cell, now[cell], previous[cell]) for cell in now.keys() | previous.keys()]
    return sorted(cells, key=lambda each: (-each.half_hours, each))


def demand_query(
    city: City, months: Sequence[datetime], form_factor: FormFactor | None
) -> Select[tuple[datetime, str, int, int]]:
    """Return the query of ``DayDemand`` of some months that follow each other."""
    demand = table(UnmetDemand).c
    query = (
        select(demand.day_at, demand.form_factor, demand.cell, demand.half_hours)
        .where(
            demand.region == city.region,
            demand.city == city.name,
            demand.day_at >= months[0],
            demand.day_at < find_end(Period.MONTH, months[-1], city.zone),
        )
        .limit(MAX_ROWS)
    )
    return query.where(demand.form_factor == form_factor.value) if form_factor else query


def count_half_hours(days: Collection[DayDemand], *, hides_few: bool) -> Counter[int]:
    """Return how many half hours each cell has. One in which people looked for two types is one.

    hides_few: what is few of a type is left out, of the sum of all types, too.
    """
    by_type = Counter[tuple[str, int]]()
    for day in days:
        by_type[day.form_factor, day.cell] += day.half_hours.bit_count()
    bits: dict[tuple[int, datetime], int] = defaultdict(int)
    for day in days:
        if not hides_few or by_type[day.form_factor, day.cell] >= MIN_HALF_HOURS_SHOWN:
            bits[day.cell, day.day_at] |= day.half_hours
    counts = Counter[int]()
    for (cell, _), half_hours in bits.items():
        counts[cell] += half_hours.bit_count()
    return counts
