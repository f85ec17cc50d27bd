"""The shapes of zones as maps draw them: simplified once, for all types of vehicles and times."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

import shapely

from webapp.fleet.zones.models import Zone
from webapp.regions.map_projection import Projection

#: Tolerance of the simplification, metres: not visible on a map. Where rides end is decided on the
#: zones themselves.
SIMPLIFICATION_TOLERANCE_M = 5.0
#: About a metre.
PRECISION_DEGREES = 1e-5
WORLD = shapely.box(-180, -85, 180, 85)

#: A geometry of GeoJSON.
Geometry = dict[str, object]


class MapShape(NamedTuple):
    """A simplified zone. inside: latitude and longitude of a point in it."""

    area: shapely.Geometry
    geometry: Geometry
    inside: list[float]


class MapShapes:
    """The shapes of the zones of a city, each made when it is first asked for."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self._shapes: dict[UUID, MapShape] = {}
        #: Without the areas of the last zones that were asked for.
        self._outside: tuple[frozenset[UUID], Geometry] | None = None

    def find(self, zone: Zone) -> MapShape:
        """Return the shape of a zone."""
        if zone.id not in self._shapes:
            metres = self.projection.project(zone_area(zone))
            simplified = shapely.simplify(metres, SIMPLIFICATION_TOLERANCE_M)
            area = self.projection.unproject(simplified)
            point = area.representative_point()
            inside = [round(point.y, 5), round(point.x, 5)]
            self._shapes[zone.id] = MapShape(area, _make_geometry(area), inside)
        return self._shapes[zone.id]

    def find_outside(self, zones: Collection[Zone]) -> Geometry:
        """Return the world without the areas of some zones."""
        ids = frozenset(zone.id for zone in zones)
        if self._outside is None or self._outside[0] != ids:
            areas = [self.find(zone).area for zone in zones]
            outside = shapely.difference(WORLD, shapely.union_all(areas))
            self._outside = ids, _make_geometry(outside)
        return self._outside[1]


def zone_area(zone: Zone) -> shapely.MultiPolygon:
    """Return the area of a zone in longitudes and latitudes."""
    return shapely.MultiPolygon(
        [shapely.Polygon(rings[0], rings[1:]) for rings in zone.coordinates]
    )


def _make_geometry(area: shapely.Geometry) -> Geometry:
    geometry: Geometry = shapely.geometry.mapping(shapely.set_precision(area, PRECISION_DEGREES))
    return geometry
