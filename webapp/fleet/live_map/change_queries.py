"""The two statements of those who watch a city: its available vehicles, and what has changed.

Each sends its rows as JSON arrays in one row, as those of the live map do.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, union_all

from webapp.fleet.enums import VehicleState
from webapp.fleet.live_map.queries import COMMIT_DELAY, JSONRows, json_rows
from webapp.fleet.models import Vehicle, reservation_expired_condition
from webapp.fleet.queries.filters import VehicleFilter

#: With more changes than this all vehicles are read.
MAX_CHANGED_ROWS = 5_000
#: The columns of a vehicle, in the order of the JSON arrays.
COLUMNS = (
    "public_id", "id", "form_factor", "propulsion_type", "lat", "lon", "range_m", "battery_percent",
)  # fmt: skip


def available_vehicles_query(vehicle_filter: VehicleFilter) -> Select[tuple[datetime, JSONRows]]:
    """Return a query for the time and the vehicles that match."""
    rows = select(*_columns()).where(
        *vehicle_filter.index_conditions(), vehicle_filter.row_condition()
    )
    return _with_time_query(rows)


def changed_vehicles_query(
    vehicle_filter: VehicleFilter, since: datetime
) -> Select[tuple[datetime, JSONRows]]:
    """Return a query for the time and the vehicles that have changed, or whose reservation has
    ended; each with a last value: whether it matches."""
    begin, city = since - COMMIT_DELAY, vehicle_filter.city
    matches = and_(*vehicle_filter.index_conditions(), vehicle_filter.row_condition())
    columns = [*_columns(), case((matches, True), else_=False).label("matches")]
    changed = (
        select(*columns)
        .where(Vehicle.region == city.region, Vehicle.city == city.name, Vehicle.changed_at > begin)
        .limit(MAX_CHANGED_ROWS + 1)
    )
    # The end of a reservation changes no row.
    expired = select(*columns).where(
        *vehicle_filter.index_conditions([VehicleState.RESERVED]),
        reservation_expired_condition(),
        Vehicle.reserved_until > begin,
    )
    # Of a vehicle that is in both, one row.
    return _with_time_query(select(union_all(changed, expired).subquery()).distinct())


def _columns() -> list[ColumnElement[Any]]:
    """Return the columns ``COLUMNS``. Any: their types differ."""
    return [getattr(Vehicle, name) for name in COLUMNS]


def _with_time_query(rows: Select[Any]) -> Select[tuple[datetime, JSONRows]]:
    """Return the query for the time and the rows of another one. Any: their types differ."""
    return select(func.now(), select(json_rows(rows.subquery())).scalar_subquery())
