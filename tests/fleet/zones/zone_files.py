"""GeoJSON and GBFS files for tests of zones.

Any: values of JSON, which tests also make invalid.
"""

from typing import Any

from tests.databases import CITIES
from webapp.fleet.zones.models import Zone
from webapp.regions.geography import Point

NEW_YORK = Point(*CITIES[0][4:])


def square(east: float = 0, north: float = 0, side: float = 0.01) -> list[Any]:
    """Return the rings of a square near New York's centre, moved by so many degrees."""
    lon, lat = NEW_YORK.lon + east, NEW_YORK.lat + north
    ring = [(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side), (lon, lat)]
    return [[list(corner) for corner in ring]]


def feature(rings: Any = None, type_: str = "Polygon", **properties: Any) -> dict[str, Any]:
    geometry = {"type": type_, "coordinates": square() if rings is None else rings}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def gbfs(*features: Any, **rest: Any) -> dict[str, Any]:
    return {"version": "3.0", "data": {"geofencing_zones": collection(*features), **rest}}


def rule(end: bool = True, through: bool = True, **more: Any) -> dict[str, Any]:
    allowed: dict[str, Any] = {
        "ride_start_allowed": True,
        "ride_end_allowed": end,
        "ride_through_allowed": through,
    }
    return {**allowed, **more}


#: Rides end nowhere else.
NO_PARKING_ELSEWHERE = {"global_rules": [rule(end=False)]}


def zone_columns(zone: Zone) -> tuple[Any, ...]:
    return zone.kind, zone.name, zone.fee, zone.max_speed_kph
