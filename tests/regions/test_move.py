"""A city that moves to another region, with all that lives in it, while it stays open."""

import threading
import time
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text, update

from tests.threads import run_together
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.users import find_user_by_key
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_newest
from webapp.fleet.services.places import PlaceTooFar
from webapp.regions import cli, moving
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point
from webapp.riders.models import Profile
from webapp.rides.history import list_rides
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import find_ride
from webapp.rides.refusals import RideAlreadyOpen, VehicleUnavailable
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

COMMON = Place("Boston Common", Point(42.355, -71.066))


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada", "boston").key


def moved(key: RowKey) -> RowKey:
    return RowKey("us-west1", key.id)


def regions_of(model: Any, *where: Any) -> set[str]:
    return set(db.session.scalars(select(model.region).where(*where)))


# --- everything goes along --------------------------------------------------------------------


def test_everything_of_the_city_goes_along_and_nothing_else(move, make_user, make_vehicle, row):
    ada = make_user("ada", "boston", roles=["owner"])
    bob = make_user("bob", "new york")
    with db.engines["write"].begin() as connection:
        about = {"region": ada.region, "user_id": ada.id, "about": "I count."}
        connection.execute(insert(Profile).values(about))
    hers = make_vehicle("boston", owner=ada)
    elsewhere = make_vehicle("new york", owner=ada)
    ended = start_ride(bob.key, hers.public_key)
    end_ride(bob.key, ended, COMMON)
    abroad = start_ride(ada.key, elsewhere.public_key)

    result = move()
    assert result.exit_code == 0, result.output
    assert result.output == "Boston lives in us-west1. Moved: 1 accounts, 1 vehicles.\n"

    assert catalogue().find("boston").region == "us-west1"
    assert row(User, moved(ada.key)).city == "boston"
    assert regions_of(RoleGrant) == regions_of(Profile) == {"us-west1"}
    assert row(Vehicle, moved(hers.key)).owner_region == "us-west1"
    assert row(Vehicle, elsewhere.key).owner_region == "us-west1"
    assert row(Ride, moved(ended)).vehicle_id == hers.id
    assert row(Ride, abroad).rider_region == "us-west1", "the ride stays where its vehicle is"
    assert row(OpenRide, moved(ada.key)).ride_key == abroad
    assert row(User, bob.key).region == "us-east1"
    assert [
        v.vehicle.id for v in list_newest(VehicleFilter(catalogue().find("boston")), None).rows
    ] == [hers.id]


def test_new_rows_are_written_to_the_new_region_at_once(move, make_vehicle):
    move()
    assert make_vehicle("boston").region == "us-west1"


def test_rows_are_moved_in_batches(move, make_user, make_vehicle, monkeypatch):
    monkeypatch.setattr(moving, "BATCH", 2)
    for _ in range(5):
        make_vehicle("boston")
        make_user(city="boston")
    assert "5 accounts, 5 vehicles" in move().output
    assert regions_of(Vehicle) == regions_of(User) == {"us-west1"}


def test_a_batch_that_is_too_slow_becomes_smaller(move, make_vehicle, monkeypatch):
    for _ in range(5):
        make_vehicle("boston")
    sizes: list[int] = []
    real = moving.move_rows_statement

    def slow_if_many(*arguments: Any) -> Any:
        sizes.append(arguments[-1])
        # What the server answers when a vehicle with a million rides takes too long.
        timed_out = text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END $$")
        return real(*arguments) if arguments[-1] <= 25 else timed_out

    monkeypatch.setattr(moving, "move_rows_statement", slow_if_many)
    monkeypatch.setattr(moving, "BATCH", 50)
    assert "5 vehicles" in move().output
    assert sizes == [50, 25, 25]


def test_a_move_that_was_interrupted_is_finished_by_moving_again(
    move, make_vehicle, make_user, monkeypatch
):
    monkeypatch.setattr(moving, "BATCH", 2)
    for _ in range(6):
        make_vehicle("boston")
        make_user(city="boston")
    real, calls = moving._count_rows, []

    def interrupted(statement: Any) -> int:
        calls.append(statement)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(statement)

    monkeypatch.setattr(moving, "_count_rows", interrupted)
    assert move().exit_code == 1
    assert regions_of(Vehicle) | regions_of(User) == {"us-east1", "us-west1"}
    monkeypatch.setattr(moving, "_count_rows", real)
    assert "lives in us-west1" in move().output
    assert regions_of(Vehicle) == regions_of(User) == {"us-west1"}


def test_moving_where_it_is_moves_nothing(move, make_vehicle):
    make_vehicle("boston")
    result = move("us-east1")
    assert result.exit_code == 0
    assert result.output == "Boston lives in us-east1. Moved: 0 accounts, 0 vehicles.\n"


def test_it_waits_for_servers_that_know_the_old_region_and_looks_again(
    move, make_vehicle, monkeypatch
):
    """What they wrote to the old region meanwhile goes along too."""

    def wait() -> None:
        late = make_vehicle("new york").id
        statement = update(Vehicle).where(Vehicle.id == late).values(city="boston")
        with db.engines["write"].begin() as connection:
            connection.execute(statement)

    monkeypatch.setattr(cli, "_wait_for_other_processes", wait)
    assert "1 vehicles" in move().output
    assert regions_of(Vehicle) == {"us-west1"}


def test_servers_know_after_the_age_of_their_catalogue_and_their_last_write(inside, monkeypatch):
    monkeypatch.setitem(inside.config, "CITIES_MAX_AGE_S", 30.0)
    monkeypatch.setitem(inside.config, "TRANSACTION_DEADLINE_MS", 2_000)
    monkeypatch.setitem(inside.config, "DATABASE_ANSWER_TIMEOUT_MS", 3_000)
    assert moving.notice_s() == 35.0


@pytest.mark.parametrize(
    ("city", "region", "says"),
    [
        ("atlantis", "us-west1", "There is no city 'atlantis'."),
        ("boston", "us west", "letters, digits, hyphens and underscores"),
        ("boston", "", "letters, digits, hyphens and underscores"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(move, city, region, says):
    result = move(region, city)
    assert result.exit_code == 1
    assert says in result.output
    assert result.output.count("\n") == 1
    assert catalogue().find("boston").region == "us-east1"


# --- whoever is riding goes on ----------------------------------------------------------------


def test_an_open_ride_ends_at_its_new_key(move, ada, make_vehicle, row):
    ride = start_ride(ada, make_vehicle("boston").public_key)
    move()
    assert row(User, moved(ada)).open_ride.ride_key == moved(ride)
    end_ride(moved(ada), moved(ride), COMMON)
    assert row(Ride, moved(ride)).end == COMMON
    assert row(OpenRide, moved(ada)) is None


def test_an_open_ride_ends_from_a_page_that_was_open_before_the_move(move, ada, make_vehicle, row):
    vehicle = make_vehicle("boston")
    ride = start_ride(ada, vehicle.public_key)
    move()
    end_ride(moved(ada), ride, COMMON)
    parked = row(Vehicle, moved(vehicle.key))
    assert (parked.state, parked.place) == ("available", COMMON)
    end_ride(moved(ada), ride, COMMON)  # twice is no error


def test_a_place_is_measured_from_the_cities_of_the_new_region(move, ada, make_vehicle, row):
    """Without Boston its old region has only New York, from which Boston is too far."""
    ride = start_ride(ada, make_vehicle("boston").public_key)
    move()
    with pytest.raises(PlaceTooFar):
        end_ride(moved(ada), ride, Place(None, Point(40.73, -73.99)))
    assert row(Ride, moved(ride)).ended_at is None
    end_ride(moved(ada), ride, COMMON)
    assert row(Ride, moved(ride)).end == COMMON


def test_the_page_of_a_ride_is_found_under_its_old_address(move, ada, make_vehicle):
    ride = start_ride(ada, make_vehicle("boston").public_key)
    end_ride(ada, ride, COMMON)
    move()
    assert find_ride(moved(ada), ride).key == moved(ride)
    assert [found.key for found in list_rides(moved(ada), None).rows] == [moved(ride)]


def test_what_is_anothers_is_not_found_by_its_id_either(move, ada, make_user, make_vehicle):
    ride = start_ride(ada, make_vehicle("boston").public_key)
    bob = make_user("bob", "boston").key
    move()
    for key in (ride, moved(ride)):
        with pytest.raises(NotFound):
            find_ride(moved(bob), key)
        with pytest.raises(NotFound):
            end_ride(moved(bob), key, COMMON)


def test_an_account_that_moved_is_found_by_its_old_cookie(move, ada):
    move()
    assert find_user_by_key(ada).key == moved(ada)


def test_a_start_from_an_old_page_takes_nothing(move, ada, make_vehicle, row):
    vehicle = make_vehicle("boston")
    move()
    with pytest.raises(NotFound):
        start_ride(moved(ada), vehicle.public_key)
    assert row(Vehicle, moved(vehicle.key)).state == "available"


def test_riders_start_and_end_rides_while_the_city_moves(
    app, move, make_user, make_vehicle, monkeypatch
):
    """Whatever they are told is so: a start that was told can be ended, and nothing is left."""
    monkeypatch.setattr(moving, "BATCH", 1)
    vehicles = [make_vehicle("boston").id for _ in range(6)]
    riders = [make_user(city="boston").key for _ in range(3)]
    told = {"started": 0, "ended": 0}
    over = threading.Event()

    def ride(rider: RowKey) -> None:
        number = 0
        while not over.is_set():
            number += 1
            here = find_user_by_key(rider).key
            vehicle = vehicles[(number + riders.index(rider)) % len(vehicles)]
            name = db.session.scalar(select(Vehicle.public_id).where(Vehicle.id == vehicle))
            db.session.remove()
            try:
                key = start_ride(here, RowKey(catalogue().find("boston").region, name))
                told["started"] += 1
            except (NotFound, VehicleUnavailable):
                continue
            except RideAlreadyOpen as busy:
                key = busy.details["ride_key"]
            for _ in range(20):  # an account that moves just now is found by the next click
                try:
                    db.session.remove()
                    end_ride(find_user_by_key(rider).key, key, COMMON)
                    told["ended"] += 1
                    break
                except NotFound:
                    continue
            else:
                raise AssertionError("a ride that was started could not be ended")

    def relocate() -> None:
        try:
            time.sleep(0.3)
            for region in ("us-west1", "us-east1", "us-west1"):
                result = move(region)
                assert result.exit_code == 0, result.output
        finally:
            over.set()

    failed = [r for r in run_together(app, relocate, *(partial(ride, r) for r in riders)) if r]
    assert failed == []
    assert told["started"] == told["ended"] > 0
    assert db.session.scalar(select(func.count()).select_from(OpenRide)) == 0
    assert db.session.scalar(select(func.count()).where(Ride.ended_at.is_(None))) == 0
    assert set(db.session.scalars(select(Vehicle.state))) == {"available"}
    for model in (User, Vehicle, Ride):
        assert regions_of(model) == {"us-west1"}, model


def test_an_unknown_ride_stays_unknown(ada):
    with pytest.raises(NotFound):
        find_ride(ada, RowKey("us-east1", uuid4()))
    assert run_transaction(lambda session: session.scalar(select(1))) == 1
