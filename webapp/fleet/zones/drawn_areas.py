"""Areas that staff draw on a map or paste as GeoJSON: read and checked, never repaired.

What is refused is said in the words of the page. While somebody draws, the browser says the same
(webapp/static/js/zone_checks.js).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import shapely
from flask_babel import LazyString

from webapp.fleet.services.places import MAX_CITY_DISTANCE_M
from webapp.fleet.zones.classification import FeatureUnsupported
from webapp.fleet.zones.geometry import (
    MIN_SQUARE_M,
    InvalidGeometry,
    check_location,
    read_polygons,
)
from webapp.fleet.zones.models import Coordinates
from webapp.measures import format_area, format_distance
from webapp.regions.labels import city_label
from webapp.regions.map_projection import Projection
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Of one zone. An outline that follows each corner of a coast or a border has less.
MAX_POINTS = 5_000
#: From the centre of the city, kilometres.
MAX_KM = MAX_CITY_DISTANCE_M // 1000
#: A decimetre, as in imported zones.
DECIMALS = 6

DRAW_AREA = _l("Draw the zone on the map, or paste it as GeoJSON.")
NOT_GEOJSON = _l("This is not GeoJSON of a Polygon or MultiPolygon.")
BAD_POSITION = _l(
    "A part needs at least three points, each with its longitude and then its latitude, in degrees."
    " An area that crosses the 180th meridian needs a part on each side."
)
SWAPPED = _l("Latitude and longitude are swapped: GeoJSON has the longitude first.")
#: What GEOS calls what is wrong with an area, by the beginning of its text.
PROBLEMS: dict[str, LazyString] = {
    "Self-intersection": _l("The outline crosses itself, or two parts overlap."),
    "Ring Self-intersection": _l("The outline touches itself. Move one of its points."),
    "Hole lies outside shell": _l("A hole is outside of its part."),
    "Holes are nested": _l("A hole is inside of another hole."),
    "Interior is disconnected": _l("Holes cut a part in two. Draw it as two parts."),
    "Nested shells": _l("A part is inside of another part."),
    "Duplicate Rings": _l("Two parts or holes are the same."),
    "Too few points": _l("A part needs at least three points."),
}
OTHER_PROBLEM = _l("This outline does not enclose an area.")
WHERE = re.compile(r"\[(\S+) (\S+)\]$")


class AreaUnusable(Exception):
    """What was drawn is no area of a zone; the text says why, for people."""


def read_area(text: str, city: City) -> shapely.MultiPolygon:
    """Return the area that a text in GeoJSON has: a geometry, a feature, or all features of a
    collection. Raises AreaUnusable."""
    try:
        polygons = [part for each in _list_features(text) for part in read_polygons(each).geoms]
    except FeatureUnsupported:
        raise AreaUnusable(str(NOT_GEOJSON)) from None
    except InvalidGeometry:
        raise AreaUnusable(str(BAD_POSITION)) from None
    area = shapely.transform(shapely.MultiPolygon(polygons), lambda points: points.round(DECIMALS))
    _check_area(area, city)
    return area


def _list_features(text: str) -> list[object]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise AreaUnusable(str(NOT_GEOJSON)) from None
    match content:
        case {"type": "FeatureCollection", "features": [_first, *_] as features}:
            return list(features)
        case {"type": "Feature"}:
            return [content]
        case {"type": str(), "coordinates": [_first, *_]}:
            return [{"geometry": content}]
        case {"type": "MultiPolygon" | "FeatureCollection"}:
            raise AreaUnusable(str(DRAW_AREA))
    raise AreaUnusable(str(NOT_GEOJSON))


def _check_area(area: shapely.MultiPolygon, city: City) -> None:
    points = count_points(area)
    if points > MAX_POINTS:
        raise AreaUnusable(describe_points_limit())
    if not area.is_valid:
        raise AreaUnusable(_describe_problem(shapely.is_valid_reason(area)))
    sizes = shapely.area([Projection(city.centre).project(part) for part in area.geoms])
    if sizes.min() < MIN_SQUARE_M:
        raise AreaUnusable(describe_smallest_part())
    try:
        check_location(area, city)
    except FeatureUnsupported:
        raise AreaUnusable(describe_distance(city)) from None
    except InvalidGeometry:
        raise AreaUnusable(str(SWAPPED)) from None


def describe_distance(city: City) -> str:
    """Return what is said about an area that is far from its city."""
    far = format_distance(MAX_CITY_DISTANCE_M)
    return str(_("This is more than %(far)s from %(city)s.", far=far, city=city_label(city)))


def describe_smallest_part() -> str:
    """Return what is said about an area with a part that is too small."""
    size = format_area(MIN_SQUARE_M / 1e6)
    return str(_("A part is smaller than %(size)s. Make it larger, or remove it.", size=size))


def describe_points_limit() -> str:
    """Return what is said about an area with too many points."""
    return str(_("A zone has at most %(n)d points. Draw it with fewer.", n=MAX_POINTS))


def _describe_problem(reason: str) -> str:
    problem = next((PROBLEMS[name] for name in PROBLEMS if reason.startswith(name)), OTHER_PROBLEM)
    place = WHERE.search(reason)
    if place is None:
        return str(problem)
    lon, lat = (f"{float(each):.5f}" for each in place.groups())
    near = _("Near %(lat)s, %(lon)s.", lat=lat, lon=lon)
    return f"{problem} {near}"


def count_points(area: shapely.Geometry) -> int:
    """Return how many corners an area has; GeoJSON repeats the first of each ring at its end."""
    rings = sum(1 + len(part.interiors) for part in area.geoms)
    return int(shapely.get_num_coordinates(area)) - rings


def area_coordinates(area: shapely.MultiPolygon) -> Coordinates:
    """Return the coordinates of an area, as they are stored."""
    return list(_list_parts(shapely.geometry.mapping(area)["coordinates"]))


def _list_parts(parts: Any) -> Iterator[list[list[list[float]]]]:  # Any: nested tuples
    for rings in parts:
        yield [[[float(lon), float(lat)] for lon, lat in ring] for ring in rings]


def round_coordinates(coordinates: Coordinates) -> Coordinates:
    """Return coordinates as ``read_area`` rounds them. Those of imported zones may have more
    digits, which say nothing."""
    return [
        [[[round(each, DECIMALS) for each in point] for point in ring] for ring in rings]
        for rings in coordinates
    ]


def format_area_text(coordinates: Coordinates) -> str:
    """Return coordinates as GeoJSON, as the form of a zone has them."""
    geometry = {"type": "MultiPolygon", "coordinates": round_coordinates(coordinates)}
    return json.dumps(geometry, separators=(",", ":"))
