"""Files of a feed that are missing, invalid, or lie in unusual places."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.commands import check_refusal
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, feed_file, vehicle, write_files
from webapp.fleet.gbfs import documents


def test_an_unknown_city_is_refused_with_the_command_that_adds_it(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    result = import_feed(write_files(tmp_path, feed([])), city="atlantis\n")
    check_refusal(result, r"no city 'atlantis\n'", "flask cities add")


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"{", b'{"data": {"vehicles": [', b"\xff\xfe{}", b"[" * 100_000,
     b'{"a":' * 100_000],
)  # fmt: skip
@pytest.mark.parametrize("name", ["gbfs.json", "vehicle_status.json", "vehicle_types.json"])
def test_a_file_that_is_not_json_is_named(
    import_feed: ImportFeed, tmp_path: Path, name: str, text: bytes
) -> None:
    write_files(tmp_path, {**feed([vehicle()]), name: text})
    check_refusal(import_feed(tmp_path), name, "is not JSON")


@pytest.mark.parametrize("content", [[], None, 5, "x", {}, {"data": []}, {"data": None}])
@pytest.mark.parametrize(
    "name", ["gbfs.json", "vehicle_status.json", "vehicle_types.json", "system_information.json"]
)
def test_a_file_of_the_wrong_structure_is_named(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, name: str, content: Any
) -> None:
    write_files(tmp_path, {**feed([vehicle()]), name: content})
    check_refusal(import_feed(tmp_path), name, "is no GBFS file")
    assert not read_vehicles()


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
    import_feed: ImportFeed, tmp_path: Path, name: str, data: Any, words: str
) -> None:
    write_files(tmp_path, {**feed([vehicle()]), name: feed_file(**data)})
    check_refusal(import_feed(tmp_path), name, words)


def test_a_byte_order_mark_is_ignored(import_feed: ImportFeed, tmp_path: Path) -> None:
    files = {
        name: b"\xef\xbb\xbf" + json.dumps(f).encode() for name, f in feed([vehicle()]).items()
    }
    assert "1 new" in import_feed(write_files(tmp_path, files)).output


@pytest.mark.parametrize("source", ["nowhere", "no\0where", "x" * 5000, "ftp://example.org/g.json"])
def test_a_missing_file_is_refused(import_feed: ImportFeed, source: str) -> None:
    check_refusal(import_feed(source))


def test_an_address_of_another_kind_is_not_taken_for_a_file(import_feed: ImportFeed) -> None:
    check_refusal(
        import_feed("ftp://example.org/g.json"), "ftp://example.org/g.json is no http or https"
    )


def test_a_folder_without_gbfs_json_is_refused(import_feed: ImportFeed, tmp_path: Path) -> None:
    check_refusal(import_feed(tmp_path), "There is no file", "gbfs.json")


def test_a_file_that_is_too_large_is_refused(
    import_feed: ImportFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 600)
    check_refusal(
        import_feed(write_files(tmp_path, feed([vehicle()] * 10))),
        "is larger than",
    )


# --- files on disk ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://movr.invalid/a/vehicle_status.json", "https://movr.invalid/vehicle_status?x=1#y",
     "https://movr.invalid/v%65hicle_status.json", "vehicle_status", "./vehicle_status.json",
     "/gone/vehicle_status/"],
)  # fmt: skip
def test_a_file_of_the_feed_is_found_beside_gbfs_json(
    import_feed: ImportFeed, tmp_path: Path, url: str
) -> None:
    files = feed([vehicle(vehicle_type_id=...)], types=None, system=None)
    files["gbfs.json"] = feed_file(feeds=[{"name": "vehicle_status", "url": url}])
    assert "1 new" in import_feed(write_files(tmp_path, files)).output


@pytest.mark.parametrize(
    "url",
    ["../secret.json", "..%2Fsecret.json", "en/../../secret.json", "{absolute}", "file://{absolute}",
     "link.json", "//movr.invalid/secret.json", "", ".", "..", "%00", "x" * 5000, "http://[",
     "loop.json", "gopher://movr.invalid/x", "gbfs.json"],
)  # fmt: skip
def test_a_feed_reads_no_file_outside_its_folder(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, url: str
) -> None:
    write_files(tmp_path, {"secret.json": feed_file(vehicles=[vehicle()])})
    folder = tmp_path / "feed"
    absolute = str(tmp_path / "secret.json")
    feeds = [{"name": "vehicle_status", "url": url.replace("{absolute}", absolute)}]
    write_files(folder, {"gbfs.json": feed_file(feeds=feeds)})
    os.symlink(absolute, folder / "link.json")
    os.symlink(folder / "loop.json", folder / "loop.json")
    check_refusal(import_feed(folder))
    assert not read_vehicles()


# --- a vehicle file without gbfs.json --------------------------------------------------------


def test_without_vehicle_types_a_single_vehicle_file_has_only_bicycles(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    entries = [vehicle("typed"), vehicle("plain", vehicle_type_id=...)]
    write_files(tmp_path, {"status.json": feed_file(bikes=entries)})
    result = import_feed(tmp_path / "status.json")
    assert "1 new" in result.output
    assert "1 skipped: names a vehicle_type_id, and vehicle_types.json is missing" in result.output
    assert read_vehicles()["plain"].form_factor == "bicycle"
    assert read_vehicles()["plain"].feed_system == f"{tmp_path.name}/status.json"


def test_a_single_vehicle_file_uses_the_vehicle_types_beside_it(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    write_files(tmp_path, feed([vehicle()]))
    (tmp_path / "gbfs.json").unlink()
    assert "1 new" in import_feed(tmp_path / "vehicle_status.json").output
    assert read_vehicles()["v1"].form_factor == "scooter_standing"
