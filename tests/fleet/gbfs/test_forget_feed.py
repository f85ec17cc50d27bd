"""``flask fleet forget-feed`` undoes imports, and ``flask sweep`` deletes what went missing."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, insert, select, update

from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.commands import check_result
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, vehicle, write_files
from tests.threads import run_in_threads
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.services.vehicles import save_vehicle
from webapp.fleet.feeds import removal, writing
from webapp.fleet.feeds.models import ImportedFeed
from webapp.fleet.feeds.removal import delete_missing_vehicles, forget_feed
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.rides.models import Ride
from webapp.rides.services.start import start_ride

ForgetFeed = Callable[..., Result]
UseVehicle = Callable[[Flask, Vehicle, RowKey], None]


@pytest.fixture
def forget(app: Flask) -> ForgetFeed:
    def forget(system: str = "acme_nyc", city: str = "new york") -> Result:
        arguments = ["fleet", "forget-feed", system, "--city", city]
        return check_result(app.test_cli_runner().invoke(args=arguments))

    return forget


@pytest.fixture
def ada_key(make_user: UserFactory) -> RowKey:
    return make_user("ada").key


def ride(app: Flask, row: Vehicle, rider_key: RowKey) -> None:
    ended = {"started_at": func.now(), "ended_at": func.now()}
    values = {"region": row.region, "id": uuid4(), "city": row.city, "vehicle_id": row.id, **ended}
    rider = {"rider_region": rider_key.region, "rider_id": rider_key.id}
    with app.app_context():
        execute_write(insert(Ride).values(**values, **rider))


def report(app: Flask, row: Vehicle, rider_key: RowKey) -> None:
    values = {"region": row.region, "id": uuid4(), "city": row.city, "vehicle_id": row.id}
    texts = {"kind": "damage", "critical": False, "note": "", "state": "new", "answer": ""}
    with app.app_context():
        execute_write(insert(Report).values(**values, **texts))


def save(app: Flask, row: Vehicle, rider_key: RowKey) -> None:
    with app.app_context():
        save_vehicle(rider_key, row.public_key)


def import_numbered(import_feed: ImportFeed, tmp_path: Path, count: int, **options: Any) -> None:
    entries = [vehicle(f"v{number}") for number in range(count)]
    import_feed(write_files(tmp_path, feed(entries, **options)))


def read_states(app: Flask) -> list[tuple[str | None, str | None, str]]:
    query = select(Vehicle.feed_system, Vehicle.feed_vehicle, Vehicle.state)
    with app.app_context():
        return sorted(tuple(row) for row in db.session.execute(query))


def test_a_feed_that_was_imported_by_mistake_is_forgotten(
    import_feed: ImportFeed, forget: ForgetFeed, app: Flask, tmp_path: Path
) -> None:
    import_numbered(import_feed, tmp_path, 3)
    assert forget().output == (
        "Feed acme_nyc in New York:\n  3 deleted, 0 removed that stay in the records\n"
    )
    with app.app_context():
        assert db.session.scalars(select(Vehicle)).all() == []
        assert db.session.scalars(select(ImportedFeed)).all() == []
        query = select(AuditEvent).where(AuditEvent.kind == AuditKind.VEHICLE_REMOVED)
        event = db.session.scalars(query).one()
    assert event.subject == "city new york"
    assert (event.details["system"], event.details["deleted"]) == ("acme_nyc", 3)


def test_forgetting_a_feed_twice_is_forgetting_it_once(
    import_feed: ImportFeed, forget: ForgetFeed, app: Flask, tmp_path: Path
) -> None:
    import_numbered(import_feed, tmp_path, 1)
    import_numbered(import_feed, tmp_path, 2, system="other")
    forget()
    again = forget()
    assert again.exit_code == 0
    assert again.output.endswith("It has no vehicles here. Feeds that have some: other\n")
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.kind == AuditKind.VEHICLE_REMOVED)
        assert len(db.session.scalars(query).all()) == 1


@pytest.mark.parametrize("use", [ride, report], ids=["ridden", "reported"])
def test_what_refers_to_a_vehicle_stays_and_the_vehicle_with_it(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    forget: ForgetFeed,
    app: Flask,
    ada_key: RowKey,
    tmp_path: Path,
    use: UseVehicle,
) -> None:
    import_numbered(import_feed, tmp_path, 2)
    use(app, read_vehicles()["v0"], ada_key)
    assert "1 deleted, 1 removed that stay in the records" in forget().output
    assert read_states(app) == [(None, None, "removed")]
    with app.app_context():
        count = sum(
            db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Ride, Report)
        )
    assert count == 1
    assert "0 deleted, 0 removed" in forget().output
    assert "2 new, 0 updated\n" in import_feed(tmp_path).output


def test_lists_of_saved_vehicles_do_not_keep_a_vehicle(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    forget: ForgetFeed,
    app: Flask,
    ada_key: RowKey,
    tmp_path: Path,
) -> None:
    import_numbered(import_feed, tmp_path, 2)
    save(app, read_vehicles()["v0"], ada_key)
    assert "2 deleted, 0 removed" in forget().output
    with app.app_context():
        assert db.session.scalars(select(SavedVehicle)).all() == []


def test_a_vehicle_in_use_is_left_alone_until_it_is_free(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    forget: ForgetFeed,
    app: Flask,
    ada_key: RowKey,
    tmp_path: Path,
) -> None:
    import_numbered(import_feed, tmp_path, 2)
    with app.app_context():
        start_ride(ada_key, read_vehicles()["v0"].public_key)
    output = forget().output
    assert "1 deleted, 0 removed that stay in the records\n" in output
    assert output.endswith("  1 in use: run this again when they are free\n")
    assert read_states(app) == [("acme_nyc", "v0", "on_trip")]
    with app.app_context():
        execute_write(update(Vehicle).values(state="available"))
    assert "0 deleted, 1 removed" in forget().output


def test_other_feeds_cities_and_owners_keep_their_vehicles(
    import_feed: ImportFeed,
    make_vehicle: VehicleFactory,
    forget: ForgetFeed,
    app: Flask,
    tmp_path: Path,
) -> None:
    make_vehicle()
    import_numbered(import_feed, tmp_path, 1)
    import_numbered(import_feed, tmp_path, 1, system="acme")
    import_feed(write_files(tmp_path, feed([vehicle("p", lat=48.86, lon=2.35)])), city="paris")
    forget()
    assert read_states_without_none(app) == [
        ("", "available"), ("acme", "available"), ("acme_nyc", "available"),
    ]  # fmt: skip
    forget(city="paris")
    assert [system for system, _ in read_states_without_none(app)] == ["", "acme"]


def read_states_without_none(app: Flask) -> list[tuple[str, str]]:
    query = select(func.coalesce(Vehicle.feed_system, ""), Vehicle.state)
    with app.app_context():
        return sorted(tuple(row) for row in db.session.execute(query))


def test_vehicles_are_removed_in_batches(
    import_feed: ImportFeed,
    forget: ForgetFeed,
    app: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "BATCH_SIZE", 2)
    import_numbered(import_feed, tmp_path, 5)
    assert "5 deleted" in forget().output


@pytest.mark.slow
def test_a_ride_that_starts_while_a_feed_is_forgotten_keeps_its_vehicle(
    import_feed: ImportFeed, make_user: UserFactory, app: Flask, tmp_path: Path
) -> None:
    for attempt in range(5):
        import_numbered(import_feed, tmp_path, 1)
        (row,) = read_vehicles_of_feed(app)
        rider_key = make_user(f"rider{attempt}").key

        def remove() -> int:
            with app.app_context():
                outcome = forget_feed(find_city(), "acme_nyc")
            return outcome.deleted + outcome.retired

        def ride_it(rider_key: RowKey = rider_key, row: Vehicle = row) -> int:
            with app.app_context():
                try:
                    start_ride(rider_key, row.public_key)
                except Exception:
                    return 0
                return 1

        removed, ridden = run_in_threads(remove, ride_it)
        assert removed + ridden == 1
        with app.app_context():
            execute_write(update(Vehicle).values(state="available"))
            forget_feed(find_city(), "acme_nyc")


def read_vehicles_of_feed(app: Flask) -> list[Vehicle]:
    with app.app_context():
        query = select(Vehicle).where(Vehicle.feed_system.is_not(None))
        return list(db.session.scalars(query))


# --- missing for long ------------------------------------------------------------------------


def grow_old(app: Flask, days: float, **columns: Any) -> None:
    changed_at = func.now() - timedelta(days=days)
    with app.app_context():
        execute_write(update(Vehicle).values(changed_at=changed_at, **columns))


def sweep(app: Flask) -> str:
    result = check_result(app.test_cli_runner().invoke(args=["sweep"]))
    assert result.exit_code == 0, result.output
    return result.output


def test_ids_that_change_with_each_ride_leave_no_growing_number_of_rows(
    import_feed: ImportFeed, app: Flask, tmp_path: Path
) -> None:
    for day in range(20):
        entries = [vehicle(f"day {day}, v{number}") for number in range(3)]
        import_feed(write_files(tmp_path, feed(entries)))
        with app.app_context():
            age = {Vehicle.changed_at: Vehicle.changed_at - timedelta(days=1)}
            execute_write(update(Vehicle).values(age))
        sweep(app)
        assert len(read_states(app)) <= 3 * 8
    assert len(read_states(app)) == 3 * 7


@pytest.mark.parametrize(
    ("days", "state", "remaining"),
    [(8, "missing", 0), (6, "missing", 1), (8, "available", 1), (8, "removed", 1), (8, "on_trip", 1)],
)  # fmt: skip
def test_only_vehicles_that_are_missing_for_long_are_deleted(
    import_feed: ImportFeed, app: Flask, tmp_path: Path, days: int, state: str, remaining: int
) -> None:
    import_numbered(import_feed, tmp_path, 1)
    grow_old(app, days, state=state)
    assert f"vehicles: {1 - remaining} deleted" in sweep(app)
    assert len(read_states(app)) == remaining


@pytest.mark.parametrize(
    ("use", "remaining"), [(ride, 1), (report, 1), (save, 0)], ids=["ride", "report", "save"]
)
def test_a_missing_vehicle_that_was_used_is_kept(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    app: Flask,
    ada_key: RowKey,
    tmp_path: Path,
    use: UseVehicle,
    remaining: int,
) -> None:
    import_numbered(import_feed, tmp_path, 1)
    use(app, read_vehicles()["v0"], ada_key)
    grow_old(app, 400, state="missing")
    sweep(app)
    assert len(read_states(app)) == remaining


def test_a_missing_vehicle_that_was_not_imported_is_kept(
    make_vehicle: VehicleFactory, app: Flask
) -> None:
    make_vehicle()
    grow_old(app, 400, state="missing")
    sweep(app)
    assert len(read_states(app)) == 1


def test_a_vehicle_that_staff_marked_as_missing_is_kept(
    import_feed: ImportFeed, app: Flask, tmp_path: Path
) -> None:
    """The next import would bring it back to the street."""
    import_numbered(import_feed, tmp_path, 2)
    grow_old(app, 400, state="missing", out_of_service_reason="maintenance")
    sweep(app)
    assert len(read_states(app)) == 2


def test_missing_vehicles_are_deleted_in_batches(
    import_feed: ImportFeed, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "BATCH_SIZE", 2)
    import_numbered(import_feed, tmp_path, 5)
    grow_old(app, 8, state="missing")
    with app.app_context():
        deleted = run_in_threads(partial(delete_in_context, app), partial(delete_in_context, app))
    assert sum(deleted) == 5
    assert read_states(app) == []


def delete_in_context(app: Flask) -> int:
    with app.app_context():
        return delete_missing_vehicles([find_city()], timedelta(days=7))
