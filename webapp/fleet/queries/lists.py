"""Lists of vehicles: each page is one statement, paged by key, and served by an index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, cursor_text, make_page, page_size
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.geography import Point, cells_within, distance_m_column

#: The radii of the search around a point, metres. Each bounds what a page reads, whatever the size
#: of the fleet; the next one is offered when a list ends.
SEARCH_RADII_M = (2_000, 10_000, 50_000)


@dataclass(frozen=True)
class ListedVehicle:
    """A vehicle in a list, with its distance in metres when the list is by distance."""

    vehicle: Vehicle
    distance_m: int | None = None


def list_vehicles(
    vehicle_filter: VehicleFilter, after: Cursor | None, *, with_owner: bool = False
) -> Page[ListedVehicle]:
    """Return one page of vehicles, by their public ids.

    These change with each ride: a place in a lasting order would show which vehicle it was.
    A page may be shorter than others and still have a next one: it reads at most
    ``VehicleFilter.scan_limit`` rows.
    """
    limit = vehicle_filter.scan_limit
    parts = [
        _ordered_query(vehicle_filter.index_conditions([state], form_factor), after, limit)
        for state in vehicle_filter.stored_states
        for form_factor in vehicle_filter.form_factors
    ]
    if not parts:
        return Page([], "")
    query = _matching_query(vehicle_filter, parts, limit, with_owner=with_owner)
    rows = db.session.execute(query, bind_arguments=vehicle_filter.bind_arguments()).all()
    listed = [ListedVehicle(vehicle) for vehicle, matches, _ in rows if matches]
    page = make_page(listed, lambda row: (row.vehicle.public_id,))
    if not page.after and rows and rows[-1].number == limit:
        return Page(page.rows, cursor_text((rows[-1][0].public_id,)))
    return page


def _ordered_query(
    conditions: list[ColumnElement[bool]], after: Cursor | None, limit: int
) -> Select[tuple[Vehicle]]:
    if after:
        conditions = [*conditions, Vehicle.public_id > after[0]]
    return select(Vehicle).where(*conditions).order_by(Vehicle.public_id).limit(limit)


def _matching_query(
    vehicle_filter: VehicleFilter,
    parts: Sequence[Select[tuple[Vehicle]]],
    limit: int,
    *,
    with_owner: bool,
) -> Select[tuple[Vehicle, bool, int]]:
    """Return a query with the rows of a page, and the row at ``limit`` where the scan ended.

    Each state and form factor is read in the order of the index, which is by public id only within
    one of them, and their rows are merged. From these the filter takes its rows until the page is
    full.
    """
    merged = aliased(Vehicle, union_all(*parts).subquery())
    number = func.row_number().over(order_by=merged.public_id).label("number")
    scanned = select(merged, number).order_by(merged.public_id).limit(limit).subquery()
    vehicle = aliased(Vehicle, scanned)
    matches, is_last = vehicle_filter.row_condition(vehicle), scanned.c.number == limit
    return (
        select(vehicle, matches, scanned.c.number)
        .where(or_(matches, is_last))
        .order_by(vehicle.public_id)
        .limit(page_size() + 1)
        .options(*[joinedload(vehicle.owner).lazyload("*")] * with_owner)
    )


def list_owner_vehicles(owner_key: RowKey, after: Cursor | None) -> Page[ListedVehicle]:
    """Return one page of the vehicles of an owner without the removed ones, newest first."""
    conditions = [
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        Vehicle.state != VehicleState.REMOVED,
    ]
    query = newest_query(conditions, after, page_size() + 1)
    vehicles = [ListedVehicle(vehicle) for vehicle in db.session.scalars(query)]
    return make_page(vehicles, lambda row: vehicle_time_cursor(row.vehicle))


def list_nearest(
    vehicle_filter: VehicleFilter, centre: Point, radius_m: int, after: Cursor | None
) -> Page[ListedVehicle]:
    """Return one page of the vehicles within a circle, nearest first."""
    distance = distance_m_column(Vehicle.lat, Vehicle.lon, centre)
    cells = [Vehicle.cell.between(first, last) for first, last in cells_within(centre, radius_m)]
    query = (
        select(Vehicle, distance)
        .where(
            *vehicle_filter.index_conditions(),
            or_(*cells),
            vehicle_filter.row_condition(),
            distance <= radius_m,
        )
        .order_by(distance.nulls_last(), Vehicle.public_id)
        .limit(page_size() + 1)
    )
    if after:
        query = query.where(tuple_(distance, Vehicle.public_id) > after)
    result = db.session.execute(query, bind_arguments=vehicle_filter.bind_arguments())
    rows = [ListedVehicle(vehicle, metres) for vehicle, metres in result]
    return make_page(rows, lambda row: (row.distance_m, row.vehicle.public_id))


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
