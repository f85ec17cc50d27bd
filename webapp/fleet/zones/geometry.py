"""The area of a GeoJSON feature: checked, whole, and to the decimetre."""

from typing import Any

import shapely

from webapp.fleet.gbfs.documents import shown
from webapp.fleet.services.places import MAX_CITY_DISTANCE_M
from webapp.fleet.zones.classification import NoZone
from webapp.regions.geography import Point, is_position
from webapp.regions.models import City
from webapp.regions.projection import Plane

#: About a decimetre.
GRID_DEGREES = 1e-6


class Misdrawn(Exception):
    """An outline that cannot be meant so, and makes one doubt the whole file; its text says why."""


def outline(feature: Any) -> Any:
    """Return the MultiPolygon of a feature as it is drawn; raises NoZone, Misdrawn."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    match geometry:
        case {"type": "Polygon", "coordinates": [*rings]}:
            polygons = [rings]
        case {"type": "MultiPolygon", "coordinates": [*polygons]}:
            pass
        case {"type": str(type_)}:
            raise NoZone(f"a {shown(type_)} is no area")
        case _:
            raise NoZone("has no geometry")
    if not polygons:
        raise NoZone("has no area")
    try:
        return shapely.MultiPolygon([_polygon(rings) for rings in polygons])
    except (TypeError, ValueError, shapely.errors.GEOSException):  # a ring of two, text, depth
        raise Misdrawn("is not drawn as GeoJSON wants it") from None


def mended(drawn: Any) -> Any:
    """Return the same area with an outline that does not cross itself; raises NoZone."""
    if not drawn.is_valid:
        drawn = shapely.make_valid(drawn, method="structure", keep_collapsed=False)
    drawn = shapely.set_precision(drawn, GRID_DEGREES)
    polygons = [part for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"]
    if not polygons:
        raise NoZone("has no area")
    return shapely.MultiPolygon(polygons)


def check_place(area: Any, city: City) -> None:
    """Raise Misdrawn for what lies far from the city, most of all with swapped numbers."""
    if _distance_m(area, city.centre) <= MAX_CITY_DISTANCE_M:
        return
    problem = f"lies more than {MAX_CITY_DISTANCE_M // 1000} km from {city.label}"
    swapped = shapely.transform(area, lambda positions: positions[:, ::-1])
    if _distance_m(swapped, city.centre) <= MAX_CITY_DISTANCE_M:
        problem += ": latitude and longitude are swapped, GeoJSON has the longitude first"
    raise Misdrawn(problem)


def _polygon(rings: Any) -> Any:
    shell, *holes = [[_position(at) for at in ring] for ring in rings]
    longitudes = [lon for lon, _ in shell]
    if max(longitudes) - min(longitudes) > 180:
        raise Misdrawn("crosses the 180th meridian: cut it in two there, one part on each side")
    return shapely.Polygon(shell, holes)


def _position(at: Any) -> tuple[float, float]:
    lon, lat, *_ = at
    if not all(type(number) in (int, float) for number in (lon, lat)):
        raise TypeError
    if not is_position(lat, lon):
        raise Misdrawn(
            f"has a position outside the world ({lon}, {lat}):"
            " degrees are wanted, WGS 84, longitude before latitude"
        )
    return lon, lat


def _distance_m(area: Any, centre: Point) -> float:
    plane = Plane(centre)
    metres: float = shapely.distance(plane.flat(area), plane.at(centre))
    return metres
