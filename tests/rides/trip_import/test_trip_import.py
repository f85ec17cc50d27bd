"""``flask rides import-trips``: trips of a file become ended rides, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import read_all_rows, read_audit_events, sign_in
from tests.factories import PlanFactory, UserFactory
from tests.job_steps import read_mails
from tests.ledger_audit import check_ledger
from tests.rides.trip_import.steps import (
    ReadRides,
    RunImport,
    WriteTrips,
    check_refused,
    import_part,
    make_row,
)
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Quote, quote_ride
from webapp.regions.geography import Point
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.models import WalletEntry
from webapp.rides.trip_import import services
from webapp.rides.trip_import.conversion import assign_vehicles
from webapp.rides.trip_import.trip_files import Trip


def test_a_trip_becomes_a_ride_that_has_ended_with_its_price_and_entry(
    app: Flask, run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    result = run(write({}))
    assert result.exit_code == 0, result.output
    assert result.output == (
        "Trips of trips.csv in New York:\n"
        "  1 new rides, 0 known already\n"
        "  11 minutes, 2.4 km, $3.75\n"
        "  1 ended where rides may end\n"
    )
    (ride,) = read_rides()
    assert ride.plan
    assert ride.price_lines
    assert (ride.city, ride.region, ride.plan.id) == ("new york", "us-east1", priced.id)
    assert ride.started_at == datetime(2026, 7, 1, 12, 15, tzinfo=UTC), "in New York's summer"
    assert ride.duration == timedelta(minutes=11)
    assert (ride.start.point, ride.end.point) == ((40.73, -73.99), (40.74, -73.98))
    assert ride.distance_m == 2414, "a mile and a half"
    assert (ride.price, ride.currency) == (375, "USD")
    assert Quote.from_json("USD", ride.price_lines) == quote_ride(
        priced.tariff, timedelta(minutes=11)
    )
    assert (ride.vehicle.state, ride.vehicle.point) == ("available", (40.74, -73.98))
    with app.app_context():
        (entry,) = db.session.scalars(select(WalletEntry))
        assert (entry.kind, entry.ride_id, entry.rider_id) == ("ride", ride.id, ride.rider_id)
        with db.engines["write"].connect() as connection:
            check_ledger(connection)


def test_a_second_run_changes_nothing(
    app: Flask, run: RunImport, write: WriteTrips, priced: PricingPlan
) -> None:
    file = write(*(make_row(n) for n in range(5)))
    run(file)
    before = read_all_rows(app)
    assert run(file).output.splitlines()[1:] == ["  0 new rides, 5 known already"]
    assert read_all_rows(app) == before


def test_an_interrupted_run_is_finished_by_the_next(
    app: Flask,
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    priced: PricingPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "BATCH_SIZE", 2)
    file = write(*(make_row(n, StartTime="08:00", EndTime="08:15") for n in range(7)))
    with app.app_context():
        import_part(file, slice(2, 4))
    assert "5 new rides, 2 known already" in run(file).output
    assert len({ride.vehicle_id for ride in read_rides()}) == len(read_rides()) == 7


def test_two_runs_at_once_write_each_ride_once(
    app: Flask, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    file = write(*(make_row(n) for n in range(20)))
    results = run_together(app, *[lambda: import_part(file)] * 3)
    assert sorted(result.rides for result in results) == [0, 0, 20]
    assert len(read_rides()) == 20
    with app.app_context(), db.engines["write"].connect() as connection:
        check_ledger(connection)


def test_trips_of_another_file_use_other_vehicles(
    run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    run(write(make_row(1), make_row(2)))
    assert (
        "1 new rides, 2 known already" in run(write(make_row(1), make_row(2), make_row(3))).output
    )
    assert len({ride.vehicle_id for ride in read_rides()}) == 3


def test_a_free_ride_has_no_entry(
    app: Flask, run: RunImport, write: WriteTrips, read_rides: ReadRides, make_plan: PlanFactory
) -> None:
    make_plan()
    assert "$0.00" in run(write({})).output
    assert read_rides()[0].price == 0
    with app.app_context():
        assert db.session.scalars(select(WalletEntry)).all() == []


# --- vehicles ------------------------------------------------------------------------------


def trip(start: int, minutes: int) -> Trip:
    began = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=start)
    origin = Point(0, 0)
    return Trip(str(start), began, began + timedelta(minutes=minutes), origin, origin, 0)


def test_the_vehicle_free_for_longest_is_assigned_next() -> None:
    trips = [trip(0, 30), trip(5, 5), trip(10, 10), trip(20, 5), trip(30, 5), trip(31, 5)]
    assert assign_vehicles(trips) == [1, 2, 2, 2, 2, 1]


def test_a_trip_of_zero_duration_leaves_its_vehicle_free() -> None:
    assert assign_vehicles([trip(0, 0), trip(0, 0), trip(0, 5), trip(0, 5)]) == [1, 1, 1, 2]


# --- the account of the rides ------------------------------------------------------------------------


def test_without_a_rider_the_rides_belong_to_an_account_without_a_login(
    app: Flask,
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    visitor: Visitor,
    priced: PricingPlan,
) -> None:
    run(write({}))
    with app.app_context():
        user = db.session.scalars(select(User)).unique().one()
        assert read_balances(user.key) == {"USD": -375}
    assert (read_rides()[0].rider_region, read_rides()[0].rider_id) == user.key
    assert (user.username, user.password_hash) == ("trips-new-york", "")
    assert user.disabled_at
    assert user.email.endswith(".invalid")
    assert sign_in(visitor, "trips-new-york", "").status_code == 422
    visitor.send("/forgotten", email=user.email)
    assert read_mails(app) == []


def test_the_rides_can_belong_to_an_existing_account(
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    rider: Visitor,
    make_user: UserFactory,
    priced: PricingPlan,
) -> None:
    ada = make_user("ada", city="paris")
    assert run(write({}), "--rider", "Ada").exit_code == 0
    assert (read_rides()[0].rider_region, read_rides()[0].rider_id) == ada.key
    page = rider.sign_in(ada).get("/rides").text
    assert "11 min" in page
    check_refused(run(write({}), "--rider", "nobody"), "no account 'nobody'")


def test_an_existing_account_with_the_same_name_is_not_used(
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    make_user: UserFactory,
    priced: PricingPlan,
) -> None:
    make_user("trips-new-york")
    check_refused(run(write({})), "'trips-new-york' is somebody's", "--rider")
    assert read_rides() == []


def test_the_audit_event_of_an_import_does_not_name_the_rider(
    app: Flask, run: RunImport, write: WriteTrips, priced: PricingPlan
) -> None:
    run(write(make_row(1), make_row(2)))
    (event,) = read_audit_events(app, AuditKind.TRIPS_IMPORTED)
    assert (event.subject, event.actor, event.details["rides"]) == ("city new york", None, 2)
