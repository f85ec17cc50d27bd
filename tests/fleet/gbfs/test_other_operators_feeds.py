"""Feeds as operators really publish, save and shorten them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.fleet.commands import check_refusal
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, feed_file, old_feed, vehicle, write_files
from webapp.regions.geography import Point

PLAIN: dict[str, Any] = {"vehicle_type_id": ...}
STATION: dict[str, Any] = {"station_id": "st1", "lat": 40.75, "lon": -73.98}


# --- a saved feed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://movr.invalid/3.0/vehicle-status",
        "https://movr.invalid/gbfs?file={name}",
        "https://movr.invalid/gbfs.json?file={name}.json",
        "https://movr.invalid/",
        "https://movr.invalid/feeds/7f3a",
        "https://movr.invalid/{name}/latest.json",
    ],
)
@pytest.mark.parametrize("suffix", [".json", ""])
def test_a_saved_feed_keeps_its_files_under_their_gbfs_names(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, url: str, suffix: str
) -> None:
    files = feed([vehicle()])
    for part in files["gbfs.json"]["data"]["feeds"]:
        part["url"] = url.format(name=part["name"])
    saved = {name.removesuffix(".json") + suffix: content for name, content in files.items()}
    saved["gbfs.json"] = files["gbfs.json"]
    assert "acme_nyc in New York:\n  1 new" in import_feed(write_files(tmp_path, saved)).output
    assert read_vehicles()["v1"].form_factor == "scooter_standing"


def test_a_folder_with_a_vehicle_file_alone_is_a_feed(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    files = {"free_bike_status.json": feed_file(bikes=[vehicle(**PLAIN)])}
    assert "1 new" in import_feed(write_files(tmp_path, files)).output


# --- stations --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize(
    "fields",
    [
        {"lat": ..., "lon": ...},
        {"lat": None, "lon": None},
        {"lat": 0, "lon": 0},
        {"lat": 40.1, "lon": ...},
    ],
)
def test_a_vehicle_at_a_station_takes_its_position(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    fields: dict[str, Any],
    is_listed: bool,
) -> None:
    files = feed([vehicle("v1"), vehicle("v2", station_id="st1", **fields)])
    files["station_information.json"] = feed_file(stations=[STATION])
    if is_listed:
        part = {"name": "station_information", "url": "station_information.json"}
        files["gbfs.json"]["data"]["feeds"].append(part)
    assert "2 new" in import_feed(write_files(tmp_path, files)).output
    assert read_vehicles()["v2"].point == (40.75, -73.98)
    assert read_vehicles()["v2"].cell == Point(40.75, -73.98).cell


def test_a_vehicle_at_a_station_takes_its_position_in_version_2(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    files = old_feed([{"bike_id": 7, "station_id": 12}], [], en="")
    del files["vehicle_types.json"]
    parts = files["gbfs.json"]["data"]["en"]["feeds"]
    parts[:] = [part for part in parts if part["name"] != "vehicle_types"]
    parts.append({"name": "station_information", "url": "https://movr.invalid/stations"})
    files["station_information.json"] = feed_file(stations=[{**STATION, "station_id": "12"}])
    assert "1 new" in import_feed(write_files(tmp_path, files)).output
    assert read_vehicles()["7"].point == (40.75, -73.98)


def test_a_vehicle_keeps_its_own_position_at_a_station(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    files = feed([vehicle(station_id="st1")])
    files["station_information.json"] = feed_file(stations=[STATION])
    import_feed(write_files(tmp_path, files))
    assert read_vehicles()["v1"].point == (40.73, -73.99)


@pytest.mark.parametrize(
    "stations",
    [
        None,
        [],
        [None, 5, {}],
        [{**STATION, "station_id": "st2"}],
        [{**STATION, "lat": "40.75"}],
        [{**STATION, "lat": None}],
    ],
)
def test_a_vehicle_at_an_unknown_station_is_skipped(
    import_feed: ImportFeed, tmp_path: Path, stations: Any
) -> None:
    files = feed([vehicle("v1"), vehicle("v2", lat=..., lon=..., station_id="st1")])
    if stations is not None:
        files["station_information.json"] = feed_file(stations=stations)
    output = import_feed(write_files(tmp_path, files)).output
    assert "1 new, 0 updated\n  1 skipped: stands at a station, without a position (v2)" in output


# --- files that are not the feed -------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {
                "datasets": [
                    {
                        "system_id": "op",
                        "versions": [
                            {"version": "2.3", "url": "https://movr.invalid/2/gbfs.json"},
                            {"version": "3.0", "url": "https://movr.invalid/3/gbfs.json?key=k1"},
                        ],
                    },
                    {"system_id": "other", "versions": [{"url": "https://movr.invalid/o"}, 5]},
                    None,
                ]
            },
            (
                "is a manifest",
                "https://movr.invalid/2/gbfs.json (op 2.3)",
                "https://movr.invalid/3/gbfs.json?key=*** (op 3.0)",
                "https://movr.invalid/o (other)",
            ),
        ),
        ({"datasets": []}, ("is a manifest, a list of feeds, and names none",)),
        ({"datasets": {}}, ("is a manifest",)),
        (
            {"datasets": [{"versions": [{"url": f"u{n}"}]} for n in range(12)]},
            ("u0, u1, ", "u9, and 2 more"),
        ),
        (
            {"versions": [{"version": "3.0", "url": "https://movr.invalid/3"}]},
            ("is gbfs_versions.json", "https://movr.invalid/3 (3.0)"),
        ),
        ({"system_id": "op", "language": "en"}, ("is system_information.json", "gbfs.json")),
        ({"stations": []}, ("station_status.json", "gbfs.json")),
        ({"vehicle_types": []}, ("is vehicle_types.json", "gbfs.json")),
        ({"plans": []}, ("is system_pricing_plans.json", "flask plans publish")),
        ({"geofencing_zones": {}}, ("is geofencing_zones.json", "flask zones import")),
        ({"regions": []}, ("is system_regions.json",)),
        ({"alerts": []}, ("is system_alerts.json",)),
    ],
)
def test_another_file_of_gbfs_says_what_it_is_and_what_to_give(
    import_feed: ImportFeed, tmp_path: Path, data: Any, words: tuple[str, ...]
) -> None:
    write_files(tmp_path, {"some.json": feed_file(**data)})
    check_refusal(import_feed(tmp_path / "some.json"), *words)


# --- version 1, and types --------------------------------------------------------------------


def test_a_feed_of_version_1_has_bicycles(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    bikes = [
        {"bike_id": 1, "lat": 40.73, "lon": -73.99, "is_reserved": 0, "is_disabled": 0},
        {"bike_id": "2", "lat": 40.73, "lon": -73.99, "is_reserved": 1, "is_disabled": 1},
    ]
    files = {
        name: {"last_updated": 1_700_000_000, "ttl": 60, "version": "1.0", "data": data}
        for name, data in {
            "gbfs.json": {
                "en": {
                    "feeds": [
                        {"name": "free_bike_status", "url": "https://movr.invalid/a"},
                        {"name": "system_information", "url": "https://movr.invalid/b"},
                    ]
                }
            },
            "free_bike_status.json": {"bikes": bikes},
            "system_information.json": {"system_id": "old", "timezone": "America/New_York"},
        }.items()
    }
    assert "Feed old in New York:\n  2 new" in import_feed(write_files(tmp_path, files)).output
    rows = read_vehicles()
    assert [(rows[id_].form_factor, rows[id_].state) for id_ in "12"] == [
        ("bicycle", "available"),
        ("bicycle", "non_operational"),
    ]


@pytest.mark.parametrize("entry", [vehicle(), vehicle(**PLAIN), vehicle(vehicle_type_id="")])
def test_a_default_type_is_given_to_vehicles_without_a_type(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, entry: Any
) -> None:
    write_files(tmp_path, {"free_bike_status.json": feed_file(bikes=[entry])})
    result = import_feed(tmp_path / "free_bike_status.json", "--default-type", "scooter")
    assert "1 new" in result.output
    (row,) = read_vehicles().values()
    assert (row.form_factor, row.propulsion_type) == ("scooter_standing", "electric")


def test_a_default_type_replaces_no_type_of_the_feed(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    entries = [vehicle("scooter"), vehicle("none", **PLAIN), vehicle("other", vehicle_type_id="?")]
    import_feed(write_files(tmp_path, feed(entries)), "--default-type", "bike")
    assert {id_: row.form_factor for id_, row in read_vehicles().items()} == {
        "scooter": "scooter_standing",
        "none": "bicycle",
        "other": "bicycle",
    }


# --- ids -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id_",
    ["L" * 120, "a\u202eb", "\u202e" * 61, "a\nb", "  a ", "A b", "e\u0301", "é", "🛴", 7, "'%s", "x" * 61],
)  # fmt: skip
def test_a_vehicle_whose_entry_became_invalid_is_still_named_by_the_feed(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, id_: Any
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle(id_), vehicle("other")])))
    result = import_feed(
        write_files(tmp_path, feed([vehicle(id_, is_disabled="x"), vehicle("other")]))
    )
    assert "missing" not in result.output
    assert read_vehicles()[str(id_)].state == "available"


def test_ids_that_look_alike_are_different_vehicles(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    ids = ["a", "A", " a", "a ", "é", "e\u0301", "a\u202e", "x" * 119 + "1", "x" * 119 + "2"]
    assert "9 new" in import_feed(write_files(tmp_path, feed([vehicle(i) for i in ids]))).output
    assert "9 updated" in import_feed(tmp_path).output
    assert set(read_vehicles()) == set(ids)


def test_systems_with_long_ids_of_the_same_beginning_are_different(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    for number in range(2):
        entries = [vehicle(f"v{number}", lat=40.73 + number / 10)]
        import_feed(write_files(tmp_path, feed(entries, system="z" * 130 + str(number))))
    assert {row.state for row in read_vehicles().values()} == {"available"}


# --- times -----------------------------------------------------------------------------------


def as_rfc3339(time: datetime) -> Any:
    return time.isoformat().replace("+00:00", "Z")


def as_seconds(time: datetime) -> Any:
    return int(time.timestamp())


@pytest.mark.parametrize("write", [as_rfc3339, as_seconds])
@pytest.mark.parametrize(("age", "state"), [(8, "non_contactable"), (6, "available")])
def test_a_vehicle_that_nobody_has_heard_of_for_long_is_not_available(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    write: Any,
    age: int,
    state: str,
) -> None:
    reported = write(datetime.now(UTC) - timedelta(days=age))
    output = import_feed(write_files(tmp_path, feed([vehicle(last_reported=reported)]))).output
    line = "  1 without contact: last_reported is older than 7 days (v1)"
    assert (line in output) is (state == "non_contactable")
    assert read_vehicles()["v1"].state == state


def test_how_long_a_vehicle_may_be_silent_is_a_setting(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setitem(app.config, "FEED_SILENT_S", 3600)
    reported = as_rfc3339(datetime.now(UTC) - timedelta(hours=2))
    import_feed(write_files(tmp_path, feed([vehicle(last_reported=reported)])))
    assert read_vehicles()["v1"].state == "non_contactable"


def test_in_a_recorded_feed_silence_counts_from_when_it_was_recorded(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    recorded_at = datetime(2023, 8, 11, tzinfo=UTC)
    entries = [
        vehicle("then", last_reported=as_seconds(recorded_at - timedelta(hours=1))),
        vehicle("before", last_reported=as_seconds(recorded_at - timedelta(days=300))),
    ]
    files = feed(entries)
    files["vehicle_status.json"]["last_updated"] = as_seconds(recorded_at)
    import_feed(write_files(tmp_path, files))
    states = {id_: row.state for id_, row in read_vehicles().items()}
    assert states == {"then": "available", "before": "non_contactable"}


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", [], {}, True, -1, 0, float("inf"), "2022-13-45", 10**40, "9" * 30]
)  # fmt: skip
def test_a_time_that_cannot_be_read_is_no_time(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, value: Any
) -> None:
    files = feed([vehicle(last_reported=value)])
    files["vehicle_status.json"]["last_updated"] = value
    assert import_feed(write_files(tmp_path, files)).exit_code == 0
    assert read_vehicles()["v1"].state == "available"


# --- exit codes ------------------------------------------------------------------------------


def test_the_exit_code_is_3_when_no_vehicle_could_be_used(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    entries = [vehicle("v1", lat=None), vehicle("v2", lat=None)]
    result = import_feed(write_files(tmp_path, feed(entries)))
    assert result.exit_code == 3
    assert "2 skipped" in result.output
    assert result.output.endswith("No vehicle of the feed could be used.\n")


def test_the_exit_code_is_0_when_some_vehicles_could_be_used(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    entries = [vehicle("v1"), vehicle("v2", lat=None)]
    assert import_feed(write_files(tmp_path, feed(entries))).exit_code == 0


def test_a_deeply_odd_feed_file_is_read_whatever_its_numbers(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    files = feed([vehicle()])
    text = json.dumps(files["vehicle_status.json"]).replace("12000", "1" * 4000)
    files["vehicle_status.json"] = text.encode()
    assert "1 new" in import_feed(write_files(tmp_path, files)).output
