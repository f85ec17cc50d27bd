"""The zones of the demo: where rides end in its cities, and two places with a rule.

The slow street is one for scooters only, so that zones differ by type of vehicle.
"""

import shapely

from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.geometry import repair_polygons
from webapp.fleet.zones.parsed_zones import FeedRules, ParsedZone, ZoneFile
from webapp.fleet.zones.services import ZoneImportOptions, import_zones
from webapp.fleet.zones.zone_rules import Rule
from webapp.ops.demo.cities import DemoCity, Street
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: How far the service area of a city extends around its streets, metres.
SERVICE_AREA_MARGIN_M = 600
#: The no-parking zone lies at most so far from the centre, metres.
SQUARE_MAX_DISTANCE_M = 800
SQUARE_MAX_RADIUS_M = 110
#: Between the no-parking zone and the streets, where the vehicles of the demo stand; and half the
#: width of the slow zone.
STREET_MARGIN_M = 20
SLOW_ZONE_KPH = 10
SLOW_RULE = Rule(frozenset({"scooter"}), maximum_speed_kph=SLOW_ZONE_KPH)
#: Each type has its name as id.
DEMO_TYPES = tuple(
    (name, form_factor.value, propulsion_type.value)
    for name, (form_factor, propulsion_type) in VEHICLE_TYPES.items()
)
#: In minor units of the city's currency.
PARKING_FEE = 500


def add_zones(city: City, demo_city: DemoCity) -> None:
    """Add the zones of the demo to a city that has none."""
    if not city_zones(city, max_age_s=0).zones:
        import_zones(city, build_zone_file(demo_city), ZoneImportOptions(fee=PARKING_FEE))


def build_zone_file(city: DemoCity) -> ZoneFile:
    """Return the zones of a city, as a file would contain them."""
    projection = Projection(city.centre)
    lines = {street: projection.project(_make_street_line(street)) for street in city.streets}
    streets = shapely.union_all(list(lines.values()))
    centre = shapely.Point(0, 0)
    slow_street = min(city.streets, key=lambda street: lines[street].centroid.distance(centre))
    areas = {
        ZoneKind.SERVICE_AREA: ("", _make_service_area(city, projection)),
        ZoneKind.NO_PARKING: (city.local_names.square, _make_square(streets, centre)),
        ZoneKind.SLOW: (slow_street.name, lines[slow_street].buffer(STREET_MARGIN_M, 2)),
    }
    zone_file = ZoneFile("demo", feed_rules=FeedRules(vehicle_types=DEMO_TYPES))
    for kind, (name, metres) in areas.items():
        is_slow = kind is ZoneKind.SLOW
        speed, rules = (SLOW_ZONE_KPH, (SLOW_RULE,)) if is_slow else (None, None)
        area = repair_polygons(projection.unproject(metres), projection)
        zone_file.zones.append(ParsedZone(kind, name, speed, area, rules))
    return zone_file


def _make_service_area(city: DemoCity, projection: Projection) -> shapely.Geometry:
    """Return the areas around the streets of the centre and of each district."""
    parts = [
        shapely.union_all([projection.project(_make_street_line(each)) for each in streets])
        for streets in (city.streets, *city.districts)
    ]
    return shapely.union_all(
        [streets.convex_hull.buffer(SERVICE_AREA_MARGIN_M, 4) for streets in parts]
    )


def _make_street_line(street: Street) -> shapely.LineString:
    return shapely.LineString([(end.lon, end.lat) for end in (street.begin, street.end)])


def _make_square(streets: shapely.Geometry, centre: shapely.Point) -> shapely.Polygon:
    """Return the largest circle near the centre that no street crosses."""
    free = centre.buffer(SQUARE_MAX_DISTANCE_M).difference(streets.buffer(STREET_MARGIN_M))
    radius = shapely.maximum_inscribed_circle(free, tolerance=1)
    middle = shapely.Point(radius.coords[0])
    return middle.buffer(min(radius.length, SQUARE_MAX_RADIUS_M), 4)
