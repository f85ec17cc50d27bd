"""The zones of a city for its maps: simplified, so that they are small, and with their texts."""

import shapely

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import describe_zone_limits, zone_kind_label, zone_rule_label
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones, zone_area

#: Tolerance of the simplification, metres: not visible on a map. Where rides end is decided on the
#: zones themselves.
SIMPLIFICATION_TOLERANCE_M = 5.0
#: About a metre.
PRECISION_DEGREES = 1e-5
WORLD = shapely.box(-180, -85, 180, 85)

#: An object of JSON.
Json = dict[str, object]


def build_map_layer(zones: CityZones, currency: str) -> Json:
    """Return what static/js/zone_layer.js draws.

    outside: GeoJSON of the world without the service area, or None without one.
    zones: GeoJSON features, in the order of drawing: the zone that applies comes last.
    legend: the kinds of zones in the city.
    """
    areas = [(zone, _simplify(zones, zone)) for zone in reversed(zones.zones)]
    service_areas = [area for zone, area in areas if zone.kind == ZoneKind.SERVICE_AREA]
    outside = shapely.difference(WORLD, shapely.union_all(service_areas))
    kinds = {zone.kind for zone in zones.zones}
    return {
        "outside": _make_geometry(outside) if service_areas else None,
        "zones": [_make_feature(zone, area, currency) for zone, area in areas],
        "legend": [
            {"kind": kind.value, "label": zone_kind_label(kind), "rule": zone_rule_label(kind)}
            for kind in ZoneKind
            if kind in kinds
        ],
    }


def _simplify(zones: CityZones, zone: Zone) -> shapely.Geometry:
    metres = zones.projection.project(zone_area(zone))
    return zones.projection.unproject(shapely.simplify(metres, SIMPLIFICATION_TOLERANCE_M))


def _make_feature(zone: Zone, area: shapely.Geometry, currency: str) -> Json:
    inside = area.representative_point()
    title = ": ".join(filter(None, (zone_kind_label(zone.kind), zone.name)))
    return {
        "type": "Feature",
        "geometry": _make_geometry(area),
        "properties": {
            "kind": zone.kind,
            "words": [title, *describe_zone_limits(zone, currency)],
            "speed": zone.max_speed_kph,
            "at": [round(inside.y, 5), round(inside.x, 5)],
        },
    }


def _make_geometry(area: shapely.Geometry) -> Json:
    geometry: Json = shapely.geometry.mapping(shapely.set_precision(area, PRECISION_DEGREES))
    return geometry
