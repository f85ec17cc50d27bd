"""Metres east and north of the centre of a city, in which shapes are measured.

An equirectangular projection around the centre. Within a city it is off by less than half a per
cent, and a point's error counts only against edges near by: a few centimetres.
"""

from functools import cached_property
from math import cos, radians
from typing import Any

import shapely

from webapp.regions.geography import METRES_PER_DEGREE, Point


class Projection:
    """The projection onto the plane that touches the earth at ``centre``."""

    def __init__(self, centre: Point) -> None:
        self.centre = centre

    def project(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a shape of longitudes and latitudes in metres."""
        return shapely.transform(shape, self._to_metres)

    def project_point(self, point: Point) -> shapely.Point:
        """Return a position as a point in metres."""
        return self.project(shapely.Point(point.lon, point.lat))

    def unproject(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a shape in metres in longitudes and latitudes."""
        return shapely.transform(shape, self._to_degrees)

    def unproject_point(self, point: shapely.Point) -> Point:
        """Return a point in metres as a position, rounded to about a decimetre."""
        degrees = self.unproject(point)
        return Point(round(degrees.y, 6), round((degrees.x + 180) % 360 - 180, 6))

    @cached_property
    def _metres_per_degree(self) -> tuple[float, float]:
        """Metres in one degree of longitude, and of latitude."""
        parallel = max(cos(radians(self.centre.lat)), 1e-6)  # not 0 at a pole
        return parallel * METRES_PER_DEGREE, METRES_PER_DEGREE

    # Any: arrays of numpy, which the project does not depend on by itself.
    def _to_metres(self, coordinates: Any) -> Any:
        degrees = coordinates - (self.centre.lon, self.centre.lat)
        degrees[:, 0] = (degrees[:, 0] + 180) % 360 - 180  # the short way round the earth
        return degrees * self._metres_per_degree

    def _to_degrees(self, coordinates: Any) -> Any:
        return coordinates / self._metres_per_degree + (self.centre.lon, self.centre.lat)
