"""Where rides started and ended in a month, beside the month before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.places.models import CellRides, RideFlow
from webapp.regions.models import City


class CellCount(NamedTuple):
    """Rides of a cell in a month and in the month before."""

    cell: int
    starts: int
    ends: int
    previous_starts: int
    previous_ends: int


class FlowCount(NamedTuple):
    """Rides from a cell to a cell in a month and in the month before. None: they were not among the
    most frequent pairs then."""

    start_cell: int
    end_cell: int
    rides: int
    previous_rides: int | None


def read_cells(
    city: City, months: tuple[datetime, datetime], form_factor: str, *, hides_few: bool
) -> list[CellCount]:
    """Return the cells of a month.

    months: the month before, and the month.
    form_factor: of vehicles of this type; '': of all.
    hides_few: only what may be shown to those who may not see persons.
    """
    query = _rows_query(CellRides, city, months, form_factor, hides_few=hides_few)
    rows = db.session.execute(query, bind_arguments=stale_reads())
    previous, now = _split_by_month(months, rows, 1)
    return [
        CellCount(cell, *values, *previous.get((cell,), (0, 0))) for (cell,), values in now.items()
    ]


def read_flows(
    city: City, months: tuple[datetime, datetime], form_factor: str, *, hides_few: bool
) -> list[FlowCount]:
    """Return the most frequent pairs of cells, the most frequent first: as ``read_cells``."""
    query = _rows_query(RideFlow, city, months, form_factor, hides_few=hides_few)
    rows = db.session.execute(query, bind_arguments=stale_reads())
    previous, now = _split_by_month(months, rows, 2)
    flows = [
        FlowCount(start, end, rides, previous.get((start, end), (None,))[0])
        for (start, end), (rides,) in now.items()
    ]
    return sorted(flows, key=lambda flow: (-flow.rides, flow))


# Any: the columns of one of two tables.
def _rows_query(
    model: type[CellRides] | type[RideFlow],
    city: City,
    months: tuple[datetime, datetime],
    form_factor: str,
    *,
    hides_few: bool,
) -> Select[Any]:
    columns = table(model).c
    return select(*list(columns)[4:]).where(
        columns.region == city.region,
        columns.city == city.name,
        columns.hides_few == literal(hides_few),
        columns.form_factor == form_factor,
        columns.month_at.in_(months),
    )


Counts = dict[tuple[int, ...], tuple[Any, ...]]  # Any: integers


def _split_by_month(
    months: tuple[datetime, datetime], rows: Iterable[Any], key_length: int
) -> tuple[Counts, Counts]:
    """Return the counts of each of two months, by their cells.

    key_length: how many cells each row has.
    """
    found: dict[datetime, Counts] = {month: {} for month in months}
    for month_at, *values in rows:
        found[month_at][tuple(values[:key_length])] = tuple(values[key_length:])
    previous, now = (found[month] for month in months)
    return previous, now
