"""The polygons of a GeoJSON feature: checked, valid, and rounded to a decimetre."""

from shapely import (
    MultiPolygon,
    Polygon,
    area,
    distance,
    errors,
    get_parts,
    make_valid,
    set_precision,
)
from shapely import transform as transform_coordinates

from webapp.cli import show_text
from webapp.fleet.services.places import MAX_CITY_DISTANCE, MAX_CITY_DISTANCE_M
from webapp.fleet.zones.classification import FeatureUnsupported
from webapp.regions.geography import Point, is_position
from webapp.regions.labels import city_label
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: About a decimetre.
PRECISION_DEGREES = 1e-6
#: Smaller polygons are errors of drawing, and may have no area at all once they are measured.
MIN_SQUARE_M = 1.0


class InvalidGeometry(Exception):
    """A polygon that can't be right, so that the whole file is refused; its text says why."""


def read_polygons(feature: object) -> MultiPolygon:
    """Return the polygons of a feature, unchanged.

    Raises FeatureUnsupported and InvalidGeometry.
    """
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    match geometry:
        case {"type": "Polygon", "coordinates": [*rings]}:
            polygons: list[object] = [rings]
        case {"type": "MultiPolygon", "coordinates": [*polygons]}:
            pass
        case {"type": str(type_)}:
            raise FeatureUnsupported(f"a {show_text(type_)} is no area")
        case _:
            raise FeatureUnsupported("has no geometry")
    if not polygons:
        raise FeatureUnsupported("has no area")
    try:
        return MultiPolygon([_read_polygon(rings) for rings in polygons])
    except (TypeError, ValueError, errors.GEOSException):  # a ring of two, text, depth
        raise InvalidGeometry("is not drawn as GeoJSON wants it") from None


def repair_polygons(polygons: MultiPolygon, projection: Projection) -> MultiPolygon:
    """Return the same area with rings that do not cross, without parts below MIN_SQUARE_M; raises
    FeatureUnsupported if nothing is left."""
    if not polygons.is_valid:
        polygons = make_valid(polygons, method="structure", keep_collapsed=False)
    parts = get_parts(set_precision(polygons, PRECISION_DEGREES))
    square_m = area([projection.project(part) for part in parts])
    repaired = [
        part
        for part, size in zip(parts, square_m, strict=True)
        if part.geom_type == "Polygon" and size >= MIN_SQUARE_M
    ]
    if not repaired:
        raise FeatureUnsupported("has no area")
    return MultiPolygon(repaired)


def check_location(polygons: MultiPolygon, city: City) -> None:
    """Raise FeatureUnsupported if the area is far from the city, and InvalidGeometry if it is not
    with latitude and longitude swapped."""
    if _measure_m(polygons, city.centre) <= MAX_CITY_DISTANCE_M:
        return
    problem = f"lies more than {MAX_CITY_DISTANCE} from {city_label(city)}"
    swapped = transform_coordinates(polygons, lambda coordinates: coordinates[:, ::-1])
    if _measure_m(swapped, city.centre) <= MAX_CITY_DISTANCE_M:
        problem += ": latitude and longitude are swapped, GeoJSON has the longitude first"
        raise InvalidGeometry(problem)
    raise FeatureUnsupported(problem)


def _read_polygon(rings: object) -> Polygon:
    shell, *holes = [
        [_read_position(position) for position in _check_list(ring)] for ring in _check_list(rings)
    ]
    longitudes = [lon for lon, _ in shell]
    if max(longitudes) - min(longitudes) > 180:
        raise InvalidGeometry(
            "crosses the 180th meridian: cut it in two there, one part on each side"
        )
    return Polygon(shell, holes)


def _read_position(position: object) -> tuple[float, float]:
    lon, lat, *_ = _check_list(position)
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        raise TypeError
    if isinstance(lon, bool) or isinstance(lat, bool):
        raise TypeError
    if not is_position(lat, lon):
        raise InvalidGeometry(
            f"has a position outside the world ({lon}, {lat}):"
            " degrees are wanted, WGS 84, longitude before latitude"
        )
    return lon, lat


def _check_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _measure_m(polygons: MultiPolygon, centre: Point) -> float:
    projection = Projection(centre)
    metres: float = distance(projection.project(polygons), projection.project_point(centre))
    return metres
