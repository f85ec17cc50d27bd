"""The vehicles that have come to a city lately, and which of them are near a place."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, or_, select

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point, cells_between, distance_m, make_box
from webapp.regions.models import City
from webapp.rides.following.models import Follow
from webapp.rides.models import Ride

#: How long ago a vehicle came at most. Runs are three minutes apart.
LOOK_BACK = timedelta(minutes=10)
#: Vehicles of a city that one run looks at: the last that came.
MAX_VEHICLES = 5_000


class NewVehicle(NamedTuple):
    """A vehicle that has become free, or was added."""

    point: Point | None
    form_factor: str
    owner_key: RowKey | None
    #: Who has just parked it, and needs no notification of it. None: nobody ever rode it.
    last_rider_id: UUID | None
    #: Whether it was added, not only free again.
    is_added: bool


def read_new_vehicles(city: City) -> list[NewVehicle]:
    """Return the vehicles of a city that have become free or were added lately, the last first."""
    return [_make_new_vehicle(*row) for row in db.session.execute(new_vehicles_query(city))]


def new_vehicles_query(city: City) -> Select[tuple[object, ...]]:
    """Return the query of the vehicles of a city that have become free lately, the last first. Not
    of those whose reservation was cancelled: nothing has come to the place."""
    vehicles = table(Vehicle).c
    since = func.now() - LOOK_BACK
    was_reserved = vehicles.reserved_until >= vehicles.state_changed_at
    return (
        select(
            vehicles.lat,
            vehicles.lon,
            vehicles.form_factor,
            vehicles.owner_region,
            vehicles.owner_id,
            _last_rider_subquery(),
            vehicles.created_at > since,
        )
        .where(
            vehicles.region == city.region,
            vehicles.city == city.name,
            vehicles.state == VehicleState.AVAILABLE.value,
            vehicles.state_changed_at > since,
            or_(vehicles.reserved_until.is_(None), ~was_reserved),
        )
        .order_by(vehicles.state_changed_at.desc().nulls_last(), vehicles.id.desc())
        .limit(MAX_VEHICLES)
    )


def _last_rider_subquery() -> ScalarSelect[UUID | None]:
    vehicles, rides = table(Vehicle).c, table(Ride).c
    return (
        select(rides.rider_id)
        .where(rides.region == vehicles.region, rides.vehicle_id == vehicles.id)
        .order_by(rides.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _make_new_vehicle(
    lat: float | None,
    lon: float | None,
    form_factor: str,
    owner_region: str | None,
    owner_id: UUID | None,
    last_rider_id: UUID | None,
    is_added: bool,
) -> NewVehicle:
    point = None if lat is None or lon is None else Point(lat, lon)
    owner_key = RowKey(owner_region, owner_id) if owner_region and owner_id else None
    return NewVehicle(point, form_factor, owner_key, last_rider_id, is_added)


class VehiclesByCell:
    """Vehicles, found by the cells around a place."""

    def __init__(self, vehicles: Sequence[NewVehicle]) -> None:
        self._vehicles: dict[int, list[NewVehicle]] = defaultdict(list)
        for vehicle in vehicles:
            if vehicle.point:
                self._vehicles[vehicle.point.cell].append(vehicle)

    def has_match(self, follow: Follow, blocked: set[tuple[UUID, UUID]]) -> bool:
        """Tell whether a vehicle is near enough, of the type, and one that the rider may ride and
        has not just parked."""
        place, radius_m = follow.point, follow.radius_m or 0
        if place is None:
            return False
        near = (v for cell in cells_around(place, radius_m) for v in self._vehicles.get(cell, ()))
        return any(
            vehicle.point
            and follow.form_factor in ("", vehicle.form_factor)
            and vehicle.last_rider_id != follow.rider_id
            and (vehicle.owner_key and vehicle.owner_key.id, follow.rider_id) not in blocked
            and distance_m(vehicle.point, place) <= radius_m
            for vehicle in near
        )


def cells_around(point: Point, radius_m: int) -> Iterator[int]:
    """Yield the cells of the grid that a circle may touch."""
    box = make_box(point, radius_m)
    for first, last in cells_between(Point(box.south, box.west), Point(box.north, box.east)):
        yield from range(first, last + 1)
