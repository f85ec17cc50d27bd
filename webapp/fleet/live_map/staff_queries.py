"""The statement of the map of staff: vehicles in any state with their alerts, or clusters."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Label, Select, case, func, null, select

from webapp.db.types import table
from webapp.fleet.alerts.conditions import alert_condition, make_threshold
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.live_map.bounding_box import COARSE_GRID, BoundingBox
from webapp.fleet.live_map.cell_queries import cell_counts_query
from webapp.fleet.live_map.queries import (
    MAX_VEHICLES,
    JSONRows,
    clusters_cte,
    count_cells_query,
    find_cluster_size,
    json_rows,
)
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.models import City

#: No more vehicles are read for clusters, where counts do not tell them.
MAX_READ = 5_000
#: The columns of a vehicle, in the order of the JSON arrays; its alerts follow.
STAFF_COLUMNS = (
    "id", "lat", "lon", "form_factor", "propulsion_type", "brand", "code", "state",
    "reserved_until", "battery_percent",
)  # fmt: skip


def staff_map_query(
    vehicle_filter: VehicleFilter, alert: AlertKind | None, box: BoundingBox
) -> Select[tuple[JSONRows, JSONRows, JSONRows]]:
    """Return a query for the vehicles in the box if there are at most ``MAX_VEHICLES``; else for
    their clusters, of no more than ``MAX_READ + 1`` vehicles; or for clusters of all vehicles, on
    the coarse grid, from what was counted beforehand.

    Counts know neither alerts nor words nor propulsion types, and nothing smaller than a cell.
    """
    conditions = [
        *vehicle_filter.index_conditions(),
        box.contains_condition(),
        vehicle_filter.row_condition(),
        *([_is_alert(alert, vehicle_filter.city)] if alert else []),
    ]
    vehicles = select(*_columns(vehicle_filter.city)).where(*conditions).limit(MAX_VEHICLES)
    counted = clusters_cte(
        cell_counts_query(vehicle_filter, box),
        COARSE_GRID,
        find_cluster_size(box, COARSE_GRID),
        "counted",
    )
    is_countable = not alert and not vehicle_filter.words and vehicle_filter.types is None
    if is_countable and not box.is_fine:
        number = _sum_column(counted)
        return select(
            _few_rows_column(vehicles, number),
            null(),
            _rows_column(counted, number > MAX_VEHICLES),
        )
    column: Label[int | None] = box.grid.cell_column(Vehicle).label("cell")
    cells = select(column).where(*conditions).limit(MAX_READ + 1)
    read = count_cells_query(cells.subquery())
    clusters = clusters_cte(read, box.grid, find_cluster_size(box, box.grid))
    number = _sum_column(clusters)
    return select(
        _few_rows_column(vehicles, number),
        _rows_column(clusters, number > MAX_VEHICLES),
        _rows_column(counted, number > MAX_READ) if is_countable else null(),
    )


def _sum_column(clusters: CTE) -> ColumnElement[int]:
    return select(func.coalesce(func.sum(clusters.c.n), 0)).scalar_subquery()


def _few_rows_column(vehicles: Select[Any], number: ColumnElement[int]) -> ColumnElement[JSONRows]:
    """Return the vehicles if they are few. Any: their columns have several types."""
    few = select(vehicles.subquery()).where(number <= MAX_VEHICLES)
    return select(json_rows(few.subquery())).scalar_subquery()


def _rows_column(clusters: CTE, condition: ColumnElement[bool]) -> ColumnElement[JSONRows]:
    return select(json_rows(clusters)).where(condition).scalar_subquery()


def _columns(city: City) -> Sequence[ColumnElement[Any]]:
    """Return the columns of a vehicle, and whether each alert is about it. Any: several types."""
    alerts = [
        case((_is_alert(kind, city), True), else_=False).label(f"is_{kind.value}")
        for kind in AlertKind
    ]
    return [*(table(Vehicle).c[name] for name in STAFF_COLUMNS), *alerts]


def _is_alert(kind: AlertKind, city: City) -> ColumnElement[bool]:
    return alert_condition(kind, [city], make_threshold(kind, find_threshold(city.name, kind)))
