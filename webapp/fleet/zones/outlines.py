"""The exact outlines of zones, for maps on which somebody draws."""

from collections.abc import Iterable
from typing import Any

from webapp.fleet.zones.drawn_areas import count_points
from webapp.fleet.zones.labels import own_zone_label
from webapp.fleet.zones.map_shapes import zone_area
from webapp.fleet.zones.models import Zone

#: Of all outlines of an answer: more would only make the map slow.
MAX_OUTLINE_POINTS = 20_000

#: West, south, east, north.
Box = tuple[float, float, float, float]


def list_outlines(zones: Iterable[Zone], box: Box) -> list[dict[str, Any]]:  # Any: GeoJSON
    """Return the zones that reach into a box, as GeoJSON, the ones with the lowest positions
    first; at most ``MAX_OUTLINE_POINTS`` points."""
    features = []
    points = 0
    for zone in zones:
        if not _reaches(zone, box):
            continue
        points += count_points(zone_area(zone))
        if points > MAX_OUTLINE_POINTS:
            break
        geometry = {"type": "MultiPolygon", "coordinates": zone.coordinates}
        properties = {"kind": zone.kind, "name": own_zone_label(zone)}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return features


def _reaches(zone: Zone, box: Box) -> bool:
    west, south, east, north = box
    outer_rings = [rings[0] for rings in zone.coordinates]
    lons = [point[0] for ring in outer_rings for point in ring]
    lats = [point[1] for ring in outer_rings for point in ring]
    return min(lons) <= east and max(lons) >= west and min(lats) <= north and max(lats) >= south
