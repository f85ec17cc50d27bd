"""Points of a ride's path: parse what a browser sends, and simplify it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import shapely

from webapp.errors import DomainError
from webapp.regions.geography import Point, distance_m, is_position
from webapp.regions.map_projection import Projection
from webapp.translations import lazy_gettext as _l

#: Points that a browser may send at once.
MAX_POINTS_SENT = 500
#: A point nearer to the last one than this, in time or in space, is left out.
MIN_STEP_S, MIN_STEP_M = 5, 10
#: A point that is reached faster than this (200 km/h) is an error of positioning. Metres a second.
MAX_SPEED_MPS = 200 / 3.6
#: How far the simplified path may be from the recorded one.
TOLERANCE_M = 5
#: ``seconds,lat,lon``
POINT_PATTERN = re.compile(
    r"(\d{1,7}(?:\.\d{1,9})?),(-?\d{1,3}(?:\.\d{1,17})?),(-?\d{1,3}(?:\.\d{1,17})?)"
)


class PathUnreadable(DomainError):
    status = 422
    title = _l("Invalid path")
    message = _l(
        "Each point has seconds since the start, latitude and longitude, as in"
        " 12,38.25,-85.75;20,38.26,-85.75; at most %(most)d of them.",
        most=MAX_POINTS_SENT,
    )


class PathPoint(NamedTuple):
    """Where the rider was, ``seconds`` after the start of the ride."""

    seconds: float
    lat: float
    lon: float

    @property
    def position(self) -> Point:
        return Point(self.lat, self.lon)


def parse_points(text: str) -> list[PathPoint]:
    """Read ``seconds,lat,lon;...``. Raises PathUnreadable."""
    parts = text.removesuffix(";").split(";")
    if len(parts) > MAX_POINTS_SENT:
        raise PathUnreadable
    return [_parse_point(part) for part in parts]


def _parse_point(text: str) -> PathPoint:
    match = POINT_PATTERN.fullmatch(text) if text.isascii() else None
    if match is None:
        raise PathUnreadable
    return make_path_point(*map(float, match.groups()))


def make_path_point(seconds: float, lat: float, lon: float) -> PathPoint:
    """Return a point with as many digits as are kept. Raises PathUnreadable."""
    if not is_position(lat, lon):
        raise PathUnreadable
    return PathPoint(round(seconds, 1), round(lat, 6), round(lon, 6))


def thin_out(points: Sequence[PathPoint], last: PathPoint | None = None) -> list[PathPoint]:
    """Return the points that continue a path after ``last``, in order of time."""
    path = [last] if last else []
    for point in points:
        if not path or _is_plausible_step(path[-1], point):
            path.append(point)
    return _simplify(path)[1 if last else 0 :]


def _is_plausible_step(start: PathPoint, end: PathPoint) -> bool:
    seconds = end.seconds - start.seconds
    metres = distance_m(start.position, end.position)
    return seconds >= MIN_STEP_S and MIN_STEP_M <= metres <= MAX_SPEED_MPS * seconds


def _simplify(points: list[PathPoint]) -> list[PathPoint]:
    """Leave out points on the straight line between others (Douglas-Peucker algorithm)."""
    if len(points) < 3:
        return points
    degrees = shapely.LineString([(point.lon, point.lat) for point in points])
    metres = shapely.get_coordinates(Projection(points[0].position).project(degrees))
    # The third coordinate is the index of the point; the algorithm ignores it.
    indexed = shapely.LineString([(x, y, index) for index, (x, y) in enumerate(metres)])
    line = shapely.simplify(indexed, TOLERANCE_M, preserve_topology=False)
    return [points[int(n)] for _, _, n in shapely.get_coordinates(line, include_z=True)]
