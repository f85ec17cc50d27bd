"""Older copies of a feed, and systems that have changed their name."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, Select, delete, select, update

from tests.factories import find_city
from tests.fleet.commands import check_refusal
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, serve_files, vehicle, write_files
from tests.threads import run_in_threads
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feeds import writing
from webapp.fleet.feeds.errors import FeedOutdated
from webapp.fleet.feeds.imported_feeds import claim_feed
from webapp.fleet.feeds.imported_vehicles import mark_missing_statement
from webapp.fleet.feeds.models import ImportedFeed
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.models import Vehicle

NOW = datetime.now(UTC).replace(microsecond=0)
NEWER, OLDER = NOW - timedelta(minutes=5), NOW - timedelta(minutes=10)


def write_feed(folder: Path, entries: Any, last_updated: Any, **fields: Any) -> Path:
    files = feed(entries, **fields)
    files["vehicle_status.json"]["last_updated"] = last_updated
    return write_files(folder, files)


def read_time(app: Flask) -> datetime | None:
    with app.app_context():
        return db.session.scalars(select(ImportedFeed.last_updated_at)).one()


def as_seconds(time: datetime) -> int:
    return int(time.timestamp())


# --- older copies ----------------------------------------------------------------------------


@pytest.mark.parametrize("write", [as_seconds, datetime.isoformat])
def test_an_older_copy_of_a_feed_is_not_imported(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, app: Flask, tmp_path: Path, write: Any
) -> None:
    import_feed(write_feed(tmp_path, [vehicle(lat=40.74)], write(NEWER)))
    write_feed(tmp_path, [vehicle(lat=40.75)], write(OLDER))
    check_refusal(import_feed(tmp_path), f"is of {OLDER:%Y-%m-%d %H:%M:%S} UTC, older than")
    assert read_vehicles()["v1"].lat == 40.74
    assert import_feed(tmp_path, "--force").exit_code == 0
    assert (read_vehicles()["v1"].lat, read_time(app)) == (40.75, OLDER)


@pytest.mark.parametrize(
    ("first", "second"),
    [(NEWER, NEWER), (OLDER, NEWER), (None, OLDER), (NEWER, None), (NEWER, "never"), ("never", OLDER)],
)  # fmt: skip
def test_the_same_a_newer_and_an_undated_copy_are_imported(
    import_feed: ImportFeed, app: Flask, tmp_path: Path, first: Any, second: Any
) -> None:
    for time in (first, second):
        value = time.isoformat() if isinstance(time, datetime) else time
        assert import_feed(write_feed(tmp_path, [vehicle()], value)).exit_code == 0
    times = [time for time in (first, second) if isinstance(time, datetime)]
    assert read_time(app) == times[-1]


def test_a_time_in_the_future_does_not_refuse_later_copies(
    import_feed: ImportFeed, app: Flask, tmp_path: Path
) -> None:
    import_feed(write_feed(tmp_path, [vehicle()], "2199-01-01T00:00:00Z"))
    time = read_time(app)
    assert time
    assert time < NOW + timedelta(days=1)
    assert import_feed(write_feed(tmp_path, [vehicle()], as_seconds(NOW) + 3600)).exit_code == 0


def test_the_age_of_a_feed_counts_for_its_city_and_system_only(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    import_feed(write_feed(tmp_path, [vehicle()], as_seconds(NEWER)))
    paris = [vehicle("p", lat=48.86, lon=2.35)]
    write_feed(tmp_path, paris, as_seconds(OLDER))
    assert import_feed(tmp_path, city="paris").exit_code == 0
    write_feed(tmp_path, [vehicle("other")], as_seconds(OLDER), system="other")
    assert import_feed(tmp_path).exit_code == 0


def test_of_copies_that_are_imported_at_once_the_newest_stays(app: Flask) -> None:
    def claim(age_s: int) -> bool:
        copy = Feed("acme", "file", [], {}, last_updated=NOW - timedelta(seconds=age_s))
        with app.app_context():
            try:
                claim_feed(find_city(), copy, force=False)
            except FeedOutdated:
                return False
            return True

    accepted = run_in_threads(*(partial(claim, age_s) for age_s in (30, 10, 20, 10, 40)))
    assert accepted[1]
    assert accepted[3]
    assert read_time(app) == NOW - timedelta(seconds=10)


def test_an_old_feed_is_imported_with_a_word_about_its_age(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    result = import_feed(write_feed(tmp_path, [vehicle()], "2022-03-24T12:00:00Z"))
    assert (
        "1 new, 0 updated\n  last updated on 2022-03-24: vehicles may be elsewhere now\n"
        in result.output
    )


# --- another system_id -----------------------------------------------------------------------


def read_systems(read_vehicles: ReadVehicles) -> list[tuple[str | None, str | None, str]]:
    rows = read_vehicles().values()
    return sorted((row.feed_system, row.feed_vehicle, row.state) for row in rows)


@pytest.mark.parametrize("former", ["acme_old", None])
def test_a_system_that_has_changed_its_id_keeps_its_vehicles(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    app: Flask,
    tmp_path: Path,
    former: str | None,
) -> None:
    entries = [vehicle(f"v{number}", lat=40.73 + number / 100) for number in range(3)]
    import_feed(write_files(tmp_path / "acme", feed(entries, system=former)))
    before = {id_: row.id for id_, row in read_vehicles().items()}
    result = import_feed(write_files(tmp_path / "acme", feed(entries, system="acme_new")))
    name = former or "acme/gbfs.json"
    assert f"  0 new, 3 updated\n  was called {name} until now\n" in result.output
    assert {id_: row.id for id_, row in read_vehicles().items()} == before
    states = [("acme_new", f"v{number}", "available") for number in range(3)]
    assert read_systems(read_vehicles) == states
    assert "was called" not in import_feed(tmp_path / "acme").output
    with app.app_context():
        assert db.session.scalars(select(ImportedFeed.system)).all() == ["acme_new"]


def test_a_change_of_the_id_is_finished_after_an_interruption(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    entries = [vehicle(f"v{number}") for number in range(4)]
    import_feed(write_files(tmp_path, feed(entries, system="acme_old")))
    monkeypatch.setattr(writing, "BATCH_SIZE", 1)
    renamed = []

    def interrupt(condition: ColumnElement[bool]) -> Select[tuple[UUID]]:
        renamed.append(condition)
        if len(renamed) == 3:
            raise SystemExit(130)
        return mark_missing_statement(condition)

    monkeypatch.setattr("webapp.fleet.feeds.former_systems.mark_missing_statement", interrupt)
    write_files(tmp_path, feed(entries, system="acme_new"))
    assert import_feed(tmp_path).exit_code == 130
    assert [system for system, _, _ in read_systems(read_vehicles)].count("acme_new") == 3
    assert "  0 new, 4 updated\n  was called acme_old until now" in import_feed(tmp_path).output
    states = [("acme_new", f"v{number}", "available") for number in range(4)]
    assert read_systems(read_vehicles) == states


def test_vehicles_that_left_while_the_system_changed_its_id_are_missing(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    entries = [vehicle(f"v{number}") for number in range(4)]
    import_feed(write_files(tmp_path, feed(entries, system="acme_old")))
    later = [*entries[:3], vehicle("w")]
    result = import_feed(write_files(tmp_path, feed(later, system="acme_new")))
    assert "1 new, 3 updated\n" in result.output
    assert "  1 missing" in result.output
    assert {system for system, _, _ in read_systems(read_vehicles)} == {"acme_new"}


def test_a_changed_id_does_not_let_most_of_the_fleet_vanish_or_an_older_copy_in(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    entries = [vehicle(f"v{number}") for number in range(3)]
    import_feed(write_feed(tmp_path, entries, as_seconds(NEWER), system="acme_old"))
    write_feed(tmp_path, entries, as_seconds(OLDER), system="acme_new")
    check_refusal(import_feed(tmp_path), "older than the one")


@pytest.mark.parametrize(
    "others",
    [
        [vehicle("w0"), vehicle("w1"), vehicle("w2")],
        [vehicle(f"v{number}", lat=40.8) for number in range(3)],
        [vehicle("v0"), *(vehicle(f"w{number}") for number in range(3))],
    ],
    ids=["other-ids", "other-places", "few-alike"],
)
def test_another_system_in_the_city_stays_another(
    import_feed: ImportFeed, app: Flask, tmp_path: Path, others: Any
) -> None:
    entries = [vehicle(f"v{number}") for number in range(3)]
    import_feed(write_files(tmp_path, feed(entries, system="one")))
    result = import_feed(write_files(tmp_path, feed(others, system="two")))
    assert f"{len(others)} new, 0 updated" in result.output
    with app.app_context():
        rows = db.session.scalars(select(Vehicle)).all()
    assert sum(row.feed_system == "one" and row.state == "available" for row in rows) == 3


def test_a_feed_of_another_address_takes_no_vehicles_by_copying_their_ids(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    entries = [vehicle(f"v{number}") for number in range(3)]
    import_feed(write_files(tmp_path, feed(entries, system="acme")))
    with serve_files() as server:
        server.answers |= {f"/{n}": file for n, file in feed(entries, system="copy").items()}
        url = f"{server.url}/gbfs.json"
        check_refusal(
            import_feed(url),
            "Vehicles of acme in New York have the same ids at the same places",
            "They come from file",
            "--take-over",
            "flask fleet forget-feed acme --city 'new york'",
        )
        assert {system for system, _, _ in read_systems(read_vehicles)} == {"acme"}
        assert "0 new, 3 updated" in import_feed(url, "--take-over").output
    assert {row.feed_source for row in read_vehicles().values()} == {
        f"{server.url}/gbfs.json".removeprefix("http://")
    }


def test_vehicles_that_were_imported_under_both_ids_are_offered_once(
    import_feed: ImportFeed, app: Flask, tmp_path: Path
) -> None:
    """A release that did not recognise it has imported them twice."""
    entries = [vehicle(f"v{number}") for number in range(3)]
    import_feed(write_files(tmp_path, feed(entries, system="acme_new")))
    with app.app_context():
        execute_write(update(Vehicle).values(feed_system="acme_old"))
        execute_write(update(ImportedFeed).values(system="acme_old"))
    twins = [vehicle(f"v{number}", lat=40.8) for number in range(3)]
    import_feed(write_files(tmp_path, feed(twins, system="acme_new")))
    with app.app_context():
        execute_write(update(Vehicle).values(lat=40.73, lon=-73.99))
        execute_write(delete(ImportedFeed))
    import_feed(write_files(tmp_path, feed(entries, system="acme_new")))
    with app.app_context():
        rows = db.session.execute(select(Vehicle.feed_system, Vehicle.state)).all()
    assert sorted(tuple(row) for row in rows) == [
        *[("acme_new", "available")] * 3,
        *[("acme_old", "missing")] * 3,
    ]
