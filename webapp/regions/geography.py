"""Places on the earth: WGS 84 degrees, distances in metres, and the grid that finds neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, atan2, ceil, cos, degrees, floor, radians, sin, sqrt
from typing import NamedTuple

from sqlalchemy import Float, Integer, SQLColumnExpression, cast, func
from sqlalchemy.sql import ColumnElement

#: Mean radius of the earth (IUGG), metres.
EARTH_RADIUS_M = 6_371_009
METRES_PER_DEGREE = EARTH_RADIUS_M * radians(1)
#: One cell of the grid is this many degrees wide and high: 1.1 km along a meridian.
CELL_DEGREES = 0.01
#: Cells in a row of the grid.
GRID_COLUMNS = round(360 / CELL_DEGREES)


class Point(NamedTuple):
    """A position; ``lat`` in -90..90, ``lon`` in -180..180."""

    lat: float
    lon: float

    @property
    def cell(self) -> int:
        """The number of the grid's cell that holds this point; cells of a row are consecutive."""
        return grid_row(self.lat) * GRID_COLUMNS + _find_column(self.lon)


@dataclass(frozen=True)
class Place:
    """Where something stands: an address, a position, or both."""

    address: str | None = None
    point: Point | None = None

    def column_values(self) -> dict[str, str | float | None]:
        """Return the values of the columns ``address``, ``lat`` and ``lon``."""
        lat, lon = self.point or (None, None)
        return {"address": self.address, "lat": lat, "lon": lon}


class Box(NamedTuple):
    """A part of the map, degrees. ``west`` or ``east`` may lie beyond the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


def make_box(centre: Point, radius_m: float) -> Box:
    """Return the box with sides at ``radius_m`` from a point."""
    height = radius_m / METRES_PER_DEGREE
    width = height / max(0.01, cos(radians(centre.lat)))
    return Box(
        max(-90.0, centre.lat - height),
        centre.lon - width,
        min(90.0, centre.lat + height),
        centre.lon + width,
    )


def is_position(lat: float, lon: float) -> bool:
    """Tell whether the numbers are a position at all; NaN and infinities are not."""
    return -90 <= lat <= 90 and -180 <= lon <= 180


def distance_m(a: Point, b: Point) -> float:
    """Return the great-circle distance in metres (haversine formula)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = (
        sin((lat_b - lat_a) / 2) ** 2
        + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def find_bearing(a: Point, b: Point) -> float:
    """Return the direction from ``a`` to ``b`` at the start, degrees clockwise from north."""
    lat_a, lat_b, turn = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    north = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(turn)
    return degrees(atan2(sin(turn) * cos(lat_b), north)) % 360


def distance_m_column(
    lat: SQLColumnExpression[float | None],
    lon: SQLColumnExpression[float | None],
    origin_lat: SQLColumnExpression[float | None] | SQLColumnExpression[float],
    origin_lon: SQLColumnExpression[float | None] | SQLColumnExpression[float],
) -> ColumnElement[int]:
    """Return the distance of two columns from a point in SQL, in whole metres."""
    parallels = func.cos(_find_angle(origin_lat)) * func.cos(_find_angle(lat))
    half = func.power(func.sin(_find_angle(lat - origin_lat) * 0.5), 2) + parallels * func.power(
        func.sin(_find_angle(lon - origin_lon) * 0.5), 2
    )
    arc = func.asin(func.least(1.0, func.sqrt(half)))
    return cast(func.round(2 * EARTH_RADIUS_M * arc), Integer)


def _find_angle(degrees_column: SQLColumnExpression[float | None]) -> ColumnElement[float]:
    """Return the absolute value of an angle in radians; at least 1e-9 degrees.

    Both databases raise an error on numeric underflow, and one such vehicle would break the list
    of every rider. CockroachDB does not divide a float by 2, only by 2.0.
    """
    return func.greatest(func.abs(degrees_column), 1e-9, type_=Float) * radians(1)


def cells_between(south_west: Point, north_east: Point) -> Iterator[tuple[int, int]]:
    """Yield ranges (first, last) of cell numbers that cover the box between two of its corners.

    One range for each row of the grid, and two where the box crosses the 180th meridian.
    """
    west, east = _find_column(south_west.lon), _find_column(north_east.lon)
    # Both ends may lie in the same column.
    is_whole = north_east.lon - south_west.lon >= 360 - 2 * CELL_DEGREES
    for row in range(grid_row(south_west.lat), grid_row(north_east.lat) + 1):
        start = row * GRID_COLUMNS
        if is_whole:
            yield start, start + GRID_COLUMNS - 1
        elif west <= east:
            yield start + west, start + east
        else:
            yield start, start + east
            yield start + west, start + GRID_COLUMNS - 1


def estimate_walking_minutes(distance: float) -> int:
    """Return how long a person walks ``distance`` metres: 80 m a minute, a usual average."""
    return max(1, ceil(distance / 80))


def grid_row(lat: float) -> int:
    """Return the number of the grid's row that holds a latitude, counted from the south pole."""
    return min(floor((lat + 90) / CELL_DEGREES), round(180 / CELL_DEGREES) - 1)


def _find_column(lon: float) -> int:
    return floor((lon + 180) / CELL_DEGREES) % GRID_COLUMNS
