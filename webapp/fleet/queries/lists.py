"""Lists of vehicles: each page is one statement, paged by key, and served by an index."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, format_cursor, make_page, page_size
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.queries.filters import VehicleFilter, VehicleSource
from webapp.fleet.reports.models import Report, open_report_condition
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.fleet.vehicle_events.conditions import current_state_column


class ListedVehicle(NamedTuple):
    """A vehicle in a list."""

    vehicle: Vehicle | VehicleRow
    #: Its distance, metres, when the list is by distance.
    distance_m: int | None = None
    #: The value of its alert (``VehicleAlert``), when the list is of one that has values.
    alert_value: int | None = None
    #: How many reports about it wait for an answer, when the list is of an owner.
    open_reports: int = 0


def list_vehicles(vehicle_filter: VehicleFilter, after: Cursor | None) -> Page[ListedVehicle]:
    """Return one page of vehicles as VehicleRow, by their public ids.

    These change with each ride: a place in a lasting order would show which vehicle it was.
    A page may be shorter than others and still have a next one: it reads at most
    ``VehicleFilter.scan_limit`` rows.
    """
    return _read_page(vehicle_filter, after, _list_query, lambda row: VehicleRow._make(row[2:]))


def list_staff_vehicles(
    vehicle_filter: VehicleFilter, after: Cursor | None, *, with_owner: bool
) -> Page[ListedVehicle]:
    """Return one page of vehicles as ``list_vehicles`` does, but as Vehicle, for staff.

    with_owner: read the owners, too. Else ``Vehicle.owner`` raises an error.
    """
    build = partial(_list_staff_query, with_owner=with_owner)
    return _read_page(vehicle_filter, after, build, lambda row: row[2])


def _read_page(
    vehicle_filter: VehicleFilter,
    after: Cursor | None,
    build_query: Callable[..., Select[Any]],
    read_vehicle: Callable[[Row[Any]], Vehicle | VehicleRow],
) -> Page[ListedVehicle]:
    if not vehicle_filter.form_factors:
        return Page([], "")
    limit = vehicle_filter.scan_limit
    parameters = {
        **vehicle_filter.parameters,
        "after": after[0] if after else None,
        "scan_limit": limit,
        "page_limit": page_size() + 1,
    }
    query = build_query(vehicle_filter.shape, is_continued=bool(after))
    result = db.session.execute(query, parameters, bind_arguments=vehicle_filter.bind_arguments())
    rows = result.all()
    vehicles = [read_vehicle(row) for row in rows]
    listed = [ListedVehicle(vehicle) for vehicle, row in zip(vehicles, rows, strict=True) if row[0]]
    page = make_page(listed, lambda row: (row.vehicle.public_id,))
    if not page.after and rows and rows[-1].number == limit:
        return Page(page.rows, format_cursor((vehicles[-1].public_id,)))
    return page


@lru_cache(maxsize=64)
def _list_query(shape: VehicleFilter, *, is_continued: bool) -> Select[Any]:
    """Return the query for a page of vehicles, with the columns of a VehicleRow."""
    names = VehicleRow._fields
    columns = [table(Vehicle).c[name] for name in names]
    scan = _scan_subquery(shape, select(*columns), is_continued=is_continued)
    query = _page_query(shape, cast(VehicleSource, scan.c), scan)
    return query.add_columns(*(scan.c[name] for name in names))


@lru_cache(maxsize=64)
def _list_staff_query(shape: VehicleFilter, *, is_continued: bool, with_owner: bool) -> Select[Any]:
    """Return the query for a page of vehicles as Vehicle."""
    scan = _scan_subquery(shape, select(Vehicle), is_continued=is_continued)
    vehicle = aliased(Vehicle, scan)
    query = _page_query(shape, vehicle, scan).add_columns(vehicle)
    return query.options(joinedload(vehicle.owner).lazyload("*")) if with_owner else query


def _scan_subquery(shape: VehicleFilter, vehicles: Select[Any], *, is_continued: bool) -> Subquery:
    """Return the rows of ``vehicles`` that a page reads, with their numbers.

    Each state and form factor is read in the order of the index, which is by public id only within
    one of them, and their rows are merged.
    """
    public_id, limit = table(Vehicle).c.public_id, bindparam("scan_limit", 0, Integer)
    start = [public_id > bindparam("after", None)] * is_continued
    parts = [
        vehicles.where(*shape.index_conditions([state], form_factor), *start)
        .order_by(public_id)
        .limit(limit)
        for state in shape.stored_states
        for form_factor in shape.form_factors
    ]
    merged = union_all(*parts).subquery()
    number = func.row_number().over(order_by=merged.c.public_id).label("number")
    return select(merged, number).order_by(merged.c.public_id).limit(limit).subquery()


def _page_query(
    shape: VehicleFilter, vehicle: VehicleSource, scan: Subquery
) -> Select[tuple[bool, int]]:
    """Return the query for the rows that the filter takes until the page is full: whether one
    matches, and its number. The row at ``scan_limit``, where the scan ended, is there too."""
    matches = shape.row_condition(vehicle)
    is_last = scan.c.number == bindparam("scan_limit", 0, Integer)
    return (
        select(matches, scan.c.number)
        .where(or_(matches, is_last))
        .order_by(scan.c.public_id)
        .limit(bindparam("page_limit", 0, Integer))
    )


def list_owner_vehicles(
    owner_key: RowKey, after: Cursor | None, state: str = "", city_name: str = ""
) -> Page[ListedVehicle]:
    """Return one page of the vehicles of an owner without the retired ones, newest first, each with
    the number of its open reports.

    state: as of now; city_name: where they are; '': in any.
    """
    conditions = [
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        ~retired_condition(),
    ]
    if state:
        conditions.append(current_state_column(table(Vehicle)) == state)
    if city_name:
        conditions.append(Vehicle.city == city_name)
    query = newest_query(conditions, after, page_size() + 1)
    rows = db.session.execute(query.add_columns(_open_reports_column())).all()
    page = make_page(rows, lambda row: vehicle_time_cursor(row.Vehicle))
    listed = [ListedVehicle(vehicle, open_reports=number) for vehicle, number in page.rows]
    return Page(listed, page.after)


def _open_reports_column() -> ColumnElement[int]:
    """Return how many reports about a vehicle wait for an answer."""
    is_of_vehicle = (Report.region == Vehicle.region) & (Report.vehicle_id == Vehicle.id)
    return (
        select(func.count())
        .where(is_of_vehicle, open_report_condition())
        .correlate(Vehicle)
        .scalar_subquery()
    )


def newest_query(
    conditions: list[ColumnElement[bool]], after: Cursor | None, limit: int
) -> Select[tuple[Vehicle]]:
    """Return the vehicles after a cursor, newest first."""
    if after:
        conditions = [*conditions, tuple_(Vehicle.created_at, Vehicle.id) < after]
    return (
        select(Vehicle)
        .where(*conditions)
        .order_by(Vehicle.created_at.desc(), Vehicle.id.desc())
        .limit(limit)
    )


def vehicle_time_cursor(vehicle: Vehicle) -> Cursor:
    """Return the cursor of a vehicle in a list that is ordered by time."""
    return vehicle.created_at, vehicle.id
