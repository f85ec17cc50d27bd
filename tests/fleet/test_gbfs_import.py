"""``flask fleet import-gbfs``: any operator's feed becomes vehicles in the street."""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.fleet.feeds import SCOOTER, feed, file, old_feed, vehicle, write
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.gbfs import FeedVehicle, documents, read_feed
from webapp.fleet.gbfs.vehicle_import import _columns, upsert_vehicles_statement, write_batch
from webapp.fleet.gbfs.vehicle_types import HUMAN_BICYCLE
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WOLFSBURG = Path(__file__).resolve().parents[3] / "shared/data/gbfs-wolfsburg"


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """Run the import; it may refuse, it may not break."""

    def invoke(source: object, city: str = "new york") -> Result:
        arguments = ["fleet", "import-gbfs", str(source), "--city", city]
        result = app.test_cli_runner().invoke(args=arguments)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def stored(app: Flask) -> Callable[[], dict[str, Vehicle]]:
    """Read the imported vehicles by their id in the feed."""

    def read() -> dict[str, Vehicle]:
        with app.app_context():
            rows = db.session.scalars(select(Vehicle)).all()
        assert len({row.feed_vehicle for row in rows}) == len(rows), "doubles"
        return {str(row.feed_vehicle): row for row in rows}

    return read


def change(app: Flask, **columns: Any) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(Vehicle).values(**columns))


def refused(result: Result, *words: str) -> None:
    """Check that the command failed with one line that holds the words."""
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1, result.output
    for word in words:
        assert word in result.output


# --- what is taken over ----------------------------------------------------------------------


def test_a_feed_of_version_3_becomes_vehicles(run: Any, stored: Any, tmp_path: Path) -> None:
    result = run(write(tmp_path, feed([vehicle("v1"), vehicle("v2", is_disabled=True)])))
    assert result.exit_code == 0, result.output
    assert result.output == "Feed acme_nyc in New York:\n  2 new, 0 updated\n"
    first = stored()["v1"]
    assert (first.region, first.city, first.feed_system) == ("us-east1", "new york", "acme_nyc")
    assert (first.form_factor, first.propulsion_type) == ("scooter_standing", "electric")
    assert (first.brand, first.color, first.range_m) == ("Okai", "black", 12_000)
    assert first.point == Point(40.73, -73.99)
    assert first.cell == first.point.cell
    assert (first.state, stored()["v2"].state) == ("available", "non_operational")
    assert first.owner_id is None


@pytest.mark.parametrize("languages", [{"en": "u/"}, {"de": "u/"}, {"de": "/none/", "en": "u/"}])
def test_a_feed_of_version_2_names_its_parts_for_each_language(
    run: Any, stored: Any, tmp_path: Path, languages: dict[str, str]
) -> None:
    files = old_feed(
        [{"bike_id": "b1", "lat": 40.73, "lon": -73.99, "vehicle_type_id": "kick"}],
        [{"vehicle_type_id": "kick", "form_factor": "scooter", "propulsion_type": "electric",
          "name": "Kick"}],
        **languages,
    )  # fmt: skip
    write(tmp_path / "u", files)
    write(tmp_path, {"gbfs.json": files["gbfs.json"]})
    assert run(tmp_path).exit_code == 0
    assert stored()["b1"].form_factor == "scooter_standing"
    assert (stored()["b1"].brand, stored()["b1"].feed_system) == ("Kick", "old_nyc")


def test_without_vehicle_types_all_are_bicycles(run: Any, stored: Any, tmp_path: Path) -> None:
    run(write(tmp_path, feed([vehicle(), vehicle("v2", vehicle_type_id=...)], types=None)))
    found = {(v.form_factor, v.propulsion_type, v.brand) for v in stored().values()}
    assert found == {("bicycle", "human", "")}
    assert len(stored()) == 2


def test_texts_are_made_to_fit_their_columns(run: Any, stored: Any, tmp_path: Path) -> None:
    type_ = {**SCOOTER, "make": None, "name": " Ki\0ck\ud800 " + "x" * 200, "color": "y" * 99}
    result = run(write(tmp_path, feed([vehicle()], types=[type_], system="z" * 300)))
    assert result.exit_code == 0, result.output
    row = stored()["v1"]
    assert row.brand == "Kick " + "x" * 55
    assert (len(row.color), len(row.feed_system)) == (30, 120)


def test_a_reservation_with_the_other_system_does_not_travel(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle(is_reserved=True)])))
    assert stored()["v1"].state == "available"


@pytest.mark.parametrize(
    ("told", "kept"),
    [(0, 0), (1.9, 1), (-1, None), (2**31, None), ("7", None), (True, None), (float("inf"), None),
     (10**400, None), (None, None), (..., None)],
)  # fmt: skip
def test_a_range_that_is_none_is_left_out(
    run: Any, stored: Any, tmp_path: Path, told: Any, kept: int | None
) -> None:
    if told == 10**400:  # json.dumps cannot write it
        text = json.dumps(vehicle(current_range_meters=1234567)).replace("1234567", "1" * 5000)
        files = feed([])
        files["vehicle_status.json"] = b'{"data": {"vehicles": [%s]}}' % text.encode()
    else:
        files = feed([vehicle(current_range_meters=told)])
    assert run(write(tmp_path, files)).exit_code == 0
    assert stored()["v1"].range_m == kept


# --- what is skipped -------------------------------------------------------------------------

BAD = [
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
TYPES = [
    SCOOTER,
    {**SCOOTER, "vehicle_type_id": "ship", "form_factor": "ship"},
    {**SCOOTER, "vehicle_type_id": "odd", "form_factor": ["bicycle"]},
    {**SCOOTER, "vehicle_type_id": "steam", "propulsion_type": "steam"},
    None,
    {"vehicle_type_id": []},
]


@pytest.mark.parametrize(("entry", "reason"), BAD)
def test_a_vehicle_without_sense_is_skipped_with_its_reason(
    run: Any, stored: Any, tmp_path: Path, entry: Any, reason: str
) -> None:
    files = feed([vehicle("good"), entry, vehicle("also good")], types=TYPES)
    result = run(write(tmp_path, files))
    assert result.exit_code == 0, result.output
    assert "2 new, 0 updated\n  1 skipped: " in result.output
    assert reason in result.output
    assert set(stored()) == {"good", "also good"}


def test_the_report_counts_each_reason_and_names_three(run: Any, tmp_path: Path) -> None:
    entries = [vehicle(f"far{n}", lat=91) for n in range(5)]
    entries += [vehicle(..., lat=1), vehicle("v" * 200), vehicle("\x1b[31m" + "w" * 200)]
    result = run(write(tmp_path, feed(entries)))
    assert result.output == (
        "Feed acme_nyc in New York:\n"
        "  0 new, 0 updated\n"
        "  5 skipped: has a lat or lon outside the earth (far0, far1, far2, ...)\n"
        "  1 skipped: has no id (no. 6)\n"
        "  2 skipped: has an id of more than 120 characters "
        f"({'v' * 57}..., '\\x1b[31m{'w' * 52}...')\n"
    )


def test_numbers_as_ids_are_taken_as_text(run: Any, stored: Any, tmp_path: Path) -> None:
    type_ = {**SCOOTER, "vehicle_type_id": 7}
    entries = [vehicle(12, vehicle_type_id=7), vehicle("12", vehicle_type_id="7")]
    result = run(write(tmp_path, feed(entries, types=[type_])))
    assert "1 skipped: has an id that stands earlier" in result.output
    assert set(stored()) == {"12"}


def test_a_feed_without_vehicles_says_so(run: Any, tmp_path: Path) -> None:
    result = run(write(tmp_path, feed([])))
    assert result.exit_code == 0
    assert result.output == "Feed acme_nyc in New York:\n  The feed has no vehicles.\n"


# --- again and again -------------------------------------------------------------------------


def test_ids_that_rotate_between_two_runs_leave_no_doubles_on_the_street(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    """GBFS gives a vehicle a new id after each ride."""
    run(write(tmp_path, feed([vehicle("a1"), vehicle("a2"), vehicle("same")])))
    result = run(write(tmp_path, feed([vehicle("b1"), vehicle("b2"), vehicle("same")])))
    assert "2 new, 1 updated\n  2 missing: the feed does not name them any more" in result.output
    states = {id_: row.state for id_, row in stored().items()}
    assert states == {
        "a1": "missing", "a2": "missing", "b1": "available", "b2": "available", "same": "available",
    }  # fmt: skip
    run(write(tmp_path, feed([vehicle("a1"), vehicle("same")])))
    assert {id_ for id_, row in stored().items() if row.state == "available"} == {"a1", "same"}


def test_a_vehicle_whose_entry_went_wrong_is_not_called_missing(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle("v1")])))
    run(write(tmp_path, feed([vehicle("v1", lat=91)])))
    assert stored()["v1"].state == "available"


def test_a_feed_of_another_city_is_questioned(run: Any, tmp_path: Path) -> None:
    result = run(write(tmp_path, feed([vehicle(lat=52.4, lon=10.8)])))
    assert "1 new" in result.output
    assert "All stand more than 100 km from New York: is it the right city?" in result.output


def test_a_single_vehicle_on_another_continent_is_skipped(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    result = run(write(tmp_path, feed([vehicle("here"), vehicle("there", lat=-33.9, lon=151.2)])))
    assert "1 skipped: stands more than 100 km from New York (there)" in result.output
    assert set(stored()) == {"here"}


def test_a_second_run_updates_and_makes_no_doubles(
    run: Any, stored: Any, app: Flask, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    before = stored()["v1"]
    change(app, address="1 Main Street")
    moved = vehicle("v1", lat=40.8, is_disabled=True, current_range_meters=..., vehicle_type_id="b")
    bicycle = {"vehicle_type_id": "b", "form_factor": "bicycle", "propulsion_type": "human"}
    files = feed([moved, vehicle("v2"), vehicle("v3")], types=[SCOOTER, bicycle])
    result = run(write(tmp_path, files))
    assert "1 new, 2 updated\n" in result.output
    after = stored()["v1"]
    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert (after.lat, after.cell) == (40.8, Point(40.8, -73.99).cell)
    assert (after.state, after.form_factor, after.brand) == ("non_operational", "bicycle", "")
    assert (after.range_m, after.address) == (None, None)


def test_only_what_its_feed_tells_otherwise_is_news_for_the_maps(
    run: Any, stored: Any, app: Flask, tmp_path: Path
) -> None:
    same, rangeless = vehicle("same"), vehicle("rangeless", current_range_meters=...)
    run(write(tmp_path, feed([same, rangeless, vehicle("moved"), vehicle("empty")])))
    change(app, changed_at=LONG_AGO)
    empty = vehicle("empty", current_range_meters=...)
    result = run(write(tmp_path, feed([same, rangeless, vehicle("moved", lat=40.8), empty])))
    assert "0 new, 4 updated\n" in result.output
    news = {name for name, row in stored().items() if row.changed_at > LONG_AGO}
    assert news == {"moved", "empty"}


def test_a_reservation_that_has_lapsed_is_no_use(
    run: Any, stored: Any, app: Flask, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    change(app, state="reserved", reserved_until=LONG_AGO, changed_at=LONG_AGO)
    result = run(write(tmp_path, feed([vehicle("v1")])))
    assert "0 new, 1 updated\n  1 missing" in result.output
    assert {name: row.state for name, row in stored().items()} == {
        "v1": "available", "v2": "missing",
    }  # fmt: skip
    assert all(row.changed_at > LONG_AGO for row in stored().values())


def test_a_reservation_that_holds_is_left_alone(
    run: Any, stored: Any, app: Flask, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    until = datetime.now(UTC) + timedelta(minutes=5)
    change(app, state="reserved", reserved_until=until)
    assert "1 left alone" in run(write(tmp_path, feed([vehicle("v1")]))).output
    assert {(row.state, row.reserved_until) for row in stored().values()} == {("reserved", until)}


def test_what_a_rider_has_found_broken_stays_out_of_service(
    run: Any, stored: Any, app: Flask, tmp_path: Path
) -> None:
    source = write(tmp_path, feed([vehicle("v1")]))
    run(source)
    found = stored()["v1"]
    report = {"region": found.region, "id": uuid4(), "city": found.city, "vehicle_id": found.id}
    words = {"kind": "damage", "critical": True, "note": "", "state": "new", "answer": ""}
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(Report).values(**report, **words))
    change(app, state="non_operational")
    run(source)
    assert stored()["v1"].state == "non_operational"


@pytest.mark.parametrize("state", ["on_trip", "reserved", "removed"])
def test_a_vehicle_that_somebody_counts_on_is_left_alone(
    run: Any, stored: Any, app: Flask, tmp_path: Path, state: str
) -> None:
    run(write(tmp_path, feed([vehicle()])))
    change(app, state=state)
    result = run(write(tmp_path, feed([vehicle(lat=40.8), vehicle("v2")])))
    assert "1 new, 0 updated, 1 left alone (in use, or removed here)\n" in result.output
    assert (stored()["v1"].state, stored()["v1"].lat) == (state, 40.73)


def test_a_lone_vehicle_file_updates_what_its_feed_brought(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    run(write(tmp_path, feed([vehicle()])))
    assert "0 new, 1 updated" in run(tmp_path / "gbfs.json").output
    assert "0 new, 1 updated" in run(tmp_path / "vehicle_status.json").output
    assert len(stored()) == 1


def test_a_feed_without_system_id_is_known_by_its_place(
    run: Any, stored: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "acme", feed([vehicle()], system=None))
    assert "1 new" in run(folder).output
    monkeypatch.chdir(folder)
    assert "0 new, 1 updated" in run("gbfs.json").output
    assert stored()["v1"].feed_system == "acme/gbfs.json"


@pytest.mark.parametrize("information", [{}, {"system_id": ""}, {"system_id": 5}, None])
def test_a_system_information_that_is_gone_or_empty_does_not_matter(
    run: Any, stored: Any, tmp_path: Path, information: Any
) -> None:
    folder = write(tmp_path / "acme", feed([vehicle()]))
    if information is None:
        (folder / "system_information.json").unlink()
    else:
        write(folder, {"system_information.json": file(**information)})
    assert run(folder).exit_code == 0
    assert stored()["v1"].feed_system == "acme/gbfs.json"


def test_two_imports_at_once_make_no_doubles(app: Flask, stored: Any, tmp_path: Path) -> None:
    vehicles = read_feed(str(write(tmp_path, feed([vehicle(str(n)) for n in range(300)])))).vehicles

    def work(order: int) -> tuple[int, int]:
        with app.app_context():
            city = catalogue().find("new york")
            assert city
            tally = write_batch(city, "acme", vehicles[::order])
            return tally.new, tally.updated

    with ThreadPoolExecutor(4) as pool:
        tallies = list(pool.map(work, [1, -1, 1, -1]))
    assert len(stored()) == 300
    assert sum(new for new, _ in tallies) == 300
    assert sum(updated for _, updated in tallies) == 900


def test_five_hundred_vehicles_are_one_statement(run: Any, app: Flask, tmp_path: Path) -> None:
    statements: list[str] = []
    with app.app_context():
        engine = db.engines["write"]

    def count(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        statements.append(sql)

    event.listen(engine, "before_cursor_execute", count)
    try:
        write(tmp_path, feed([vehicle(str(n)) for n in range(501)]))
        assert "501 new" in run(tmp_path).output
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert [sql.startswith("INSERT INTO vehicles") for sql in statements] == [True, True, False]


def test_cockroachdb_gets_the_region_as_an_enum_and_a_plain_conflict_target(app: Flask) -> None:
    with app.app_context():
        city = catalogue().find("paris")
        assert city
        known = FeedVehicle("v1", HUMAN_BICYCLE, Point(1, 2), VehicleState.AVAILABLE, None)
        statement = upsert_vehicles_statement([_columns(city, "acme", known)])
    sql = str(statement.compile(dialect=CockroachDBDialect_psycopg2()))
    assert "CAST(%(region_m0)s AS crdb_internal_region)" in sql
    assert "ON CONFLICT (region, city, feed_system, feed_vehicle) DO UPDATE SET" in sql
    assert sql.endswith("RETURNING vehicles.id")


# --- a feed that cannot be read --------------------------------------------------------------


def test_an_unknown_city_is_told_with_the_cure(run: Any, tmp_path: Path) -> None:
    result = run(write(tmp_path, feed([])), city="atlantis\n")
    refused(result, r"no city 'atlantis\n'", "flask cities add")


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"{", b'{"data": {"vehicles": [', b"\xff\xfe{}", b"[" * 100_000,
     b'{"a":' * 100_000],
)  # fmt: skip
@pytest.mark.parametrize("name", ["gbfs.json", "vehicle_status.json", "vehicle_types.json"])
def test_what_is_not_json_is_named(run: Any, tmp_path: Path, name: str, text: bytes) -> None:
    write(tmp_path, {**feed([vehicle()]), name: text})
    refused(run(tmp_path), name, "is not JSON")


@pytest.mark.parametrize("content", [[], None, 5, "x", {}, {"data": []}, {"data": None}])
@pytest.mark.parametrize(
    "name", ["gbfs.json", "vehicle_status.json", "vehicle_types.json", "system_information.json"]
)
def test_a_file_of_the_wrong_structure_is_named(
    run: Any, stored: Any, tmp_path: Path, name: str, content: Any
) -> None:
    write(tmp_path, {**feed([vehicle()]), name: content})
    refused(run(tmp_path), name, "is no GBFS file")
    assert not stored()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("gbfs.json", {}, "neither a list of feeds nor one of vehicles"),
        ("gbfs.json", {"feeds": {}}, "neither a list of feeds nor one of vehicles"),
        ("gbfs.json", {"en": []}, "neither a list of feeds nor one of vehicles"),
        ("gbfs.json", {"en": {"feeds": 1}}, "neither a list of feeds nor one of vehicles"),
        ("gbfs.json", {"feeds": [5]}, "a feed without a name or a URL"),
        ("gbfs.json", {"feeds": [{"name": "vehicle_status"}]}, "a feed without a name or a URL"),
        ("gbfs.json", {"feeds": []}, "names no vehicle feed"),
        ("vehicle_status.json", {}, "has no list 'vehicles'"),
        ("vehicle_status.json", {"vehicles": {}}, "has no list 'vehicles'"),
        ("vehicle_status.json", {"bikes": "x"}, "has no list 'bikes'"),
        ("vehicle_types.json", {}, "has no list 'vehicle_types'"),
        ("vehicle_types.json", {"vehicle_types": {}}, "has no list 'vehicle_types'"),
    ],
)
def test_a_list_that_is_missing_is_named(
    run: Any, tmp_path: Path, name: str, data: Any, words: str
) -> None:
    write(tmp_path, {**feed([vehicle()]), name: file(**data)})
    refused(run(tmp_path), name, words)


def test_a_byte_order_mark_does_no_harm(run: Any, tmp_path: Path) -> None:
    files = {
        name: b"\xef\xbb\xbf" + json.dumps(f).encode() for name, f in feed([vehicle()]).items()
    }
    assert "1 new" in run(write(tmp_path, files)).output


@pytest.mark.parametrize("source", ["nowhere", "no\0where", "x" * 5000, "ftp://example.org/g.json"])
def test_a_file_that_is_not_there_is_told(run: Any, source: str) -> None:
    refused(run(source))


def test_a_folder_without_gbfs_json_is_told(run: Any, tmp_path: Path) -> None:
    refused(run(tmp_path), "There is no file", "gbfs.json")


def test_a_file_that_is_too_large_is_told(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 600)
    refused(run(write(tmp_path, feed([vehicle()] * 10))), "is larger than")


# --- where the parts lie on disk -------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://movr.invalid/a/vehicle_status.json", "https://movr.invalid/vehicle_status?x=1#y",
     "https://movr.invalid/v%65hicle_status.json", "vehicle_status", "./vehicle_status.json",
     "/gone/vehicle_status/"],
)  # fmt: skip
def test_a_part_is_found_beside_gbfs_json(run: Any, tmp_path: Path, url: str) -> None:
    files = feed([vehicle(vehicle_type_id=...)], types=None, system=None)
    files["gbfs.json"] = file(feeds=[{"name": "vehicle_status", "url": url}])
    assert "1 new" in run(write(tmp_path, files)).output


@pytest.mark.parametrize(
    "url",
    ["../secret.json", "..%2Fsecret.json", "en/../../secret.json", "{absolute}", "file://{absolute}",
     "link.json", "//movr.invalid/secret.json", "", ".", "..", "%00", "x" * 5000, "http://[",
     "loop.json", "gopher://movr.invalid/x", "gbfs.json"],
)  # fmt: skip
def test_a_feed_reads_no_file_outside_its_folder(
    run: Any, stored: Any, tmp_path: Path, url: str
) -> None:
    write(tmp_path, {"secret.json": file(vehicles=[vehicle()])})
    folder = tmp_path / "feed"
    absolute = str(tmp_path / "secret.json")
    named = [{"name": "vehicle_status", "url": url.replace("{absolute}", absolute)}]
    write(folder, {"gbfs.json": file(feeds=named)})
    os.symlink(absolute, folder / "link.json")
    os.symlink(folder / "loop.json", folder / "loop.json")
    refused(run(folder))
    assert not stored()


# --- a vehicle file alone --------------------------------------------------------------------


def test_a_lone_vehicle_file_has_bicycles_or_says_which_file_is_missing(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    entries = [vehicle("typed"), vehicle("plain", vehicle_type_id=...)]
    write(tmp_path, {"status.json": file(bikes=entries)})
    result = run(tmp_path / "status.json")
    assert "1 new" in result.output
    assert "1 skipped: names a vehicle_type_id, and vehicle_types.json is missing" in result.output
    assert stored()["plain"].form_factor == "bicycle"
    assert stored()["plain"].feed_system == f"{tmp_path.name}/status.json"


def test_a_lone_vehicle_file_uses_the_types_beside_it(
    run: Any, stored: Any, tmp_path: Path
) -> None:
    write(tmp_path, feed([vehicle()]))
    (tmp_path / "gbfs.json").unlink()
    assert "1 new" in run(tmp_path / "vehicle_status.json").output
    assert stored()["v1"].form_factor == "scooter_standing"


# --- a real feed, and any feed ---------------------------------------------------------------


@pytest.mark.skipif(not WOLFSBURG.exists(), reason="the recorded feed of Wolfsburg is not here")
def test_a_real_city_is_imported_in_about_a_second(run: Any, stored: Any) -> None:
    began = time.monotonic()
    result = run(WOLFSBURG)
    assert time.monotonic() - began < 3
    assert "Feed TIER_Wolsburg in New York:\n  840 new, 0 updated\n" in result.output
    assert len(stored()) == 840
    assert "0 new, 840 updated\n" in run(WOLFSBURG).output


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None))
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)
fields = dict.fromkeys(vehicle(), anything)
sensible = st.builds(vehicle, st.text(max_size=3), lat=st.floats(-95, 95), lon=st.floats(-190, 190))
entries = st.fixed_dictionaries({}, optional=fields) | sensible | anything
some_types = st.fixed_dictionaries({}, optional=dict.fromkeys(SCOOTER, anything)) | anything


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    vehicles=st.lists(entries, max_size=6) | anything,
    types=st.lists(some_types | st.just(SCOOTER), max_size=3),
    system=anything,
)
def test_no_feed_breaks_the_import_or_brings_a_row_without_sense(
    app: Flask, run: Any, stored: Any, tmp_path: Path, vehicles: Any, types: Any, system: Any
) -> None:
    result = run(write(tmp_path, feed(vehicles, types=types, system=system)))
    rows = stored()
    assert result.exit_code == (0 if isinstance(vehicles, list) else 1), result.output
    assert f"  {len(rows)} new" in result.output or not rows
    for row in rows.values():
        assert row.feed_vehicle.strip()
        assert -90 <= row.lat <= 90
        assert -180 <= row.lon <= 180
        assert (row.lat, row.lon) != (0, 0)
        assert row.cell == row.point.cell
        assert row.state in ("available", "non_operational")
        assert row.range_m is None or row.range_m >= 0
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(delete(Vehicle))


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=anything, name=st.sampled_from(sorted(feed([]))))
def test_any_json_in_place_of_a_file_is_refused_in_one_line(
    run: Any, tmp_path: Path, content: Any, name: str
) -> None:
    refused(run(write(tmp_path, {**feed([vehicle()]), name: content})), name)
