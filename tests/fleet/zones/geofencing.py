"""Zones with rules of GBFS files, and points in and outside of them. Any: values of JSON."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from tests.factories import find_city
from tests.fleet.zones.zone_files import NEW_YORK, feature, square
from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.geography import Point

#: In ``square()``, and outside of all squares of these tests.
INSIDE = Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.005)
OUTSIDE = Point(NEW_YORK.lat - 0.05, NEW_YORK.lon - 0.05)
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

RuleAt = Callable[..., Rule]


def zone(*rules: Any, name: str = "Core", **properties: Any) -> dict[str, Any]:
    """Return a zone of a file with these rules."""
    return feature([square()], "MultiPolygon", name=name, rules=list(rules), **properties)


def where_to_end(app: Flask, *points: Point, vehicle_type: VehicleType | None = None) -> list[bool]:
    """Return for each point whether a ride ends there."""
    with app.app_context():
        zones = city_zones(find_city())
        return [zones.check_parking(point, vehicle_type).allowed for point in points]
