"""The statement of the map of staff: vehicles in any state with their alerts, or clusters."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from webapp.db.types import table
from webapp.fleet.alerts.conditions import alert_condition, make_threshold
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.queries import (
    MAX_VEHICLES,
    JSONRows,
    clusters_cte,
    find_cluster_size,
    json_rows,
)
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.models import City

#: The columns of a vehicle, in the order of the JSON arrays; its alerts follow.
STAFF_COLUMNS = (
    "id", "lat", "lon", "form_factor", "propulsion_type", "brand", "code", "state",
    "reserved_until", "battery_percent",
)  # fmt: skip


def staff_map_query(
    vehicle_filter: VehicleFilter, alert: AlertKind | None, box: BoundingBox
) -> Select[tuple[int, JSONRows, JSONRows]]:
    """Return a query for the number of vehicles in the box, the vehicles if there are at most
    ``MAX_VEHICLES``, and else the clusters."""
    city = vehicle_filter.city
    conditions = [
        *vehicle_filter.index_conditions(),
        box.contains_condition(),
        vehicle_filter.row_condition(),
        *([_is_alert(alert, city)] if alert else []),
    ]
    cells = select(box.grid.cell_column(Vehicle).label("cell")).where(*conditions).subquery()
    clusters = clusters_cte(cells, box.grid, find_cluster_size(box))
    vehicle_count = select(func.coalesce(func.sum(clusters.c.n), 0)).scalar_subquery()
    vehicles = select(*_columns(city)).where(*conditions).limit(MAX_VEHICLES).subquery()
    few_vehicles = select(vehicles).where(vehicle_count <= MAX_VEHICLES).subquery()
    return select(
        vehicle_count,
        select(json_rows(few_vehicles)).scalar_subquery(),
        select(json_rows(clusters)).where(vehicle_count > MAX_VEHICLES).scalar_subquery(),
    )


def _columns(city: City) -> Sequence[ColumnElement[Any]]:
    """Return the columns of a vehicle, and whether each alert is about it. Any: several types."""
    alerts = [
        case((_is_alert(kind, city), True), else_=False).label(f"is_{kind.value}")
        for kind in AlertKind
    ]
    return [*(table(Vehicle).c[name] for name in STAFF_COLUMNS), *alerts]


def _is_alert(kind: AlertKind, city: City) -> ColumnElement[bool]:
    return alert_condition(kind, [city], make_threshold(kind, find_threshold(city.name, kind)))
