"""Positions, rings and zones in metres around a centre. Any: values of columns."""

from typing import Any
from uuid import uuid4

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.regions.geography import METRES_PER_DEGREE, Point
from webapp.regions.models import City

#: The ring of a polygon: longitudes and latitudes.
Ring = list[list[float]]
#: On the equator: a degree of longitude is as long as one of latitude.
CENTRE = Point(0.0, 0.0)
SERVICE, NO_PARKING, NO_RIDE, SLOW = (
    ZoneKind.SERVICE_AREA,
    ZoneKind.NO_PARKING,
    ZoneKind.NO_RIDE,
    ZoneKind.SLOW,
)


def at(east: float, north: float, centre: Point = CENTRE) -> Point:
    """Return the point so many metres from the centre."""
    return Point(centre.lat + north / METRES_PER_DEGREE, centre.lon + east / METRES_PER_DEGREE)


def box(west: float, south: float, east: float, north: float, centre: Point = CENTRE) -> Ring:
    """Return the ring of a rectangle, in metres from the centre."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[at(*corner, centre).lon, at(*corner, centre).lat] for corner in corners]


def new_zone(kind: ZoneKind, *rings: Ring, position: int = 0, **columns: Any) -> Zone:
    values: dict[str, Any] = {"name": "", "fee": None, "max_speed_kph": None, **columns}
    return Zone(
        id=uuid4(), city="flat", kind=kind.value, position=position, coordinates=[list(rings)], **values
    )  # fmt: skip


def make_city_zones(*rows: Zone, tolerance_m: float = 25) -> CityZones:
    city = City(name="flat", lat=CENTRE.lat, lon=CENTRE.lon)
    return CityZones(city, rows, tolerance_m)


AREA = box(-1000, -1000, 1000, 1000)
SQUARE = box(-200, -200, 200, 200)
