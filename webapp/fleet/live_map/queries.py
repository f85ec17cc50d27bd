"""The two statements of the live map: the whole box, and what has changed in it.

Each sends its lists as JSON arrays in one row, so that an answer costs one round trip.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    FromClause,
    Label,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.fleet.enums import VehicleState
from webapp.fleet.live_map.bounding_box import BoundingBox, Grid
from webapp.fleet.live_map.cell_queries import CellQuery, cell_counts_query
from webapp.fleet.models import Vehicle, reservation_expired_condition
from webapp.fleet.queries.filters import VehicleFilter

#: With more vehicles than this the map gets clusters.
MAX_VEHICLES = 500
#: With more changes than this the map has to read everything again.
MAX_CHANGES = 1_000
#: A box is divided into at most so many clusters from south to north, and at least half as many.
#: Maps put those together that overlap on the screen.
CLUSTER_ROWS = 16
#: A change that commits now may carry a time that is so much earlier: when its transaction began.
COMMIT_DELAY = timedelta(seconds=10)

#: The columns of a vehicle, in the order of the JSON arrays.
VEHICLE_COLUMNS = (
    "public_id", "lat", "lon", "form_factor", "propulsion_type", "brand", "range_m",
    "battery_percent", "state",
)  # fmt: skip

#: A list of rows as JSON arrays (Any: JSON values); None when there are none.
JSONRows = list[list[Any]] | None


def full_map_query(
    vehicle_filter: VehicleFilter, box: BoundingBox
) -> Select[tuple[datetime, int, JSONRows, JSONRows]]:
    """Return a query for the time, the number of vehicles in the box, the vehicles if there are at
    most ``MAX_VEHICLES``, and else the clusters (``clusters_cte``)."""
    in_box = box.contains_condition()
    cell_counts = _cell_counts_query(vehicle_filter, box)
    clusters = clusters_cte(cell_counts, box.grid, find_cluster_size(box, box.grid))
    vehicle_count = select(func.coalesce(func.sum(clusters.c.n), 0)).scalar_subquery()
    # The limit is inside, so that no database reads all of them before it knows their number.
    vehicles = (
        select(*_vehicle_columns())
        .where(*vehicle_filter.index_conditions(), in_box, vehicle_filter.row_condition())
        .limit(MAX_VEHICLES)
        .subquery()
    )
    few_vehicles = select(vehicles).where(vehicle_count <= MAX_VEHICLES).subquery()
    return select(
        func.now(),
        vehicle_count,
        select(json_rows(few_vehicles)).scalar_subquery(),
        select(json_rows(clusters)).where(vehicle_count > MAX_VEHICLES).scalar_subquery(),
    )


def changes_query(
    vehicle_filter: VehicleFilter, box: BoundingBox, since: datetime
) -> Select[tuple[datetime, int, JSONRows]]:
    """Return a query for the time, the number of vehicles in the box, and the vehicles of the city
    that changed, each with a last value: whether it is in the box and matches the filter."""
    in_box = box.contains_condition()
    rows = _changed_vehicles_subquery(vehicle_filter, in_box, since - COMMIT_DELAY)
    # A map that requests changes has at most MAX_VEHICLES: above, the exact number does not matter.
    all_cells = _cells_subquery(vehicle_filter, in_box, Vehicle.cell)
    cells = select(all_cells).limit(MAX_VEHICLES + 1).subquery()
    vehicle_count = select(func.count()).select_from(cells).scalar_subquery()
    return select(func.now(), vehicle_count, select(json_rows(rows)).scalar_subquery())


def _changed_vehicles_subquery(
    vehicle_filter: VehicleFilter, in_box: ColumnElement[bool], begin: datetime
) -> Subquery:
    """Return the vehicles of the city that changed since ``begin``, or whose reservation ended.

    One in a state that the map does not show is there only when it came into that state: named at
    each change, it would tell who polls when its ride ends.
    """
    is_shown = Vehicle.state.in_(vehicle_filter.stored_states)
    matches = and_(*vehicle_filter.index_conditions(), in_box, vehicle_filter.row_condition())
    columns = [*_vehicle_columns(), case((matches, True), else_=False).label("matches")]
    changed = (
        select(*columns)
        .where(
            Vehicle.region == vehicle_filter.city.region,
            Vehicle.city == vehicle_filter.city.name,
            Vehicle.changed_at > begin,
            or_(is_shown, Vehicle.state_changed_at > begin),
        )
        .limit(MAX_CHANGES + 1)
    )
    # The end of a reservation changes no row.
    reserved = vehicle_filter.index_conditions([VehicleState.RESERVED], vehicle_filter.form_factor)
    expired = select(*columns).where(
        *reserved, in_box, reservation_expired_condition(), Vehicle.reserved_until > begin
    )
    return union_all(changed, expired).subquery()


def _cell_counts_query(vehicle_filter: VehicleFilter, box: BoundingBox) -> CellQuery:
    """Return the query for the number of vehicles by cell: from what was counted beforehand if that
    knows it, so that a city with a million vehicles is read as quickly as a small one."""
    if vehicle_filter.is_by_counts and not box.is_fine:
        return cell_counts_query(vehicle_filter, box)
    in_box = box.contains_condition()
    return count_cells_query(_cells_subquery(vehicle_filter, in_box, box.grid.cell_column(Vehicle)))


def _cells_subquery(
    vehicle_filter: VehicleFilter,
    in_box: ColumnElement[bool],
    cell: SQLColumnExpression[int | None],
) -> Subquery:
    """Return the cell of each vehicle. States are read one by one, so that for most vehicles the
    index alone answers."""
    column: Label[int | None] = cell.label("cell")
    parts = [
        select(column).where(
            *vehicle_filter.index_conditions([state], vehicle_filter.form_factor),
            in_box,
            vehicle_filter.row_condition_in_state(state),
        )
        for state in vehicle_filter.stored_states
    ]
    return union_all(*parts).subquery()


def count_cells_query(cells: Subquery) -> Select[tuple[int, int]]:
    """Return the query for the number of vehicles by cell. cells: that of each vehicle."""
    cell = cells.c.cell
    return select(cell, func.count().label("n")).group_by(cell)


def clusters_cte(
    cell_counts: Select[tuple[int, int]], grid: Grid, size: int, name: str = "clusters"
) -> CTE:
    """Return a row for each square of ``size`` by ``size`` cells: the middle of its vehicles, their
    number, and a cell with one of them."""
    cell, n = cell_counts.subquery("cells").c
    column = cell % grid.columns
    row = cell - column
    number = func.sum(n)
    # A square is identified by the cell in its corner. This needs no division, whose result is
    # not the same in each database.
    square = row - row % (size * grid.columns) + column - column % size
    return (
        select(
            (cast(func.sum(row * n), Float) / cast(number, Float)).label("row"),
            (cast(func.sum(column * n), Float) / cast(number, Float)).label("column"),
            number.label("n"),
            func.min(cell).label("cell"),
        )
        .group_by(square)
        .cte(name)
    )


def find_cluster_size(box: BoundingBox, grid: Grid) -> int:
    """Return the width of a cluster in cells of a grid: a power of two, so that clusters stay where
    they are while the map moves."""
    size, rows = 1, box.count_rows(grid)
    while size * CLUSTER_ROWS < rows:
        size *= 2
    return size


def _vehicle_columns() -> list[ColumnElement[Any]]:
    """Return the columns ``VEHICLE_COLUMNS``, with the current state. Any: their types differ."""
    expired = reservation_expired_condition()
    state = case((expired, VehicleState.AVAILABLE.value), else_=Vehicle.state)
    columns = [getattr(Vehicle, name) for name in VEHICLE_COLUMNS[:-1]]
    return [*columns, state.label("state")]


def json_rows(source: FromClause) -> ColumnElement[JSONRows]:
    """Return the rows of ``source``, ordered by its first column. Vehicles in the order of an index
    would show which is which after a ride; their first column is the public id."""
    first_column, *_ = source.c
    row = func.jsonb_build_array(*source.c)
    return func.jsonb_agg(aggregate_order_by(row, first_column))
