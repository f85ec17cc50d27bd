"""A city laid flat: metres east and north of its centre, in which shapes are measured.

An equirectangular projection around the centre. Within a city it is off by less than half a per
cent, and a point's error counts only against edges near by: a few centimetres.
"""

from functools import cached_property
from math import cos, radians
from typing import Any

import shapely

from webapp.regions.geography import METRES_PER_DEGREE, Point


class Plane:
    """The plane that touches the earth at ``centre``."""

    def __init__(self, centre: Point) -> None:
        self.centre = centre

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """Metres in one degree of longitude, and of latitude."""
        east = max(cos(radians(self.centre.lat)), 1e-6)  # a pole has no east
        return east * METRES_PER_DEGREE, METRES_PER_DEGREE

    def flat(self, shape: Any) -> Any:
        """Return a shape of longitudes and latitudes in metres."""
        return shapely.transform(shape, self._flat)

    def at(self, point: Point) -> Any:
        """Return a position as a point in metres."""
        return self.flat(shapely.Point(point.lon, point.lat))

    def back(self, shape: Any) -> Any:
        """Return a shape in metres in longitudes and latitudes again."""
        return shapely.transform(shape, self._back)

    def position(self, point: Any) -> Point:
        """Return a point in metres as a position, to about a decimetre."""
        there = self.back(point)
        return Point(round(there.y, 6), round((there.x + 180) % 360 - 180, 6))

    def _flat(self, positions: Any) -> Any:
        degrees = positions - (self.centre.lon, self.centre.lat)
        degrees[:, 0] = (degrees[:, 0] + 180) % 360 - 180  # the short way round the earth
        return degrees * self._scale

    def _back(self, positions: Any) -> Any:
        return positions / self._scale + (self.centre.lon, self.centre.lat)
