"""The demo's zones: where rides end in its cities, and two places with a rule."""

from typing import Any

import shapely

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.geometry import mended
from webapp.fleet.zones.rules import zones
from webapp.fleet.zones.services import Wish, import_zones
from webapp.fleet.zones.zone_files import Drawing, Sheet
from webapp.ops.demo.cities import DemoCity, Street
from webapp.regions.models import City
from webapp.regions.projection import Plane

#: How far around its streets a city's service area goes, metres.
MARGIN_M = 600
#: The square lies so near to the centre, and is at most so large: metres. It keeps off the streets,
#: because there the demo's vehicles stand.
NEAR_M, SQUARE_M, OFF_M = 800, 110, 20
SQUARE = "Market square"
SLOW_KPH = 10
#: In the currency's minor units.
FEE = 500


def draw_zones(city: City, demo: DemoCity) -> None:
    """Give a city of the demo its zones; those that somebody has brought stay."""
    if not zones().of(city, max_age_s=0).zones:
        import_zones(city, sheet_of(demo), Wish(fee=FEE))


def sheet_of(city: DemoCity) -> Sheet:
    """Return the zones of a city, as a file would have them."""
    plane = Plane(city.centre)
    lines = {street: plane.flat(_line(street)) for street in city.streets}
    streets = shapely.union_all(list(lines.values()))
    centre = shapely.Point(0, 0)
    calm = min(city.streets, key=lambda street: lines[street].centroid.distance(centre))
    shapes = {
        ZoneKind.SERVICE_AREA: (city.label, streets.convex_hull.buffer(MARGIN_M, 4)),
        ZoneKind.NO_PARKING: (SQUARE, _square(streets, centre)),
        ZoneKind.SLOW: (calm.name, lines[calm].buffer(OFF_M, 2)),
    }
    sheet = Sheet("demo", in_order=False)
    for kind, (name, shape) in shapes.items():
        speed = SLOW_KPH if kind is ZoneKind.SLOW else None
        sheet.drawings.append(Drawing(kind, name, speed, mended(plane.back(shape))))
    return sheet


def _line(street: Street) -> Any:
    return shapely.LineString([(end.lon, end.lat) for end in (street.begin, street.end)])


def _square(streets: Any, centre: Any) -> Any:
    """Return the largest round place near the centre that no street crosses."""
    free = centre.buffer(NEAR_M).difference(streets.buffer(OFF_M))
    radius = shapely.maximum_inscribed_circle(free, tolerance=1)
    middle = shapely.Point(radius.coords[0])
    return middle.buffer(min(radius.length, SQUARE_M), 4)
