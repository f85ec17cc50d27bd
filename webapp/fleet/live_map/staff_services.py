"""Reading the map of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.live_map.bounding_box import COARSE_GRID, BoundingBox
from webapp.fleet.live_map.services import Cluster, make_cluster
from webapp.fleet.live_map.staff_queries import MAX_READ, STAFF_COLUMNS, staff_map_query
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

    vehicles: list[StaffMapVehicle]
    clusters: list[Cluster]
    #: Whether the clusters are from what was counted beforehand: however many, they are complete.
    is_counted: bool

    @property
    def vehicle_count(self) -> int:
        """How many vehicles it shows."""
        return min(self._found_count, MAX_READ) if self.has_more else self._found_count

    @property
    def has_more(self) -> bool:
        """Whether there are more vehicles than it shows."""
        return not self.is_counted and self._found_count > MAX_READ

    @property
    def _found_count(self) -> int:
        return len(self.vehicles) + sum(cluster.vehicle_count for cluster in self.clusters)


def read_staff_map(
    vehicle_filter: VehicleFilter, alert: AlertKind | None, box: BoundingBox
) -> StaffMapData:
    """Return what is in the box. alert: only vehicles that it is about."""
    query = staff_map_query(vehicle_filter, alert, box)
    vehicles, clusters, counted_clusters = db.session.execute(query).one()
    grid = COARSE_GRID if counted_clusters else box.grid
    return StaffMapData(
        [_make_vehicle(vehicle_filter.city, row) for row in vehicles or ()],
        [make_cluster(grid, *row) for row in counted_clusters or clusters or ()],
        is_counted=bool(counted_clusters),
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
