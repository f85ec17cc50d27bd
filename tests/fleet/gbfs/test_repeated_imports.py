"""Importing the same feed again: what is updated, missing or left alone."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from tests.factories import UserFactory, find_city
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import SCOOTER, feed, feed_file, vehicle, write_files
from tests.fleet.vehicles import LONG_AGO
from tests.threads import run_in_threads
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.services.vehicles import save_vehicle
from webapp.fleet.feeds.writing import write_batch
from webapp.fleet.gbfs.feed import read_feed
from webapp.fleet.gbfs.http_files import HttpFiles
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.regions.geography import Point
from webapp.web.fetching import Fetcher


def update_vehicles(app: Flask, **columns: Any) -> None:
    with app.app_context():
        execute_write(update(Vehicle).values(**columns))


def test_ids_that_change_between_imports_leave_no_duplicates_available(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    """GBFS gives a vehicle a new id after each ride."""
    import_feed(write_files(tmp_path, feed([vehicle("a1"), vehicle("a2"), vehicle("same")])))
    result = import_feed(
        write_files(tmp_path, feed([vehicle("b1"), vehicle("b2"), vehicle("same")]))
    )
    assert "2 new, 1 updated\n  2 missing: the feed does not name them any more" in result.output
    states = {id_: row.state for id_, row in read_vehicles().items()}
    assert states == {
        "a1": "missing", "a2": "missing", "b1": "available", "b2": "available", "same": "available",
    }  # fmt: skip
    import_feed(write_files(tmp_path, feed([vehicle("a1"), vehicle("same")])))
    assert {id_ for id_, row in read_vehicles().items() if row.state == "available"} == {
        "a1",
        "same",
    }


def test_a_vehicle_with_an_invalid_entry_does_not_become_missing(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle("v1")])))
    import_feed(write_files(tmp_path, feed([vehicle("v1", lat=91)])))
    assert read_vehicles()["v1"].state == "available"


def test_a_second_import_updates_vehicles_and_adds_no_duplicates(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    before = read_vehicles()["v1"]
    update_vehicles(app, address="1 Main Street")
    moved = vehicle("v1", lat=40.8, is_disabled=True, current_range_meters=..., vehicle_type_id="b")
    bicycle = {"vehicle_type_id": "b", "form_factor": "bicycle", "propulsion_type": "human"}
    files = feed([moved, vehicle("v2"), vehicle("v3")], types=[SCOOTER, bicycle])
    result = import_feed(write_files(tmp_path, files))
    assert "1 new, 2 updated\n" in result.output
    after = read_vehicles()["v1"]
    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert (after.lat, after.cell) == (40.8, Point(40.8, -73.99).cell)
    assert (after.state, after.form_factor, after.brand) == ("non_operational", "bicycle", "")
    assert (after.range_m, after.address) == (None, None)


@pytest.mark.parametrize(
    ("state", "lat", "is_new"),
    [
        ("missing", 40.73, True),
        ("available", 40.74, True),
        ("non_operational", 40.74, True),
        ("available", 40.7305, False),
        ("available", 40.73, False),
    ],
)
def test_a_vehicle_that_was_away_or_has_moved_has_a_new_public_id_after_an_import(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    make_user: UserFactory,
    app: Flask,
    tmp_path: Path,
    state: str,
    lat: float,
    is_new: bool,
) -> None:
    """It may have been ridden in the other system. No list of saved vehicles shows it either."""
    import_feed(write_files(tmp_path, feed([vehicle("v1")])))
    (before,) = read_vehicles().values()
    rider_key = make_user("ada").key
    with app.app_context():
        save_vehicle(rider_key, before.public_key)
    update_vehicles(app, state=state)
    import_feed(write_files(tmp_path, feed([vehicle("v1", lat=lat)])))
    (after,) = read_vehicles().values()
    assert (after.id, after.lat) == (before.id, lat)
    assert (after.public_id != before.public_id) is is_new
    with app.app_context():
        assert bool(db.session.scalars(select(SavedVehicle)).all()) is not is_new


def test_only_vehicles_that_differ_in_the_feed_are_marked_as_changed(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path
) -> None:
    same, rangeless = vehicle("same"), vehicle("rangeless", current_range_meters=...)
    import_feed(write_files(tmp_path, feed([same, rangeless, vehicle("moved"), vehicle("empty")])))
    update_vehicles(app, changed_at=LONG_AGO)
    empty = vehicle("empty", current_range_meters=...)
    result = import_feed(
        write_files(tmp_path, feed([same, rangeless, vehicle("moved", lat=40.8), empty]))
    )
    assert "0 new, 4 updated\n" in result.output
    changed = {name for name, row in read_vehicles().items() if row.changed_at > LONG_AGO}
    assert changed == {"moved", "empty"}


def test_a_vehicle_with_an_expired_reservation_is_updated(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    update_vehicles(app, state="reserved", reserved_until=LONG_AGO, changed_at=LONG_AGO)
    result = import_feed(write_files(tmp_path, feed([vehicle("v1")])))
    assert "0 new, 1 updated\n  1 missing" in result.output
    assert {name: row.state for name, row in read_vehicles().items()} == {
        "v1": "available", "v2": "missing",
    }  # fmt: skip
    assert all(row.changed_at > LONG_AGO for row in read_vehicles().values())


@pytest.mark.parametrize("state", ["available", "reserved"], ids=["cancelled", "expired"])
def test_an_import_keeps_the_pause_after_a_reservation(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path, state: str
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle("v1")])))
    ended_at = datetime.now(UTC) - timedelta(seconds=1)
    update_vehicles(app, state=state, reserved_until=ended_at)
    import_feed(write_files(tmp_path, feed([vehicle("v1")])))
    (row,) = read_vehicles().values()
    assert (row.state, row.reserved_until) == ("available", ended_at)


def test_a_vehicle_with_a_current_reservation_is_not_updated(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle("v1"), vehicle("v2")])))
    until = datetime.now(UTC) + timedelta(minutes=5)
    update_vehicles(app, state="reserved", reserved_until=until)
    assert "1 left alone" in import_feed(write_files(tmp_path, feed([vehicle("v1")]))).output
    assert {(row.state, row.reserved_until) for row in read_vehicles().values()} == {
        ("reserved", until)
    }


def test_only_a_vehicle_with_a_critical_report_stays_out_of_service(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path
) -> None:
    source = write_files(tmp_path, feed([vehicle("v1"), vehicle("v2")]))
    import_feed(source)
    row = read_vehicles()["v1"]
    report = {"region": row.region, "id": uuid4(), "city": row.city, "vehicle_id": row.id}
    texts = {"kind": "damage", "critical": True, "note": "", "state": "new", "answer": ""}
    with app.app_context():
        execute_write(insert(Report).values(**report, **texts))
    update_vehicles(app, state="non_operational")
    import_feed(source)
    states = {id_: vehicle.state for id_, vehicle in read_vehicles().items()}
    assert states == {"v1": "non_operational", "v2": "available"}


@pytest.mark.parametrize("state", ["on_trip", "reserved", "removed"])
def test_a_vehicle_in_use_or_removed_is_not_updated(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path, state: str
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle()])))
    update_vehicles(app, state=state)
    result = import_feed(write_files(tmp_path, feed([vehicle(lat=40.8), vehicle("v2")])))
    assert "1 new, 0 updated, 1 left alone (in use, or removed here)\n" in result.output
    assert (read_vehicles()["v1"].state, read_vehicles()["v1"].lat) == (state, 40.73)


def test_a_single_vehicle_file_updates_the_vehicles_of_its_feed(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle()])))
    assert "0 new, 1 updated" in import_feed(tmp_path / "gbfs.json").output
    assert "0 new, 1 updated" in import_feed(tmp_path / "vehicle_status.json").output
    assert len(read_vehicles()) == 1


def test_a_feed_without_system_id_is_identified_by_its_path(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_files(tmp_path / "acme", feed([vehicle()], system=None))
    assert "1 new" in import_feed(folder).output
    monkeypatch.chdir(folder)
    assert "0 new, 1 updated" in import_feed("gbfs.json").output
    assert read_vehicles()["v1"].feed_system == "acme/gbfs.json"


@pytest.mark.parametrize("information", [{}, {"system_id": ""}, {"system_id": 5}, None])
def test_a_missing_or_empty_system_information_is_accepted(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, information: Any
) -> None:
    folder = write_files(tmp_path / "acme", feed([vehicle()]))
    if information is None:
        (folder / "system_information.json").unlink()
    else:
        write_files(folder, {"system_information.json": feed_file(**information)})
    assert import_feed(folder).exit_code == 0
    assert read_vehicles()["v1"].feed_system == "acme/gbfs.json"


@pytest.mark.slow
def test_simultaneous_imports_add_no_duplicates(
    app: Flask, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    folder = write_files(tmp_path, feed([vehicle(str(n)) for n in range(300)]))
    feed_on_disk = read_feed(str(folder), HttpFiles(Fetcher()))
    vehicles = feed_on_disk.vehicles

    def import_in_order(step: int) -> tuple[int, int]:
        with app.app_context():
            tally = write_batch(find_city(), feed_on_disk, vehicles[::step])
            return tally.new, tally.updated

    tallies = run_in_threads(*(partial(import_in_order, step) for step in (1, -1, 1, -1)))
    assert len(read_vehicles()) == 300
    assert sum(new for new, _ in tallies) == 300
    assert sum(updated for _, updated in tallies) == 900
