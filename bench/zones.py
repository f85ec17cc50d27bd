"""How much processor time the rules of a city with many zones take, without a database.

    python -m bench.zones [ZONES] [CORNERS]

A city like Paris by default: 272 zones of 100 corners each around a centre, which overlap, with
rules for three types of vehicles and rules outside of them.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from math import cos, pi, sin
from pathlib import Path
from random import Random

import config
import webapp
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.services import ZoneImportOptions, city_rules_row, zone_rows
from webapp.fleet.zones.zone_files import read_zone_file
from webapp.regions.geography import Point
from webapp.regions.models import City

PARIS = City(name="paris", label="Paris", lat=48.857, lon=2.352, timezone="Europe/Paris")
TYPES = {
    "bike": ("bicycle", "human"),
    "e-bike": ("bicycle", "electric_assist"),
    "scooter": ("scooter_standing", "electric"),
}
POINTS = 1_000


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


def measure_ms(call: Callable[[], object]) -> float:
    """Return how long a call takes, milliseconds."""
    begin = time.process_time()
    call()
    return (time.process_time() - begin) * 1000


def main(zone_count: int = 272, corners: int = 100) -> None:
    random = Random(1)  # noqa: S311  # the same zones each time
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "geofencing_zones.json"
        path.write_text(json.dumps(make_feed(random, zone_count, corners)))
        listed = [
            {"vehicle_type_id": id_, "form_factor": form_factor, "propulsion_type": propulsion}
            for id_, (form_factor, propulsion) in TYPES.items()
        ]
        types = {"data": {"vehicle_types": listed}}
        path.with_name("vehicle_types.json").write_text(json.dumps(types))
        begin = time.process_time()
        zone_file = read_zone_file(path, PARIS)
        rows = zone_rows(PARIS, zone_file, ZoneImportOptions())
    print(f"reading the file and making rows: {(time.process_time() - begin) * 1000:8.1f} ms")
    if zone_file.feed_rules is None:
        raise SystemExit("The file has no rules.")
    city_rules = CityZoneRules(**city_rules_row(PARIS, "zones", zone_file.feed_rules))
    zones = CityZones(PARIS, [Zone(**row) for row in rows], 25, city_rules)
    points = [
        Point(PARIS.lat + random.uniform(-0.06, 0.06), PARIS.lon + random.uniform(-0.1, 0.1))
        for _ in range(POINTS)
    ]
    for id_, vehicle_type in TYPES.items():
        first = measure_ms(partial(zones.check_parking, points[0], vehicle_type))
        begin = time.process_time()
        allowed = sum(zones.check_parking(point, vehicle_type).allowed for point in points)
        each = (time.process_time() - begin) * 1000 / POINTS
        print(
            f"end of a ride, {id_:8}: first {first:8.1f} ms, then {each:6.3f} ms each"
            f" ({allowed} of {POINTS} allowed)"
        )
    begin = time.process_time()
    for point in points:
        zones.allows_start(point, TYPES["scooter"])
    print(f"start of a ride: {(time.process_time() - begin) * 1000 / POINTS:6.3f} ms each")
    app = webapp.create_app(config.Test, DATABASE_URL="postgresql://u:p@localhost/none")
    with app.test_request_context():
        layers = {
            id_: measure_ms(partial(build_map_layer, zones, "EUR", type_))
            for id_, type_ in (*TYPES.items(), ("the first again", TYPES["bike"]))
        }
    print("map layer:", ", ".join(f"{id_} {ms:.0f} ms" for id_, ms in layers.items()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
