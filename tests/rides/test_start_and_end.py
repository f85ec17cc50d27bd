"""The rules of the start and the end of a ride."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from tests.auth.steps import age_rows
from tests.database_proxy import DatabaseProxy, open_proxied_context
from tests.factories import RowReader, UserFactory, VehicleFactory, fill_caches, find_city
from tests.texts.steps import insert_text
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import METRES_PER_DEGREE, Place, Point
from webapp.rides import refusal_reasons
from webapp.rides.enums import EndSpot
from webapp.rides.history import list_rides
from webapp.rides.models import OpenRide, Ride
from webapp.rides.refusal_reasons import RideAlreadyOpen, VehicleUnavailable
from webapp.rides.services import end as ending
from webapp.rides.services.end import end_ride
from webapp.rides.services.parking import EndTooFar, PointNeeded
from webapp.rides.services.start import start_ride

BRIDGE = Point(40.7061, -73.9969)
BROOKLYN = Place("Brooklyn Bridge", BRIDGE)
NOWHERE = Place()


pytestmark = pytest.mark.usefixtures("app_context")


def count_rows(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- starting ------------------------------------------------------------------------------


def test_starting_takes_the_vehicle_and_stores_where_it_stood(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(at=(40.75, -73.98), address="Grand Central")
    key = start_ride(ada_key, vehicle.public_key)
    ride = row(Ride, key)
    assert (ride.rider_region, ride.rider_id, ride.vehicle_id) == (*ada_key, vehicle.id)
    assert (ride.region, ride.city) == ("us-east1", "new york")
    assert ride.start == Place("Grand Central", Point(40.75, -73.98))
    assert (ride.ended_at, ride.duration, ride.end) == (None, None, NOWHERE)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, ada_key).ride_key == key
    assert row(OpenRide, ada_key).started_at == ride.started_at


def test_the_open_ride_comes_with_the_account(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    key = start_ride(ada_key, make_vehicle().public_key)
    assert row(User, ada_key).open_ride.ride_key == key


@pytest.mark.slow
@pytest.mark.parametrize("state", ["on_trip", "reserved", "non_operational", "missing"])
def test_a_vehicle_that_is_not_available_is_refused_with_the_nearest_available_ones(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader, state: str
) -> None:
    vehicle = make_vehicle(at=(40.7500, -73.98), state=state)
    metres = {make_vehicle(at=(40.7500 + n / 1000, -73.98)).id: round(n * 111.2) for n in range(5)}
    make_vehicle(at=(40.7501, -73.98), state="non_operational")
    make_vehicle("boston", at=(40.7501, -73.98))
    with pytest.raises(VehicleUnavailable) as caught:
        start_ride(ada_key, vehicle.public_key)
    assert caught.value.details["vehicle"].key == vehicle.key
    nearest = caught.value.details["nearest"]
    assert [near.vehicle.id for near in nearest] == list(metres)[:3]
    assert [near.distance_m for near in nearest] == pytest.approx(list(metres.values())[:3], abs=1)
    assert (count_rows(Ride), row(Vehicle, vehicle.key).state) == (0, state)


@pytest.mark.parametrize("is_payment_offered", [True, False])
@pytest.mark.parametrize("has_terms", [True, False])
def test_a_refusal_says_why_with_and_without_payments_and_terms(
    app: Flask, ada_key: RowKey, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch,
    is_payment_offered: bool, has_terms: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(refusal_reasons, "is_payment_offered", lambda: is_payment_offered)
    if has_terms:
        insert_text(app, "Terms", requires_agreement=True)
    with pytest.raises(VehicleUnavailable):
        start_ride(ada_key, make_vehicle(state="on_trip").public_key)


def test_a_vehicle_without_a_position_is_refused_without_others_near_by(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    vehicle = make_vehicle(state="on_trip", lat=None, lon=None, cell=None)
    with pytest.raises(VehicleUnavailable) as caught:
        start_ride(ada_key, vehicle.public_key)
    assert caught.value.details["nearest"] == []


@pytest.mark.parametrize("city", ["boston", "paris"])
def test_a_second_ride_is_refused_and_leads_to_the_first(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader, city: str
) -> None:
    first = start_ride(ada_key, make_vehicle().public_key)
    second = make_vehicle(city)
    with pytest.raises(RideAlreadyOpen) as caught:
        start_ride(ada_key, second.public_key)
    assert caught.value.details["ride_key"] == first
    assert (count_rows(Ride), row(Vehicle, second.key).state) == (1, "available")


def test_starting_the_same_vehicle_twice_leads_to_the_ride(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    first = start_ride(ada_key, vehicle.public_key)
    assert start_ride(ada_key, vehicle.public_key) == first


@pytest.mark.parametrize("region", ["us-east1", "us-west1", "nowhere"])
def test_an_unknown_vehicle_is_not_found(ada_key: RowKey, region: str) -> None:
    with pytest.raises(NotFound):
        start_ride(ada_key, RowKey(region, uuid4()))


def test_a_removed_vehicle_is_not_found(ada_key: RowKey, make_vehicle: VehicleFactory) -> None:
    with pytest.raises(NotFound):
        start_ride(ada_key, make_vehicle(state="removed").public_key)


def test_a_vehicle_is_found_only_by_its_whole_key(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    with pytest.raises(NotFound):
        start_ride(ada_key, RowKey("us-west1", vehicle.id))
    assert row(Vehicle, vehicle.key).state == "available"


def test_a_deleted_account_starts_no_ride(make_vehicle: VehicleFactory, row: RowReader) -> None:
    vehicle = make_vehicle()
    with pytest.raises(NotFound):
        start_ride(RowKey("us-east1", uuid4()), vehicle.key)
    assert (count_rows(Ride), row(Vehicle, vehicle.key).state) == (0, "available")


def test_a_traveller_rides_in_another_region(
    make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    rider_key = make_user(city="paris").key
    vehicle = make_vehicle("new york")
    key = start_ride(rider_key, vehicle.public_key)
    assert key.region == "us-east1"
    assert row(OpenRide, rider_key).ride_key == key
    assert [ride.key for ride in list_rides(rider_key, None).rows] == [key]
    end_ride(rider_key, key, BROOKLYN)
    assert row(OpenRide, rider_key) is None
    assert row(Vehicle, vehicle.key).point == BRIDGE


def test_a_vehicle_set_to_available_by_mistake_is_not_ridden_twice(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    """A unique index of the database allows one open ride for each vehicle."""
    vehicle = make_vehicle()
    start_ride(ada_key, vehicle.public_key)
    execute_write(update(Vehicle).where(Vehicle.id == vehicle.id).values(state="available"))
    with pytest.raises(VehicleUnavailable):
        start_ride(bob_key, vehicle.public_key)
    assert count_rows(Ride) == 1


# --- round trips and lost connections ------------------------------------------------------------------------------


@pytest.fixture
def proxy(server: URL, database: URL) -> Iterator[DatabaseProxy]:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as proxy:
        yield proxy


def test_starting_is_one_round_trip_and_ending_two(
    proxy: DatabaseProxy, ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    fill_caches()
    proxy.take_queries()
    key = start_ride(ada_key, make_vehicle().public_key)
    assert len(proxy.take_queries()) == 1
    end_ride(ada_key, key, BROOKLYN)
    assert len(proxy.take_queries()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("drop", ["drop_result_of", "drop_query"])
def test_a_start_whose_connection_was_lost_starts_one_ride(
    proxy: DatabaseProxy, ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader, drop: str
) -> None:
    vehicle = make_vehicle()
    getattr(proxy, drop)("WITH taken")
    key = start_ride(ada_key, vehicle.public_key)
    assert proxy.pending_cut is None
    assert row(OpenRide, ada_key).ride_key == key
    assert row(Ride, key).vehicle_id == vehicle.id
    assert count_rows(Ride) == 1


@pytest.mark.slow
@pytest.mark.parametrize("drop", ["drop_result_of", "drop_query"])
def test_an_end_whose_connection_was_lost_ends_the_ride(
    proxy: DatabaseProxy, ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader, drop: str
) -> None:
    vehicle = make_vehicle()
    key = start_ride(ada_key, vehicle.public_key)
    getattr(proxy, drop)("WITH ended")
    end_ride(ada_key, key, BROOKLYN)
    assert proxy.pending_cut is None
    assert row(Ride, key).end == BROOKLYN
    assert row(OpenRide, ada_key) is None


# --- ending --------------------------------------------------------------------------------


def test_an_ended_ride_leaves_the_vehicle_available_at_its_place(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key = start_ride(ada_key, vehicle.public_key)
    end_ride(ada_key, key, BROOKLYN)
    ride, parked = row(Ride, key), row(Vehicle, vehicle.key)
    assert ride.end == BROOKLYN
    assert timedelta(0) <= ride.duration < timedelta(minutes=1)
    assert (parked.state, parked.place, parked.cell) == (
        "available",
        Place(point=BRIDGE),
        BRIDGE.cell,
    )
    assert row(OpenRide, ada_key) is None
    start_ride(bob_key, parked.public_key)


def test_words_alone_do_not_end_a_ride(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key, words = start_ride(ada_key, vehicle.public_key), Place("in front of the library")
    with pytest.raises(PointNeeded):
        end_ride(ada_key, key, words)
    end_ride(ada_key, key, words, spot=EndSpot.START)
    parked, ride = row(Vehicle, vehicle.key), row(Ride, key)
    assert parked.place == Place(point=vehicle.point), "what a rider types is not public"
    assert ride.end == Place("in front of the library", vehicle.point)


def test_a_ride_whose_city_moves_while_it_ends_ends_where_the_rider_said(
    ada_key: RowKey,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first statement finds no row in the region that was read."""
    vehicle = make_vehicle(at=BRIDGE)
    key = start_ride(ada_key, vehicle.public_key)
    write_ride_end, attempts = ending.write_ride_end, count()

    def write_to_the_new_region(*args: Any, **options: Any) -> bool:
        return next(attempts) > 0 and write_ride_end(*args, **options)

    monkeypatch.setattr(ending, "write_ride_end", write_to_the_new_region)
    end_ride(ada_key, key, Place(), spot=EndSpot.START)
    assert row(Ride, key).end.point == BRIDGE


def test_a_ride_that_ends_where_it_started_has_the_same_place(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    without_point = make_vehicle(lat=None, lon=None, cell=None)
    for vehicle, end in ((make_vehicle(at=BRIDGE), BRIDGE), (without_point, find_city().centre)):
        assert vehicle.address
        key = start_ride(ada_key, vehicle.public_key)
        end_ride(ada_key, key, Place(), spot=EndSpot.START)
        place = Place(vehicle.address, Point(end.lat, end.lon))
        assert (row(Ride, key).end, row(Vehicle, vehicle.key).place) == (place, place)


@pytest.mark.parametrize(
    ("minutes", "metres", "is_accepted"),
    [(0, 2_900, True), (0, 3_100, False), (30, 32_000, True), (30, 34_000, False),
     (600, 49_000, True), (600, 51_000, False)],
)  # fmt: skip
def test_a_ride_ends_only_where_its_vehicle_can_have_come(
    app: Flask, ada_key: RowKey, make_vehicle: VehicleFactory, minutes: int, metres: int,
    is_accepted: bool,
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    key = start_ride(ada_key, vehicle.public_key)
    age_rows(app, Ride, "started_at", timedelta(minutes=minutes), Ride.id == key.id)
    assert vehicle.point
    lat, lon = vehicle.point
    end = Place(None, Point(lat + metres / METRES_PER_DEGREE, lon))
    if is_accepted:
        end_ride(ada_key, key, end)
    else:
        with pytest.raises(EndTooFar):
            end_ride(ada_key, key, end)
        end_ride(ada_key, key, Place(), spot=EndSpot.CITY)


def test_elsewhere_in_the_city_is_the_start_when_the_ride_cannot_have_reached_the_centre(
    app: Flask, ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    outskirts, centre = (40.60, -74.10), find_city().centre
    for minutes, expected in ((0, outskirts), (30, (centre.lat, centre.lon))):
        vehicle = make_vehicle(at=outskirts)
        key = start_ride(ada_key, vehicle.public_key)
        age_rows(app, Ride, "started_at", timedelta(minutes=minutes), Ride.id == key.id)
        end_ride(ada_key, key, Place(), spot=EndSpot.CITY)
        assert row(Vehicle, vehicle.key).point == expected


def test_ending_twice_changes_nothing_and_is_no_error(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key = start_ride(ada_key, vehicle.public_key)
    end_ride(ada_key, key, BROOKLYN)
    ended_at = row(Ride, key).ended_at
    bobs_ride = start_ride(bob_key, row(Vehicle, vehicle.key).public_key)
    end_ride(ada_key, key, Place("another place", Point(40.7359, -73.9911)))
    assert (row(Ride, key).ended_at, row(Ride, key).end) == (ended_at, BROOKLYN)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, bob_key).ride_key == bobs_ride


def test_ending_an_old_ride_again_leaves_the_riders_new_one_open(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    old = start_ride(ada_key, make_vehicle().public_key)
    end_ride(ada_key, old, BROOKLYN)
    new = start_ride(ada_key, make_vehicle().public_key)
    end_ride(ada_key, old, BROOKLYN)
    assert row(OpenRide, ada_key).ride_key == new
    assert row(Ride, new).ended_at is None


def test_the_ride_of_another_is_not_found_and_not_ended(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key = start_ride(ada_key, vehicle.public_key)
    with pytest.raises(NotFound):
        end_ride(bob_key, key, BROOKLYN)
    assert row(Ride, key).ended_at is None
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, ada_key).ride_key == key


@pytest.mark.parametrize(
    "place", [BROOKLYN, Place("somewhere", Point(40.7359, -73.9911))], ids=["point", "words"]
)
@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_an_unknown_ride_is_not_found(ada_key: RowKey, region: str, place: Place) -> None:
    with pytest.raises(NotFound):
        end_ride(ada_key, RowKey(region, uuid4()), place)


def test_a_place_far_from_every_city_is_refused_and_the_ride_stays_open(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    key = start_ride(ada_key, make_vehicle().public_key)
    with pytest.raises(EndTooFar):
        end_ride(ada_key, key, Place(None, Point(0, 0)))
    assert row(Ride, key).ended_at is None


@pytest.mark.parametrize("shift", [timedelta(days=-7), timedelta(days=7)])
def test_a_wrong_server_clock_changes_no_duration(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader, shift: timedelta
) -> None:
    key = start_ride(ada_key, make_vehicle().public_key)
    with time_machine.travel(datetime.now(UTC) + shift):
        end_ride(ada_key, key, BROOKLYN)
    assert timedelta(0) <= row(Ride, key).duration < timedelta(minutes=1)


def test_a_database_clock_that_steps_back_makes_a_ride_of_zero_duration(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    key = start_ride(ada_key, make_vehicle().public_key)
    execute_write(update(Ride).values(started_at=func.now() + timedelta(hours=1)))
    end_ride(ada_key, key, BROOKLYN)
    assert row(Ride, key).duration == timedelta(0)


def test_the_database_refuses_an_end_before_the_start(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    start_ride(ada_key, make_vehicle().public_key)
    wrong = update(Ride).values(ended_at=Ride.started_at - timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="ck_rides_order"):
        execute_write(wrong)
