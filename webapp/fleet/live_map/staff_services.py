"""Reading the map of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import Cluster, make_cluster
from webapp.fleet.live_map.staff_queries import STAFF_COLUMNS, staff_map_query
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.models import City


@dataclass(frozen=True)
class StaffMapVehicle:
    """A vehicle on the map of staff."""

    vehicle: Vehicle
    alerts: list[AlertKind]


@dataclass(frozen=True)
class StaffMapData:
    """What a map of staff shows: vehicles, or clusters of many."""

    vehicle_count: int
    vehicles: list[StaffMapVehicle]
    clusters: list[Cluster]


def read_staff_map(
    vehicle_filter: VehicleFilter, alert: AlertKind | None, box: BoundingBox
) -> StaffMapData:
    """Return what is in the box. alert: only vehicles that it is about."""
    query = staff_map_query(vehicle_filter, alert, box)
    vehicle_count, vehicles, clusters = db.session.execute(query).one()
    return StaffMapData(
        int(vehicle_count),
        [_make_vehicle(vehicle_filter.city, row) for row in vehicles or ()],
        [make_cluster(box.grid, *row) for row in clusters or ()],
    )


def _make_vehicle(city: City, row: Sequence[Any]) -> StaffMapVehicle:
    """Return a vehicle. row: ``STAFF_COLUMNS`` and the alerts, from JSON (Any)."""
    count = len(STAFF_COLUMNS)
    values = dict(zip(STAFF_COLUMNS, row[:count], strict=True))
    values["id"] = UUID(values["id"])
    if values["reserved_until"]:
        values["reserved_until"] = datetime.fromisoformat(values["reserved_until"])
    alerts = [kind for kind, is_so in zip(AlertKind, row[count:], strict=True) if is_so]
    return StaffMapVehicle(Vehicle(region=city.region, city=city.name, **values), alerts)
