"""The parking places of a city: small named zones where rides may end, as places in a list."""

from itertools import islice
from typing import NamedTuple

import shapely

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import own_zone_label
from webapp.fleet.zones.map_shapes import zone_area
from webapp.fleet.zones.rules import CityZones
from webapp.regions.geography import Point, distance_m

#: In a larger zone its middle would not say where the vehicle stands, square kilometres.
MAX_SQUARE_KM = 0.05
#: How many are listed at most, and how far away they are, metres.
MAX_PLACES, MAX_DISTANCE_M = 5, 2_000


class ParkingPlace(NamedTuple):
    """A point inside a zone where a ride may end."""

    name: str
    point: Point


def list_parking_places(
    zones: CityZones, origin: Point, vehicle_type: VehicleType | None
) -> list[ParkingPlace]:
    """Return the parking places around a point where a ride may end now, the nearest first."""
    places = [
        ParkingPlace(own_zone_label(zone), _find_inner_point(zone_area(zone)))
        for zone in zones.list_active_zones()
        if own_zone_label(zone)
        and zones.find_zone_kind(zone, vehicle_type) == ZoneKind.SERVICE_AREA
        and zones.measure_square_km(zone) <= MAX_SQUARE_KM
    ]
    distances = {place: distance_m(place.point, origin) for place in places}
    near = sorted((p for p in places if distances[p] <= MAX_DISTANCE_M), key=distances.__getitem__)
    allowed = (p for p in near if zones.check_parking(p.point, vehicle_type).allowed)
    return list(islice(allowed, MAX_PLACES))


def _find_inner_point(area: shapely.MultiPolygon) -> Point:
    inside = area.representative_point()
    return Point(inside.y, inside.x)
