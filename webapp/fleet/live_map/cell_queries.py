"""How many vehicles of a city are in which cell of the map, from what was counted beforehand."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from webapp.db.types import table
from webapp.fleet.board.models import VehicleCellCount
from webapp.fleet.enums import VehicleState
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.models import Vehicle, count_is_stale_condition, counted_as_column
from webapp.fleet.queries.filters import VehicleFilter

#: A cell, and how many vehicles are in it, or less than 0 how many no longer are.
CellQuery = Select[tuple[int, int]]


def cell_counts_query(vehicle_filter: VehicleFilter, box: BoundingBox) -> CellQuery:
    """Return the query for the cells of a box with their number of vehicles, exact at any time.

    It knows states and form factors. Vehicles that have left the fleet for good are not counted.
    """
    counts, city = table(VehicleCellCount).c, vehicle_filter.city
    counted = select(counts.cell, counts.number).where(
        counts.region == city.region,
        counts.city == city.name,
        *_conditions(vehicle_filter, box, counts.cell, counts.counted_as),
    )
    parts = union_all(counted, *_changes_queries(vehicle_filter, box)).subquery("parts").c
    number = cast(func.sum(parts.number), BigInteger)
    return select(parts.cell, number.label("n")).group_by(parts.cell).having(number > 0)


def _changes_queries(vehicle_filter: VehicleFilter, box: BoundingBox) -> Iterator[CellQuery]:
    """Yield the queries for what has changed since vehicles were counted: what they are now, and
    what they were. With a reservation that has ended a vehicle is available."""
    vehicles, is_changed = table(Vehicle).c, count_is_stale_condition()
    now, before = counted_as_column(), vehicles.counted_as
    yield _change_query(vehicle_filter, box, 1, vehicles.cell, now, is_changed)
    yield _change_query(vehicle_filter, box, -1, vehicles.counted_cell, before, is_changed)
    signs = {VehicleState.AVAILABLE: 1, VehicleState.RESERVED: -1}
    sign = sum(signs.get(state, 0) for state in vehicle_filter.states)
    if sign:
        # As in the condition of the index.
        is_reserved = vehicles.state == literal_column("'reserved'", String)
        is_expired = (is_reserved, vehicles.reserved_until <= func.now())
        expired_as = literal_column(f"'{vehicle_filter.states[0].value} '", String)
        as_what = expired_as + vehicles.form_factor
        yield _change_query(vehicle_filter, box, sign, vehicles.cell, as_what, *is_expired)


def _change_query(
    vehicle_filter: VehicleFilter,
    box: BoundingBox,
    sign: int,
    cell: ColumnElement[Any],
    counted_as: ColumnElement[Any],
    *conditions: ColumnElement[bool],
) -> CellQuery:
    """Return the query for vehicles that count as something in a cell. Any: columns of a table."""
    vehicles, city = table(Vehicle).c, vehicle_filter.city
    return select(cell, literal_column(str(sign), Integer).label("number")).where(
        vehicles.region == city.region,
        vehicles.city == city.name,
        *conditions,
        *_conditions(vehicle_filter, box, cell, counted_as),
    )


def _conditions(
    vehicle_filter: VehicleFilter,
    box: BoundingBox,
    cell: ColumnElement[Any],
    counted_as: ColumnElement[Any],
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that something is counted in the box, and matches the filter."""
    yield counted_as.is_not(None)
    yield box.cell_condition(cell)
    if len(vehicle_filter.states) < len(VehicleState):
        states = [state.value for state in vehicle_filter.states]
        yield func.split_part(counted_as, " ", 1, type_=String).in_(states)
    if vehicle_filter.form_factor:
        form_factor = func.split_part(counted_as, " ", 2, type_=String)
        yield form_factor == vehicle_filter.form_factor.value
