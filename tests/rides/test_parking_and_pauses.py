"""Where a ride may end, the parking fee, and pauses."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.models import Zone
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.end_snapshot import read_ride_end
from webapp.rides.services.parking import ParkingCosts, ParkingForbidden, PointNeeded
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride

INSIDE = Place("inside", Point(40.7300, -73.9900))
IN_THE_PARK = Place("in the park", Point(40.7350, -73.9850))
FAR_OUT = Place("far out", Point(40.8000, -73.9000))


def box(south, west, north, east):
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def make_zone(app):
    def make(kind, coordinates, **columns):
        values = {"id": uuid4(), "city": "new york", "kind": kind, "name": "The park", **columns}
        with db.engines["write"].begin() as connection:
            connection.execute(insert(Zone).values(**values, coordinates=coordinates))
        zone_cache().forget()

    return make


@pytest.fixture
def city_with_a_park(make_zone):
    make_zone("service_area", box(40.70, -74.02, 40.76, -73.96), name="Downtown", position=9)
    make_zone("no_parking", box(40.733, -73.988, 40.737, -73.982))


@pytest.fixture
def ride(make_user, make_vehicle):
    """A ride of ada's, in a city with prices."""
    ada = make_user("ada").key

    def ride():
        return ada, start_ride(ada, make_vehicle(at=(40.73, -73.99)).public_key)

    return ride


def test_without_zones_a_ride_ends_anywhere_even_without_a_point(ride, row):
    ada, key = ride()
    end_ride(ada, key, Place("by the church"))
    assert row(Ride, key).end_address == "by the church"


def test_inside_the_service_area_a_ride_ends_without_a_fee(ride, row, make_plan, city_with_a_park):
    make_plan(unlock_fee=100, parking_fee=500)
    ada, key = ride()
    end_ride(ada, key, INSIDE)
    assert row(Ride, key).price == 100


@pytest.mark.parametrize(("place", "zone"), [(IN_THE_PARK, "The park"), (FAR_OUT, None)])
def test_elsewhere_the_end_is_refused_with_the_zone_and_the_nearest_place(
    ride, row, make_plan, city_with_a_park, place, zone
):
    make_plan(unlock_fee=100)
    ada, key = ride()
    with pytest.raises(ParkingForbidden) as caught:
        end_ride(ada, key, place)
    parking = caught.value.details["parking"]
    assert (parking.zone.name if parking.zone else None) == zone
    assert row(Ride, key).ended_at is None
    end_ride(ada, key, Place("nearest", parking.nearest))
    assert row(Ride, key).ended_at


def test_with_a_parking_fee_in_the_plan_a_ride_ends_when_the_rider_agrees(
    ride, row, make_plan, city_with_a_park
):
    make_plan(unlock_fee=100, parking_fee=500, tax_ppm=100_000, tax_included=False)
    ada, key = ride()
    for agreed in (0, 499, 501):
        with pytest.raises(ParkingCosts) as caught:
            end_ride(ada, key, IN_THE_PARK, agreed)
        assert (caught.value.details["fee"], caught.value.details["currency"]) == (500, "USD")
    end_ride(ada, key, IN_THE_PARK, 500)
    assert row(Ride, key).price == 660
    assert ledger.read_balances(ada) == {"USD": -660}


def test_the_fee_of_the_zone_takes_precedence_over_the_plan(ride, row, make_plan, make_zone):
    make_plan(parking_fee=500)
    make_zone("no_parking", box(40.733, -73.988, 40.737, -73.982), fee=200)
    ada, key = ride()
    end_ride(ada, key, IN_THE_PARK, 200)
    assert row(Ride, key).price == 200


def test_an_agreed_fee_that_is_not_due_is_not_charged(ride, row, make_plan, city_with_a_park):
    make_plan(unlock_fee=100, parking_fee=500)
    ada, key = ride()
    end_ride(ada, key, INSIDE, 500)
    assert row(Ride, key).price == 100


def test_in_a_city_with_zones_an_end_needs_a_point(ride, row, city_with_a_park):
    ada, key = ride()
    with pytest.raises(PointNeeded):
        end_ride(ada, key, Place("somewhere"))
    assert row(Ride, key).ended_at is None


def test_an_end_just_outside_the_service_area_is_allowed(ride, row, city_with_a_park):
    ada, key = ride()
    end_ride(ada, key, Place(None, Point(40.7331, -73.9850)))  # 11 m into the park
    assert row(Ride, key).ended_at


def test_in_a_city_without_prices_forbidden_parking_is_refused(ride, make_zone):
    make_zone("no_ride", box(40.733, -73.988, 40.737, -73.982), fee=200)
    ada, key = ride()
    with pytest.raises(ParkingForbidden):
        end_ride(ada, key, IN_THE_PARK, 200)


@pytest.mark.parametrize(
    ("path", "metres"),
    [
        (None, 1112),
        ([[0, 40.73, -73.99]], 1112),
        ([[0, 40.73, -73.99], [60, 40.74, -73.99], [120, 40.73, -73.99]], 2224),
        ([[0, 40.739, -73.99], [60, 40.74, -73.99]], 1112),  # the rest was not recorded
    ],
)
def test_the_distance_is_that_of_the_path_and_at_least_the_straight_line(ride, path, metres):
    ada, key = ride()
    now = read_ride_end(db.session, ada, key)
    end = replace(now, path=path)
    assert end.distance_ridden(Place(None, Point(40.74, -73.99))) == pytest.approx(metres, abs=1)


# --- pauses --------------------------------------------------------------------------------


def minutes_pass(count):
    back = timedelta(minutes=count)
    times = {"started_at": Ride.started_at - back, "paused_at": Ride.paused_at - back}
    run_transaction(lambda session: session.execute(update(Ride).values(times)))


def test_a_pause_keeps_the_vehicle_and_the_price_goes_on(ride, row, make_plan):
    make_plan(segments=[{"start": 0, "rate": 10, "interval": 1}])
    ada, key = ride()
    pause_ride(ada, key)
    minutes_pass(5)
    found = row(Ride, key)
    assert found.paused_at
    assert row(Vehicle, (found.region, found.vehicle_id)).state == "on_trip"
    resume_ride(ada, key)
    minutes_pass(3)
    end_ride(ada, key, INSIDE)
    assert (row(Ride, key).price, row(Ride, key).paused_s) == (80, 300)


def test_a_ride_may_end_in_a_pause(ride, row):
    ada, key = ride()
    pause_ride(ada, key)
    minutes_pass(5)
    end_ride(ada, key, INSIDE)
    assert (row(Ride, key).paused_at, row(Ride, key).paused_s) == (None, 300)


def test_pausing_twice_and_resuming_a_running_ride_change_nothing(ride, row):
    ada, key = ride()
    resume_ride(ada, key)
    pause_ride(ada, key)
    first = row(Ride, key).paused_at
    pause_ride(ada, key)
    assert row(Ride, key).paused_at == first
    resume_ride(ada, key)
    resume_ride(ada, key)
    assert (row(Ride, key).paused_at, row(Ride, key).paused_s) == (None, 0)


def test_neither_anothers_ride_nor_an_ended_one_can_be_paused(ride, row, make_user):
    ada, key = ride()
    pause_ride(make_user("bob").key, key)
    assert row(Ride, key).paused_at is None
    end_ride(ada, key, INSIDE)
    pause_ride(ada, key)
    assert row(Ride, key).paused_at is None
