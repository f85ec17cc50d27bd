"""Concurrent starts and ends of rides: threads against a real server, checked in the database."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select

from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory, find_city
from tests.races.steps import ROUNDS, count_rows, of_type
from tests.threads import run_together
from webapp.auth.models import User
from webapp.auth.services.registration import EmailTaken, Registration, UsernameTaken, register
from webapp.auth.services.role_grants import grant_role
from webapp.db.cache import TimedCache
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.nearest import list_nearest
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.edit import VehicleInUse, edit_vehicle
from webapp.fleet.services.remove import OwnedVehicleInUse, remove_vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.services.account_deletion import RideNotEnded, delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.rides import refusal_reasons
from webapp.rides.models import OpenRide, Ride
from webapp.rides.refusal_reasons import NEAREST_CACHE, RideAlreadyOpen, VehicleUnavailable
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

HERE = Place("here", Point(40.7359, -73.9911))


def check_consistency() -> None:
    """Check that the three tables that a ride changes agree."""
    vehicles_of_rides = select(Ride.region, Ride.vehicle_id).where(Ride.ended_at.is_(None))
    vehicles_on_trip = select(Vehicle.region, Vehicle.id).where(Vehicle.state == "on_trip")
    assert read_rows(vehicles_of_rides) == read_rows(vehicles_on_trip)
    rides_of_riders = select(OpenRide.ride_region, OpenRide.ride_id)
    open_rides = select(Ride.region, Ride.id).where(Ride.ended_at.is_(None))
    assert read_rows(rides_of_riders) == read_rows(open_rides)


def read_rows(query: Select[Any]) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, db.session.execute(query)))


def test_of_twenty_riders_who_want_one_vehicle_one_gets_it(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle().public_key
    riders = [make_user(city=("new york", "paris")[n % 2]).key for n in range(20)]
    results = run_together(app, *(partial(start_ride, rider, vehicle) for rider in riders))
    assert len(of_type(results, RowKey)) == 1
    assert len(of_type(results, VehicleUnavailable)) == 19
    assert (count_rows(Ride), count_rows(OpenRide)) == (1, 1)
    check_consistency()


def test_of_many_riders_who_want_one_vehicle_few_search_for_others(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vehicle, other = make_vehicle(), make_vehicle()
    nearest_cache: TimedCache[RowKey, Any] = app.extensions[NEAREST_CACHE]
    monkeypatch.setattr(nearest_cache, "clock", lambda: 0.0)
    searches: list[object] = []

    def search(*arguments: Any) -> Any:
        searches.append(arguments)
        return list_nearest(*arguments)

    monkeypatch.setattr(refusal_reasons, "list_nearest", search)
    riders = [make_user().key for _ in range(10)]
    results = run_together(app, *(partial(start_ride, key, vehicle.public_key) for key in riders))
    refusals = of_type(results, VehicleUnavailable)
    assert len(refusals) == 9
    assert len(searches) == 1
    for refusal in refusals:
        assert [each.vehicle.public_id for each in refusal.details["nearest"]] == [other.public_id]


def test_one_rider_who_starts_ten_vehicles_gets_one(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider = make_user().key
    vehicles = [make_vehicle(("new york", "boston", "paris")[n % 3]).public_key for n in range(10)]
    results = run_together(app, *(partial(start_ride, rider, vehicle) for vehicle in vehicles))
    started = of_type(results, RowKey)
    refused = of_type(results, RideAlreadyOpen)
    assert (len(started), len(refused)) == (1, 9)
    assert {error.details["ride_key"] for error in refused} == set(started)
    assert count_rows(Vehicle, Vehicle.state == "available") == 9
    assert count_rows(Ride) == 1
    check_consistency()


def test_ending_ten_times_concurrently_ends_once(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    rider, vehicle = make_user().key, make_vehicle()
    ride = start_ride(rider, vehicle.public_key)
    places = [Place(f"place {n}", Point(40.73 + n / 1000, -73.99)) for n in range(10)]
    results = run_together(app, *(partial(end_ride, rider, ride, place) for place in places))
    assert results == [None] * 10
    assert row(Ride, ride).end.point == row(Vehicle, vehicle.key).point
    check_consistency()


def test_an_end_and_the_next_start_do_not_interfere(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, bob = make_user().key, make_user().key
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        ride = start_ride(ada, vehicle.public_key)
        ended, started = run_together(
            app, partial(end_ride, ada, ride, HERE), partial(start_ride, bob, vehicle.public_key)
        )
        assert ended is None
        check_consistency()
        # An available vehicle gets a new public key after its ride.
        assert isinstance(started, VehicleUnavailable | NotFound)
        ride_key = start_ride(bob, row(Vehicle, vehicle.key).public_key)
        assert row(Ride, ride_key).start == Place(point=HERE.point)
        end_ride(bob, ride_key, HERE)


@pytest.mark.parametrize(("same", "error"), [("username", UsernameTaken), ("email", EmailTaken)])
def test_of_ten_concurrent_registrations_of_one_name_in_any_case_one_succeeds(
    app: Flask, same: str, error: type[Exception]
) -> None:
    registration = Registration(find_city("paris"), "A", "B", "ada", "ada@example.org", PASSWORD)
    variants = [
        replace(
            registration,
            city=find_city(("paris", "new york")[n % 2]),
            username=("Ada" if n % 3 else "aDA") if same == "username" else f"user{n}",
            email=("Ada@Example.org" if n % 3 else registration.email)
            if same == "email"
            else f"{n}@b.org",
        )
        for n in range(10)
    ]
    results = run_together(app, *(partial(register, variant) for variant in variants))
    assert len(of_type(results, User)) == 1
    assert len(of_type(results, error)) == 9
    assert count_rows(User) == 1


def test_a_vehicle_is_removed_or_ridden_but_not_both(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    owner, rider = make_user(), make_user().key
    for _ in range(ROUNDS):
        vehicle = make_vehicle(owner=owner)
        removed, started = run_together(
            app,
            partial(remove_vehicle, owner.key, vehicle.key),
            partial(start_ride, rider, vehicle.public_key),
        )
        check_consistency()
        if isinstance(started, RowKey):
            assert isinstance(removed, VehicleInUse)
            end_ride(rider, started, HERE)
        else:
            assert isinstance(started, NotFound)
            assert removed is None
            assert row(Vehicle, vehicle.key).state == "removed"


def test_a_vehicle_is_edited_before_a_ride_or_not_at_all(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    owner, rider = make_user(), make_user().key
    description = VehicleDescription("bike", "New", "red", HERE)
    for _ in range(ROUNDS):
        vehicle = make_vehicle(owner=owner)
        edited, started = run_together(
            app,
            partial(edit_vehicle, owner.key, vehicle.key, description),
            partial(start_ride, rider, vehicle.public_key),
        )
        assert isinstance(started, RowKey)
        if edited is None:
            assert row(Ride, started).start == HERE
        else:
            assert isinstance(edited, VehicleInUse)
            assert row(Ride, started).start == vehicle.place
        end_ride(rider, started, HERE)


def test_an_account_is_deleted_or_riding_but_not_both(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for _ in range(ROUNDS):
        rider, vehicle = make_user(), make_vehicle()
        deleted, started = run_together(
            app, partial(delete_account, rider), partial(start_ride, rider.key, vehicle.public_key)
        )
        check_consistency()
        if isinstance(started, RowKey):
            assert isinstance(deleted, RideNotEnded)
            assert row(OpenRide, rider.key).ride_key == started
        else:
            assert isinstance(started, NotFound)
            assert deleted is None
            assert row(User, rider.key) is None
            assert row(Vehicle, vehicle.key).state == "available"


def test_an_owner_is_deleted_or_the_vehicle_is_ridden_but_not_both(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for _ in range(ROUNDS):
        owner, rider = make_user(), make_user().key
        vehicle = make_vehicle(owner=owner)
        deleted, started = run_together(
            app, partial(delete_account, owner), partial(start_ride, rider, vehicle.public_key)
        )
        check_consistency()
        if isinstance(started, RowKey):
            assert isinstance(deleted, OwnedVehicleInUse)
        else:
            assert isinstance(started, NotFound | VehicleUnavailable)
            assert deleted is None
            assert row(Vehicle, vehicle.key).state == "removed"


def test_a_rider_who_moves_during_a_start_keeps_the_ride_or_has_none(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    profile = ProfileData(find_city("paris"), "A", "B", "")
    for _ in range(ROUNDS):
        rider, vehicle = make_user().key, make_vehicle().public_key
        moved, started = run_together(
            app, partial(save_profile, rider, profile), partial(start_ride, rider, vehicle)
        )
        assert moved == RowKey("europe-west1", rider.id)
        check_consistency()
        if isinstance(started, RowKey):
            assert row(OpenRide, moved).ride_key == started
            assert row(Ride, started).rider_region == "europe-west1"
        else:
            assert isinstance(started, NotFound)


def test_removing_the_last_two_vehicles_concurrently_revokes_the_owner_role(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    """Without a lock, each would see the other's vehicle and keep the role."""
    for _ in range(ROUNDS):
        owner = make_user(roles=["owner"])
        vehicles = [make_vehicle(owner=owner).key for _ in range(2)]
        results = run_together(app, *(partial(remove_vehicle, owner.key, v) for v in vehicles))
        assert results == [None, None]
        assert row(User, owner.key).roles == {Role.RIDER}


def test_a_vehicle_added_while_the_last_is_removed_keeps_the_role(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for _ in range(ROUNDS):
        owner = make_user(roles=["owner"])
        vehicle = make_vehicle(owner=owner).key
        description = VehicleDescription("bike", "New", "red", HERE)
        results = run_together(
            app,
            partial(remove_vehicle, owner.key, vehicle),
            partial(add_vehicle, owner, find_city("new york"), description),
        )
        assert results[0] is None
        assert isinstance(results[1], RowKey)
        assert Role.OWNER in row(User, owner.key).roles


def test_a_role_granted_concurrently_is_granted_once(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    key = make_user().key
    assert (
        run_together(app, *(partial(grant_role, key, Role.FLEET) for _ in range(5))) == [None] * 5
    )
    assert len(row(User, key).role_grants) == 1
