"""Counting where the rides of a city start and end, once a day."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Select, and_, delete, func, select, tuple_
from sqlalchemy.orm import Session

from webapp.db.inserts import insert, insert_rows
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import Base, db
from webapp.fleet.enums import FormFactor
from webapp.fleet.models import Vehicle
from webapp.numbers.counted_months import list_months, list_open_months
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.models import RollupProgress
from webapp.numbers.periods import find_end, find_start
from webapp.numbers.places.counting import (
    PlaceCounts,
    RidePlaces,
    choose_most_frequent,
    count_rides,
    suppress_small_counts,
)
from webapp.numbers.places.models import CellRides, RideFlow
from webapp.regions.models import City
from webapp.rides.models import Ride

#: Rides that one statement reads.
BATCH = 10_000


def update_places(city: City) -> None:
    """Count the rides of this month until its last midnight, of the months that have just ended,
    and of those that were never counted, the newest first."""
    # While the city moves to another region, its progress is in the old one.
    row = db.session.execute(_progress_query(city)).one_or_none()
    if row is None or row.first_ride_at is None:
        return
    today = find_start(Period.DAY, row.now, city.zone)
    for month in list_open_months(row.first_ride_at, today, row.counted or (), city.zone):
        replace_places(city, month, today)


def recompute_places(city: City, first: datetime, now: datetime) -> None:
    """Count the rides of the months since a moment again."""
    today = find_start(Period.DAY, now, city.zone)
    for month in list_months(first, today, city.zone):
        replace_places(city, month, today)


def replace_places(city: City, month: datetime, until: datetime) -> None:
    """Count the rides that ended in a month.

    until: only those that ended before.
    """
    end = min(find_end(Period.MONTH, month, city.zone), until)
    counts = count_rides(chain.from_iterable(read_rides(city, month, end)), city.zone)
    cells, flows = list[dict[str, Any]](), list[dict[str, Any]]()
    for hides_few, of_audience in enumerate(counts):
        key = {
            "region": city.region,
            "city": city.name,
            "hides_few": bool(hides_few),
            "month_at": month,
        }
        cells += _list_cells(key, of_audience)
        flows += _list_flows(key, of_audience)

    def work(session: Session) -> None:
        _replace_rows(session, CellRides, city, month, cells)
        _replace_rows(session, RideFlow, city, month, flows)

    run_transaction(work, idempotent=True)


# Any: the values of columns.
def _list_cells(key: dict[str, Any], counts: PlaceCounts) -> Iterator[dict[str, Any]]:
    """Yield the rows of cells. key: the columns that are the same in all."""
    starts, ends = (
        suppress_small_counts(each, hides_few=key["hides_few"])
        for each in (counts.starts, counts.ends)
    )
    for form_factor, cell in starts.keys() | ends.keys():
        yield {
            **key,
            "form_factor": form_factor,
            "cell": cell,
            "starts": starts[form_factor, cell],
            "ends": ends[form_factor, cell],
        }


def _list_flows(key: dict[str, Any], counts: PlaceCounts) -> Iterator[dict[str, Any]]:
    """Yield the rows of pairs of cells."""
    shown = suppress_small_counts(counts.flows, hides_few=key["hides_few"])
    for form_factor, (start, end), rides in choose_most_frequent(shown):
        yield {
            **key,
            "form_factor": form_factor,
            "start_cell": start,
            "end_cell": end,
            "rides": rides,
        }


def _replace_rows(
    session: Session, model: type[Base], city: City, month: datetime, rows: list[dict[str, Any]]
) -> None:
    columns = table(model).c
    session.execute(
        delete(table(model)).where(
            columns.region == city.region,
            columns.city == city.name,
            # All values of both, so that the rows are found by the primary key.
            columns.hides_few.in_((False, True)),
            columns.form_factor.in_((ALL_TYPES, *(each.value for each in FormFactor))),
            columns.month_at == month,
        )
    )
    # Another process may have written the same meanwhile.
    statement = insert(table(model))
    key = table(model).primary_key.columns
    values = {
        column.name: statement.excluded[column.name] for column in columns if column.name not in key
    }
    insert_rows(session, statement.on_conflict_do_update(index_elements=key, set_=values), rows)


def read_rides(city: City, start: datetime, end: datetime) -> Iterator[list[RidePlaces]]:
    """Yield where rides started and ended that ended between two moments, some at a time."""
    rides: list[RidePlaces] = []
    while True:
        query = rides_query(city, start, end, rides[-1] if rides else None)
        rides = list(map(RidePlaces._make, db.session.execute(query)))
        yield rides
        if len(rides) < BATCH:
            return


# Any: of several types.
def rides_query(
    city: City, start: datetime, end: datetime, after: RidePlaces | None = None
) -> Select[Any]:
    """Return the query of the next ``BATCH`` rides by when they ended. after: the last one read."""
    rides, vehicles = table(Ride).c, table(Vehicle).c
    is_vehicle = and_(vehicles.region == rides.region, vehicles.id == rides.vehicle_id)
    query = (
        select(
            rides.ended_at,
            rides.id,
            vehicles.form_factor,
            rides.start_lat,
            rides.start_lon,
            rides.end_lat,
            rides.end_lon,
        )
        .select_from(table(Ride).join(table(Vehicle), is_vehicle))
        .where(
            rides.region == city.region,
            rides.city == city.name,
            rides.ended_at >= (after.ended_at if after else start),
            rides.ended_at < end,
        )
        .order_by(rides.ended_at.nulls_last(), rides.id)
        .limit(BATCH)
    )
    if after:
        query = query.where(tuple_(rides.ended_at, rides.id) > (after.ended_at, after.id))
    return query


# Any: moments that may be NULL, and an array.
def _progress_query(city: City) -> Select[Any]:
    """Return the query of when it is, when the first ride ended, and which months are counted;
    without a row before the first sums."""
    progress, cells, rides = table(RollupProgress).c, table(CellRides).c, table(Ride).c
    first_ride = (
        select(func.min(rides.ended_at))
        .where(rides.region == city.region, rides.city == city.name, rides.ended_at.is_not(None))
        .scalar_subquery()
    )
    counted = (
        select(func.array_agg(cells.month_at.distinct()))
        .where(
            cells.region == city.region,
            cells.city == city.name,
            ~cells.hides_few,
            cells.form_factor == ALL_TYPES,
        )
        .scalar_subquery()
    )
    return select(
        func.now().label("now"), first_ride.label("first_ride_at"), counted.label("counted")
    ).where(progress.region == city.region, progress.city == city.name)
