"""The zones of a city for its maps: coarse enough to travel fast, with the words to show."""

from typing import Any

import shapely

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import zone_facts, zone_kind, zone_rule
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones, shape

#: Nobody sees on a map what is smaller, metres. Where rides end is decided on the zones themselves.
COARSE_M = 5.0
#: About a metre.
GRID_DEGREES = 1e-5
WORLD = shapely.box(-180, -85, 180, 85)


def picture(of_city: CityZones, currency: str) -> dict[str, Any]:
    """Return what a map draws and its legend says.

    outside: GeoJSON of the world without the service area, or None where there is none.
    zones: those above lie on those below, as they decide.
    """
    shown = [(zone, _coarse(of_city, zone)) for zone in reversed(of_city.zones)]
    service = [area for zone, area in shown if zone.kind == ZoneKind.SERVICE_AREA]
    outside = shapely.difference(WORLD, shapely.union_all(service)) if service else None
    kinds = {zone.kind for zone in of_city.zones}
    return {
        "outside": _geometry(outside) if outside else None,
        "zones": [_feature(zone, area, currency) for zone, area in shown],
        "legend": [
            {"kind": kind.value, "label": zone_kind(kind), "rule": zone_rule(kind)}
            for kind in ZoneKind
            if kind in kinds
        ],
    }


def _coarse(of_city: CityZones, zone: Zone) -> Any:
    plane = of_city.plane
    return plane.back(shapely.simplify(plane.flat(shape(zone)), COARSE_M))


def _feature(zone: Zone, area: Any, currency: str) -> dict[str, Any]:
    inside = area.representative_point()
    title = ": ".join(filter(None, (zone_kind(zone.kind), zone.name)))
    return {
        "type": "Feature",
        "geometry": _geometry(area),
        "properties": {
            "kind": zone.kind,
            "words": [title, *zone_facts(zone, currency)],
            "speed": zone.max_speed_kph,
            "at": [round(inside.y, 5), round(inside.x, 5)],
        },
    }


def _geometry(area: Any) -> Any:
    return shapely.geometry.mapping(shapely.set_precision(area, GRID_DEGREES))
