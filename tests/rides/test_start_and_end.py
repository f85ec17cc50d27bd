"""The rules of a ride: one vehicle, one rider, one start, one end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from tests.explain import explain_plan
from tests.factories import fill_caches
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import PlaceTooFar
from webapp.regions.geography import Place, Point
from webapp.rides.history import list_rides
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import find_ride
from webapp.rides.refusals import RideAlreadyOpen, VehicleUnavailable
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

BROOKLYN = Place("Brooklyn Bridge", Point(40.7061, -73.9969))
NOWHERE = Place()


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada").key


@pytest.fixture
def bob(make_user):
    return make_user("bob").key


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


# --- starting ------------------------------------------------------------------------------


def test_starting_takes_the_vehicle_and_stores_where_it_stood(ada, make_vehicle, row):
    vehicle = make_vehicle(at=(40.75, -73.98), address="Grand Central")
    key = start_ride(ada, vehicle.public_key)
    ride = row(Ride, key)
    assert (ride.rider_region, ride.rider_id, ride.vehicle_id) == (*ada, vehicle.id)
    assert (ride.region, ride.city) == ("us-east1", "new york")
    assert ride.start == Place("Grand Central", Point(40.75, -73.98))
    assert (ride.ended_at, ride.duration, ride.end) == (None, None, NOWHERE)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, ada).ride_key == key
    assert row(OpenRide, ada).started_at == ride.started_at


def test_the_open_ride_comes_with_the_account(ada, make_vehicle, row):
    key = start_ride(ada, make_vehicle().public_key)
    assert row(User, ada).open_ride.ride_key == key


@pytest.mark.parametrize("state", ["on_trip", "reserved", "non_operational", "missing"])
def test_a_vehicle_that_is_not_free_is_refused_with_the_nearest_free_ones(
    ada, make_vehicle, row, state
):
    wanted = make_vehicle(at=(40.7500, -73.98), state=state)
    metres = {make_vehicle(at=(40.7500 + n / 1000, -73.98)).id: round(n * 111.2) for n in range(5)}
    make_vehicle(at=(40.7501, -73.98), state="non_operational")
    make_vehicle("boston", at=(40.7501, -73.98))
    with pytest.raises(VehicleUnavailable) as caught:
        start_ride(ada, wanted.public_key)
    assert caught.value.details["vehicle"].key == wanted.key
    nearest = caught.value.details["nearest"]
    assert [near.vehicle.id for near in nearest] == list(metres)[:3]
    assert [near.distance_m for near in nearest] == pytest.approx(list(metres.values())[:3], abs=1)
    assert (count(Ride), row(Vehicle, wanted.key).state) == (0, state)


def test_a_taken_vehicle_without_a_point_has_no_neighbours(ada, make_vehicle):
    make_vehicle()
    lost = make_vehicle(state="on_trip", lat=None, lon=None, cell=None)
    with pytest.raises(VehicleUnavailable) as caught:
        start_ride(ada, lost.public_key)
    assert caught.value.details["nearest"] == []


@pytest.mark.parametrize("where", ["same region", "another region"])
def test_a_second_ride_is_refused_and_leads_to_the_first(ada, make_vehicle, row, where):
    first = start_ride(ada, make_vehicle().public_key)
    second = make_vehicle("boston" if where == "same region" else "paris")
    with pytest.raises(RideAlreadyOpen) as caught:
        start_ride(ada, second.public_key)
    assert caught.value.details["ride_key"] == first
    assert (count(Ride), row(Vehicle, second.key).state) == (1, "available")


def test_starting_the_same_vehicle_twice_leads_to_the_ride(ada, make_vehicle):
    vehicle = make_vehicle()
    first = start_ride(ada, vehicle.public_key)
    assert start_ride(ada, vehicle.public_key) == first


@pytest.mark.parametrize("region", ["us-east1", "us-west1", "nowhere"])
def test_an_unknown_vehicle_is_not_found(ada, region):
    with pytest.raises(NotFound):
        start_ride(ada, RowKey(region, uuid4()))


def test_a_removed_vehicle_is_not_found(ada, make_vehicle):
    with pytest.raises(NotFound):
        start_ride(ada, make_vehicle(state="removed").public_key)


def test_a_vehicle_is_found_only_by_its_whole_key(ada, make_vehicle, row):
    vehicle = make_vehicle()
    with pytest.raises(NotFound):
        start_ride(ada, RowKey("us-west1", vehicle.id))
    assert row(Vehicle, vehicle.key).state == "available"


def test_a_deleted_account_starts_no_ride(make_vehicle, row):
    vehicle = make_vehicle()
    with pytest.raises(NotFound):
        start_ride(RowKey("us-east1", uuid4()), vehicle.key)
    assert (count(Ride), row(Vehicle, vehicle.key).state) == (0, "available")


def test_a_traveller_rides_in_another_region(make_user, make_vehicle, row):
    parisian = make_user(city="paris").key
    vehicle = make_vehicle("new york")
    key = start_ride(parisian, vehicle.public_key)
    assert key.region == "us-east1"
    assert row(OpenRide, parisian).ride_key == key
    assert [ride.key for ride in list_rides(parisian, None).rows] == [key]
    end_ride(parisian, key, BROOKLYN)
    assert row(OpenRide, parisian) is None
    assert row(Vehicle, vehicle.key).address == "Brooklyn Bridge"


def test_a_vehicle_that_was_freed_by_mistake_is_not_ridden_twice(ada, bob, make_vehicle):
    """Whatever set it to available: the database still holds one open ride for each vehicle."""
    vehicle = make_vehicle()
    start_ride(ada, vehicle.public_key)
    freed = update(Vehicle).where(Vehicle.id == vehicle.id).values(state="available")
    run_transaction(lambda session: session.execute(freed))
    with pytest.raises(VehicleUnavailable):
        start_ride(bob, vehicle.public_key)
    assert count(Ride) == 1


# --- the wire ------------------------------------------------------------------------------


@pytest.fixture
def wire(server, database):
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as cable:
        yield cable


def test_starting_is_one_round_trip_and_ending_two(wire, ada, make_vehicle):
    fill_caches()
    wire.take_queries()
    key = start_ride(ada, make_vehicle().public_key)
    assert len(wire.take_queries()) == 1
    end_ride(ada, key, BROOKLYN)
    assert len(wire.take_queries()) == 2


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_start_whose_answer_was_lost_is_found(wire, ada, make_vehicle, row, lose):
    vehicle = make_vehicle()
    getattr(wire, lose)("WITH taken")
    key = start_ride(ada, vehicle.public_key)
    assert wire.pending_cut is None
    assert row(OpenRide, ada).ride_key == key
    assert row(Ride, key).vehicle_id == vehicle.id
    assert count(Ride) == 1


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_an_end_whose_answer_was_lost_is_an_end(wire, ada, make_vehicle, row, lose):
    vehicle = make_vehicle()
    key = start_ride(ada, vehicle.public_key)
    getattr(wire, lose)("WITH ended")
    end_ride(ada, key, BROOKLYN)
    assert wire.pending_cut is None
    assert row(Ride, key).end == BROOKLYN
    assert row(OpenRide, ada) is None


# --- ending --------------------------------------------------------------------------------


def test_ending_leaves_the_vehicle_at_the_place_and_free(ada, bob, make_vehicle, row):
    vehicle = make_vehicle()
    key = start_ride(ada, vehicle.public_key)
    end_ride(ada, key, BROOKLYN)
    ride, parked = row(Ride, key), row(Vehicle, vehicle.key)
    assert ride.end == BROOKLYN
    assert timedelta(0) <= ride.duration < timedelta(minutes=1)
    assert (parked.state, parked.place, parked.cell) == (
        "available",
        BROOKLYN,
        BROOKLYN.point.cell,
    )
    assert row(OpenRide, ada) is None
    start_ride(bob, parked.public_key)


def test_a_typed_place_has_no_point(ada, make_vehicle, row):
    vehicle = make_vehicle()
    end_ride(ada, start_ride(ada, vehicle.public_key), Place("in front of the library"))
    parked = row(Vehicle, vehicle.key)
    assert (parked.address, parked.lat, parked.lon, parked.cell) == (
        "in front of the library",
        None,
        None,
        None,
    )


def test_ending_twice_changes_nothing_and_is_no_error(ada, bob, make_vehicle, row):
    vehicle = make_vehicle()
    key = start_ride(ada, vehicle.public_key)
    end_ride(ada, key, BROOKLYN)
    ended_at = row(Ride, key).ended_at
    bobs = start_ride(bob, row(Vehicle, vehicle.key).public_key)
    end_ride(ada, key, Place("another place"))
    assert (row(Ride, key).ended_at, row(Ride, key).end) == (ended_at, BROOKLYN)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, bob).ride_key == bobs


def test_ending_an_old_ride_again_leaves_the_riders_new_one_open(ada, make_vehicle, row):
    old = start_ride(ada, make_vehicle().public_key)
    end_ride(ada, old, BROOKLYN)
    new = start_ride(ada, make_vehicle().public_key)
    end_ride(ada, old, BROOKLYN)
    assert row(OpenRide, ada).ride_key == new
    assert row(Ride, new).ended_at is None


def test_ending_anothers_ride_is_not_found_and_changes_nothing(ada, bob, make_vehicle, row):
    vehicle = make_vehicle()
    key = start_ride(ada, vehicle.public_key)
    with pytest.raises(NotFound):
        end_ride(bob, key, BROOKLYN)
    assert row(Ride, key).ended_at is None
    assert row(Vehicle, vehicle.key).state == "on_trip"
    assert row(OpenRide, ada).ride_key == key


@pytest.mark.parametrize("place", [BROOKLYN, Place("somewhere")], ids=["point", "words"])
@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_an_unknown_ride_is_not_found(ada, region, place):
    with pytest.raises(NotFound):
        end_ride(ada, RowKey(region, uuid4()), place)


def test_a_place_far_from_every_city_is_refused_and_the_ride_stays_open(ada, make_vehicle, row):
    key = start_ride(ada, make_vehicle().public_key)
    with pytest.raises(PlaceTooFar):
        end_ride(ada, key, Place(None, Point(0, 0)))
    assert row(Ride, key).ended_at is None


def test_a_ride_may_end_in_another_city_of_its_region(ada, make_vehicle, row):
    vehicle = make_vehicle("new york")
    end_ride(ada, start_ride(ada, vehicle.public_key), Place(None, Point(42.36, -71.06)))
    assert row(Vehicle, vehicle.key).point == (42.36, -71.06)


@pytest.mark.parametrize("shift", [timedelta(days=-7), timedelta(days=7)])
def test_a_wrong_server_clock_changes_no_duration(ada, make_vehicle, row, shift):
    key = start_ride(ada, make_vehicle().public_key)
    with time_machine.travel(datetime.now(UTC) + shift):
        end_ride(ada, key, BROOKLYN)
    assert timedelta(0) <= row(Ride, key).duration < timedelta(minutes=1)


def test_a_database_clock_that_steps_back_makes_a_ride_of_zero_duration(ada, make_vehicle, row):
    key = start_ride(ada, make_vehicle().public_key)
    later = update(Ride).values(started_at=func.now() + timedelta(hours=1))
    run_transaction(lambda session: session.execute(later))
    end_ride(ada, key, BROOKLYN)
    assert row(Ride, key).duration == timedelta(0)


def test_the_database_refuses_an_end_before_the_start(ada, make_vehicle):
    start_ride(ada, make_vehicle().public_key)
    wrong = update(Ride).values(ended_at=Ride.started_at - timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="ck_rides_order"):
        run_transaction(lambda session: session.execute(wrong))


# --- looking back --------------------------------------------------------------------------


def test_anothers_ride_is_not_found(ada, bob, make_vehicle):
    key = start_ride(ada, make_vehicle().public_key)
    assert find_ride(ada, key).vehicle.brand == "Okai"
    with pytest.raises(NotFound):
        find_ride(bob, key)


def past_rides(rider, vehicle, ended_at):
    """Insert an ended ride at each of the moments; return their keys as history shows them."""
    rows = [
        {
            "region": vehicle.region,
            "id": uuid4(),
            "city": vehicle.city,
            "vehicle_id": vehicle.id,
            "rider_region": rider.region,
            "rider_id": rider.id,
            "started_at": moment,
            "ended_at": moment,
        }
        for moment in ended_at
    ]
    run_transaction(lambda session: session.execute(insert(Ride), rows))
    rows.sort(key=lambda row: (row["started_at"], row["id"]), reverse=True)
    return [RowKey(row["region"], row["id"]) for row in rows]


def pages(rider):
    after, found = None, []
    while after != "":
        page = list_rides(rider, time_cursor(after))
        assert len(page.rows) <= 5
        found.append([ride.key for ride in page.rows])
        after = page.after
    return found


def test_history_shows_each_ride_once_newest_first_even_with_equal_start_times(
    ada, bob, make_vehicle
):
    now = datetime.now(UTC)
    moments = [now] * 7 + [now - timedelta(microseconds=n) for n in range(6)]
    expected = past_rides(ada, make_vehicle(), moments)
    past_rides(bob, make_vehicle(), [now])
    found = pages(ada)
    assert [key for page in found for key in page] == expected
    assert [len(page) for page in found] == [5, 5, 3]


def test_a_ride_that_starts_between_two_pages_moves_no_row(ada, make_vehicle):
    now = datetime.now(UTC)
    old = past_rides(ada, make_vehicle(), [now - timedelta(days=n) for n in range(1, 8)])
    first = list_rides(ada, None)
    past_rides(ada, make_vehicle(), [now])
    rest = list_rides(ada, time_cursor(first.after))
    assert [ride.key for ride in [*first.rows, *rest.rows]] == old


def test_history_has_the_rides_of_all_regions_with_their_vehicles(ada, make_vehicle, round_trips):
    now = datetime.now(UTC)
    for city in ("new york", "paris", "seattle"):
        past_rides(ada, make_vehicle(city), [now])
    round_trips()
    rows = list_rides(ada, None).rows
    assert {(ride.city, ride.vehicle.city) for ride in rows} == {
        (city, city) for city in ("new york", "paris", "seattle")
    }
    assert round_trips() == 1


def test_history_reads_one_page_of_the_index_however_long_it_is(ada, bob, make_vehicle, server):
    if server.get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")
    make_vehicle()
    many = text(
        """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at,
           ended_at)
           SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id,
                  now() - n * interval '1 minute', now()
           FROM generate_series(1, 2500) n, vehicles v, users u"""
    )
    run_transaction(lambda session: session.execute(many))
    with db.engines["write"].begin() as connection:
        connection.execute(text("ANALYZE rides"))
    plan = explain_plan(lambda: list_rides(ada, None))
    assert "ix_rides_rider" in plan.indexes
    assert "rides" not in plan.read_whole
    assert "Sort" not in plan.nodes
    assert plan.most_rows <= 6
