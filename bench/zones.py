"""How much processor time the rules of a city with many zones take, without a database.

A city like Paris: 272 zones of 100 corners each around a centre, which overlap, with rules for
three types of vehicles and rules outside of them.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import cos, pi, sin
from pathlib import Path
from random import Random
from typing import Any

from shapely import contains_xy, prepare
from shapely.geometry import shape

import config
import webapp
from bench.support.report import Figure, Section
from bench.support.timing import processor_ms
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.services import ZoneImportOptions, city_rules_row, zone_rows
from webapp.fleet.zones.zone_files import read_zone_file
from webapp.regions.geography import Point
from webapp.regions.models import City

PARIS = City(name="paris", default_label="Paris", lat=48.857, lon=2.352, timezone="Europe/Paris")
TYPES = {
    "bike": ("bicycle", "human"),
    "e-bike": ("bicycle", "electric_assist"),
    "scooter": ("scooter_standing", "electric"),
}
#: Zones, corners of each, and points that are checked.
SIZES, QUICK_SIZES = (272, 100, 1_000), (10, 12, 10)
PLAIN_TEST = "shapely, each zone"


def make_feed(random: Random, zones: int, corners: int) -> dict[str, object]:
    """Return a geofencing_zones file: small zones with different rules, then the city."""
    features = [
        _make_feature(random, corners, 0.002 + random.random() * 0.01) for _ in range(zones)
    ]
    whole = _make_feature(random, corners, 0.08, (PARIS.lon, PARIS.lat))
    elsewhere = [{"ride_start_allowed": False, "ride_end_allowed": False}]
    collection = {"type": "FeatureCollection", "features": [*features[1:], whole]}
    return {
        "version": "3.0",
        "data": {"geofencing_zones": collection, "global_rules": elsewhere},
    }


def _make_feature(
    random: Random, corners: int, radius: float, centre: tuple[float, float] | None = None
) -> dict[str, object]:
    lon, lat = centre or (PARIS.lon + random.gauss(0, 0.04), PARIS.lat + random.gauss(0, 0.03))
    angles = [2 * pi * number / corners for number in range(corners)]
    ring = [
        [lon + radius * random.uniform(0.8, 1) * cos(angle), lat + radius * 0.66 * sin(angle)]
        for angle in angles
    ]
    rules = [
        {
            "vehicle_type_ids": [id_],
            "ride_start_allowed": centre is not None or random.random() < 0.5,
            "ride_end_allowed": centre is not None or random.random() < 0.5,
            "ride_through_allowed": True,
        }
        for id_ in TYPES
    ]
    geometry = {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]]]}
    return {"type": "Feature", "geometry": geometry, "properties": {"rules": rules}}


def measure(quick: bool) -> Section:
    """Return what the rules take for one point, beside a plain test of each zone."""
    zone_count, corner_count, point_count = QUICK_SIZES if quick else SIZES
    random = Random(1)  # noqa: S311  # the same zones each time
    feed = make_feed(random, zone_count, corner_count)
    read_ms = processor_ms(lambda: read_rules(feed))
    parse_ms = processor_ms(lambda: json.loads(json.dumps(feed)))
    zones = read_rules(feed)
    points = [
        Point(PARIS.lat + random.uniform(-0.06, 0.06), PARIS.lon + random.uniform(-0.1, 0.1))
        for _ in range(point_count)
    ]
    plain_ms = mean_ms(zone_tester(feed), points)
    figures = [Figure("reading the file and making rows", "json", read_ms, parse_ms)]
    for id_, vehicle_type in TYPES.items():
        check_parking = partial(zones.check_parking, vehicle_type=vehicle_type)
        first_ms = processor_ms(lambda check=check_parking: check(points[0]))  # type: ignore[misc]
        figures += [
            Figure(f"end of a ride, {id_}, the first", PLAIN_TEST, first_ms, plain_ms),
            Figure(f"end of a ride, {id_}", PLAIN_TEST, mean_ms(check_parking, points), plain_ms),
        ]
    start_ms = mean_ms(lambda point: zones.allows_start(point, TYPES["scooter"]), points)
    figures.append(Figure("start of a ride", PLAIN_TEST, start_ms, plain_ms))
    figures += measure_map_layers(zones, parse_ms)
    text = f"{zone_count} zones of {corner_count} corners; the mean of {point_count} points."
    return Section("Many zones", text, figures)


def measure_map_layers(zones: CityZones, parse_ms: float) -> Iterator[Figure]:
    app = webapp.create_app(config.Test, DATABASE_URL="postgresql://u:p@localhost/none")
    with app.test_request_context():
        for id_, vehicle_type in (*TYPES.items(), ("bike again", TYPES["bike"])):
            build = partial(build_map_layer, zones, "EUR", vehicle_type)
            yield Figure(f"map layer, {id_}", "json", processor_ms(build), parse_ms)


def read_rules(feed: dict[str, object]) -> CityZones:
    """Return the rules of a feed, read from files as an import does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "geofencing_zones.json"
        path.write_text(json.dumps(feed))
        listed = [
            {"vehicle_type_id": id_, "form_factor": form_factor, "propulsion_type": propulsion}
            for id_, (form_factor, propulsion) in TYPES.items()
        ]
        types = {"data": {"vehicle_types": listed}}
        path.with_name("vehicle_types.json").write_text(json.dumps(types))
        zone_file = read_zone_file(path, PARIS)
    if zone_file.feed_rules is None:
        raise ValueError("The file has no rules.")
    rows = zone_rows(PARIS, zone_file, ZoneImportOptions())
    city_rules = CityZoneRules(**city_rules_row(PARIS, "zones", zone_file.feed_rules))
    return CityZones(PARIS, [Zone(**row) for row in rows], 25, city_rules)


def zone_tester(feed: Any) -> Callable[[Point], object]:
    """Return a function that tests each zone with shapely: whether the point is in it."""
    features = feed["data"]["geofencing_zones"]["features"]
    polygons = [shape(feature["geometry"]) for feature in features]
    for polygon in polygons:
        prepare(polygon)
    return lambda point: [contains_xy(each, point.lon, point.lat) for each in polygons]


def mean_ms(check: Callable[[Point], object], points: Sequence[Point]) -> float:
    """Return the processor time of a check, milliseconds."""
    return processor_ms(lambda: [check(point) for point in points]) / len(points)
