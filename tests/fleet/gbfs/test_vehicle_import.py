"""``flask fleet import-gbfs``: the vehicles of a feed become vehicles of a city."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.factories import find_city
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import SCOOTER, feed, old_feed, vehicle, write_files
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.feeds.writing import _vehicle_columns, upsert_vehicles_statement
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.gbfs.vehicle_types import HUMAN_BICYCLE
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.regions.geography import Point


def test_a_feed_of_version_3_becomes_vehicles(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    result = import_feed(
        write_files(tmp_path, feed([vehicle("v1"), vehicle("v2", is_disabled=True)]))
    )
    assert result.exit_code == 0, result.output
    assert result.output == "Feed acme_nyc in New York:\n  2 new, 0 updated\n"
    first = read_vehicles()["v1"]
    assert (first.region, first.city, first.feed_system) == ("us-east1", "new york", "acme_nyc")
    assert (first.form_factor, first.propulsion_type) == ("scooter_standing", "electric")
    assert (first.brand, first.color, first.range_m) == ("Okai", "black", 12_000)
    assert first.point == Point(40.73, -73.99)
    assert first.cell == first.point.cell
    assert (first.state, read_vehicles()["v2"].state) == ("available", "non_operational")
    assert first.owner_id is None


@pytest.mark.parametrize("languages", [{"en": "u/"}, {"de": "u/"}, {"de": "/none/", "en": "u/"}])
def test_a_feed_of_version_2_names_its_parts_for_each_language(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, languages: dict[str, str]
) -> None:
    files = old_feed(
        [{"bike_id": "b1", "lat": 40.73, "lon": -73.99, "vehicle_type_id": "kick"}],
        [{"vehicle_type_id": "kick", "form_factor": "scooter", "propulsion_type": "electric",
          "name": "Kick"}],
        **languages,
    )  # fmt: skip
    write_files(tmp_path / "u", files)
    write_files(tmp_path, {"gbfs.json": files["gbfs.json"]})
    assert import_feed(tmp_path).exit_code == 0
    assert read_vehicles()["b1"].form_factor == "scooter_standing"
    assert (read_vehicles()["b1"].brand, read_vehicles()["b1"].feed_system) == ("Kick", "old_nyc")


def test_without_vehicle_types_all_are_bicycles(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    import_feed(
        write_files(tmp_path, feed([vehicle(), vehicle("v2", vehicle_type_id=...)], types=None))
    )
    types = {(v.form_factor, v.propulsion_type, v.brand) for v in read_vehicles().values()}
    assert types == {("bicycle", "human", "")}
    assert len(read_vehicles()) == 2


def test_texts_are_cleaned_and_cut_to_fit_their_columns(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    type_ = {**SCOOTER, "make": None, "name": " Ki\0ck\ud800 " + "x" * 200, "color": "y" * 99}
    result = import_feed(write_files(tmp_path, feed([vehicle()], types=[type_], system="z" * 300)))
    assert result.exit_code == 0, result.output
    row = read_vehicles()["v1"]
    assert row.brand == "Kick " + "x" * 55
    assert row.color == "y" * 30
    assert row.feed_system
    assert row.feed_system.startswith("z" * 103 + "~")
    assert len(row.feed_system) == 120


def test_a_vehicle_that_is_reserved_in_the_other_system_is_not_offered(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle(is_reserved=True)])))
    assert read_vehicles()["v1"].state == "non_operational"
    import_feed(write_files(tmp_path, feed([vehicle(is_reserved=False)])))
    assert read_vehicles()["v1"].state == "available"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("range_m", "expected"),
    [(0, 0), (1.9, 1), (-1, None), (2**31, None), ("7", None), (True, None), (float("inf"), None),
     (10**400, None), (None, None), (..., None)],
)  # fmt: skip
def test_an_invalid_range_is_imported_as_no_range(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    range_m: Any,
    expected: int | None,
) -> None:
    if range_m == 10**400:  # json.dumps cannot write it
        text = json.dumps(vehicle(current_range_meters=1234567)).replace("1234567", "1" * 5000)
        files = feed([])
        files["vehicle_status.json"] = b'{"data": {"vehicles": [%s]}}' % text.encode()
    else:
        files = feed([vehicle(current_range_meters=range_m)])
    assert import_feed(write_files(tmp_path, files)).exit_code == 0
    assert read_vehicles()["v1"].range_m == expected


# --- skipped entries -----------------------------------------------------------------------

INVALID_ENTRIES = [
    (5, "is not an object"),
    (None, "is not an object"),
    (["v"], "is not an object"),
    (vehicle(...), "has no id"),
    (vehicle(None), "has no id"),
    (vehicle(" "), "has no id"),
    (vehicle(1.5), "has an id that is not text"),
    (vehicle(True), "has an id that is not text"),
    (vehicle(["v"]), "has an id that is not text"),
    (vehicle("v" * 121), "has an id of more than 120 characters"),
    (vehicle("a\0b"), "has an id with characters that are no text"),
    (vehicle("a\udc00b"), "has an id with characters that are no text"),
    (vehicle("good"), "has an id that stands earlier in the feed"),
    (vehicle("x", lat=..., lon=..., station_id="st"), "stands at a station, without a position"),
    (vehicle("x", lat=...), "has no lat or no lon"),
    (vehicle("x", lon=None, station_id="st"), "has no lat or no lon"),
    (vehicle("x", lat="40.73"), "has a lat or lon that is not a number"),
    (vehicle("x", lat="north"), "has a lat or lon that is not a number"),
    (vehicle("x", lon=True), "has a lat or lon that is not a number"),
    (vehicle("x", lon=[1]), "has a lat or lon that is not a number"),
    (vehicle("x", lat=float("nan")), "has a lat or lon that is not a number"),
    (vehicle("x", lon=float("-inf")), "has a lat or lon that is not a number"),
    (vehicle("x", lat=91), "has a lat or lon outside the earth"),
    (vehicle("x", lon=-180.001), "has a lat or lon outside the earth"),
    (vehicle("x", lon=10**299), "has a lat or lon outside the earth"),
    (vehicle("x", lat=0, lon=0.0), "has the position 0, 0"),
    (vehicle("x", is_disabled="no"), "has an is_disabled that is neither true nor false"),
    (vehicle("x", is_disabled=[]), "has an is_disabled that is neither true nor false"),
    (vehicle("x", vehicle_type_id="??"), "vehicle_type_id that vehicle_types.json does not have"),
    (vehicle("x", vehicle_type_id={}), "vehicle_type_id that vehicle_types.json does not have"),
    (vehicle("x", vehicle_type_id=...), "names no vehicle_type_id"),
    (vehicle("x", vehicle_type_id="ship"), "whose form_factor GBFS does not know"),
    (vehicle("x", vehicle_type_id="odd"), "whose form_factor GBFS does not know"),
    (vehicle("x", vehicle_type_id="steam"), "whose propulsion_type GBFS does not know"),
]
VEHICLE_TYPES: list[Any] = [
    SCOOTER,
    {**SCOOTER, "vehicle_type_id": "ship", "form_factor": "ship"},
    {**SCOOTER, "vehicle_type_id": "odd", "form_factor": ["bicycle"]},
    {**SCOOTER, "vehicle_type_id": "steam", "propulsion_type": "steam"},
    None,
    {"vehicle_type_id": []},
]


@pytest.mark.slow
@pytest.mark.parametrize(("entry", "reason"), INVALID_ENTRIES)
def test_an_invalid_vehicle_is_skipped_with_the_reason(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, entry: Any, reason: str
) -> None:
    files = feed([vehicle("good"), entry, vehicle("also good")], types=VEHICLE_TYPES)
    result = import_feed(write_files(tmp_path, files))
    assert result.exit_code == 0, result.output
    assert "2 new, 0 updated\n  1 skipped: " in result.output
    assert reason in result.output
    assert set(read_vehicles()) == {"good", "also good"}


def test_the_output_counts_each_reason_and_names_three_vehicles(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    entries = [vehicle(f"far{n}", lat=91) for n in range(5)]
    entries += [vehicle(..., lat=1), vehicle("v" * 200), vehicle("\x1b[31m" + "w" * 200)]
    result = import_feed(write_files(tmp_path, feed(entries)))
    assert result.output == (
        "Feed acme_nyc in New York:\n"
        "  0 new, 0 updated\n"
        "  5 skipped: has a lat or lon outside the earth (far0, far1, far2, ...)\n"
        "  1 skipped: has no id (no. 6)\n"
        "  2 skipped: has an id of more than 120 characters "
        f"({'v' * 57}..., '\\x1b[31m{'w' * 52}...')\n"
        "No vehicle of the feed could be used.\n"
    )


def test_ids_that_are_numbers_are_read_as_text(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    type_ = {**SCOOTER, "vehicle_type_id": 7}
    entries = [vehicle(12, vehicle_type_id=7), vehicle("12", vehicle_type_id="7")]
    result = import_feed(write_files(tmp_path, feed(entries, types=[type_])))
    assert "1 skipped: has an id that stands earlier" in result.output
    assert set(read_vehicles()) == {"12"}


def test_the_import_of_a_feed_without_vehicles_says_so(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    result = import_feed(write_files(tmp_path, feed([])))
    assert result.exit_code == 0
    assert result.output == "Feed acme_nyc in New York:\n  The feed has no vehicles.\n"


def test_a_single_vehicle_far_from_the_city_is_skipped(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    result = import_feed(
        write_files(tmp_path, feed([vehicle("here"), vehicle("there", lat=-33.9, lon=151.2)]))
    )
    assert "1 skipped: stands more than 100 km (62 miles) from New York (there)" in result.output
    assert set(read_vehicles()) == {"here"}


@pytest.mark.slow
def test_five_hundred_vehicles_are_one_statement(
    import_feed: ImportFeed, app: Flask, tmp_path: Path
) -> None:
    statements: list[str] = []
    with app.app_context():
        engine = db.engines["write"]

    def count(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        statements.append(sql)

    event.listen(engine, "before_cursor_execute", count)
    try:
        write_files(tmp_path, feed([vehicle(str(n)) for n in range(501)]))
        assert "501 new" in import_feed(tmp_path).output
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert ["INSERT INTO vehicles" in sql for sql in statements] == [False, True, True, False]


def test_cockroachdb_gets_the_region_as_an_enum_and_a_plain_conflict_target(app: Flask) -> None:
    with app.app_context():
        city = find_city("paris")
        feed_vehicle = FeedVehicle("v1", HUMAN_BICYCLE, Point(1, 2), VehicleState.AVAILABLE, None)
        a_feed = Feed("acme", "file", [feed_vehicle], {})
        statement = upsert_vehicles_statement([_vehicle_columns(city, a_feed, feed_vehicle)])
    sql = str(statement.compile(dialect=CockroachDBDialect_psycopg2()))
    assert "CAST(%(region_m0)s AS crdb_internal_region)" in sql
    assert "ON CONFLICT (region, city, feed_system, feed_vehicle) DO UPDATE SET" in sql
    assert "RETURNING vehicles.region, vehicles.id, vehicles.city, vehicles.state" in sql


def test_a_vehicle_with_a_motor_and_without_range_is_out_of_service(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    """Pages would show 0 km, and nobody could ride it. When it is charged it is back."""
    bicycle = {"vehicle_type_id": "b", "form_factor": "bicycle", "propulsion_type": "human"}
    ranges = {"empty": 0, "nearly": 999, "enough": 1_000, "unknown": ...}
    entries = [vehicle(id_, current_range_meters=metres) for id_, metres in ranges.items()]
    entries.append(vehicle("human", current_range_meters=0, vehicle_type_id="b"))
    import_feed(write_files(tmp_path, feed(entries, types=[SCOOTER, bicycle])))
    states = {id_: row.state for id_, row in read_vehicles().items()}
    free = ("enough", "unknown", "human")
    assert {id_ for id_, state in states.items() if state == "available"} == set(free)
    assert states["empty"] == states["nearly"] == "non_operational"
    charged = [vehicle("empty", current_range_meters=40_000), *entries[1:]]
    import_feed(write_files(tmp_path, feed(charged, types=[SCOOTER, bicycle])))
    assert read_vehicles()["empty"].state == "available"
