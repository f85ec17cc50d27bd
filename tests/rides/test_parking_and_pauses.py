"""Where a ride may end, the parking fee, and pauses."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import insert

from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory
from tests.rides.steps import age_times
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.errors import NotFound
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
FAR_OUT = Place("far out", Point(40.7300, -73.9560))

Coordinates = list[list[list[list[float]]]]


def box(south: float, west: float, north: float, east: float) -> Coordinates:
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]


pytestmark = pytest.mark.usefixtures("app_context")

#: Start a ride of Ada; return her key and that of the ride.
StartRide = Callable[[], tuple[RowKey, RowKey]]
#: Make a zone of New York: ``make_zone("no_parking", box(40.70, -74.02, 40.76, -73.96))``.
MakeZone = Callable[..., None]


@pytest.fixture
def make_zone(app_context: None) -> MakeZone:
    def make(kind: str, coordinates: Coordinates, **columns: object) -> None:
        values = {"id": uuid4(), "city": "new york", "kind": kind, "name": "The park", **columns}
        with db.engines["write"].begin() as connection:
            connection.execute(insert(Zone).values(**values, coordinates=coordinates))
        zone_cache().forget()

    return make


@pytest.fixture
def _city_with_park(make_zone: MakeZone) -> None:
    make_zone("service_area", box(40.70, -74.02, 40.76, -73.96), name="Downtown", position=9)
    make_zone("no_parking", box(40.733, -73.988, 40.737, -73.982))


@pytest.fixture
def start(ada_key: RowKey, make_vehicle: VehicleFactory) -> StartRide:
    def start() -> tuple[RowKey, RowKey]:
        vehicle = make_vehicle(at=(40.73, -73.99))
        return ada_key, start_ride(ada_key, vehicle.public_key)

    return start


def test_without_zones_a_ride_ends_anywhere_in_the_city(start: StartRide, row: RowReader) -> None:
    ada_key, ride_key = start()
    end_ride(ada_key, ride_key, Place("by the church", Point(40.7359, -73.9911)))
    assert row(Ride, ride_key).end_address == "by the church"


@pytest.mark.usefixtures("_city_with_park")
def test_inside_the_service_area_a_ride_ends_without_a_fee(
    start: StartRide, row: RowReader, make_plan: PlanFactory
) -> None:
    make_plan(unlock_fee=100, parking_fee=500)
    ada_key, ride_key = start()
    end_ride(ada_key, ride_key, INSIDE)
    assert row(Ride, ride_key).price == 100


@pytest.mark.usefixtures("_city_with_park")
@pytest.mark.parametrize(("place", "zone"), [(IN_THE_PARK, "The park"), (FAR_OUT, None)])
def test_elsewhere_the_end_is_refused_with_the_zone_and_the_nearest_place(
    start: StartRide, row: RowReader, make_plan: PlanFactory, place: Place, zone: str | None
) -> None:
    make_plan(unlock_fee=100)
    ada_key, ride_key = start()
    with pytest.raises(ParkingForbidden) as caught:
        end_ride(ada_key, ride_key, place)
    parking = caught.value.details["parking"]
    assert (parking.zone.name if parking.zone else None) == zone
    assert row(Ride, ride_key).ended_at is None
    end_ride(ada_key, ride_key, Place("nearest", parking.nearest))
    assert row(Ride, ride_key).ended_at


@pytest.mark.usefixtures("_city_with_park")
def test_with_a_parking_fee_in_the_plan_a_ride_ends_when_the_rider_agrees(
    start: StartRide, row: RowReader, make_plan: PlanFactory
) -> None:
    make_plan(unlock_fee=100, parking_fee=500, tax_ppm=100_000, tax_included=False)
    ada_key, ride_key = start()
    for agreed in (0, 499, 501):
        with pytest.raises(ParkingCosts) as caught:
            end_ride(ada_key, ride_key, IN_THE_PARK, agreed)
        assert (caught.value.details["fee"], caught.value.details["currency"]) == (500, "USD")
    end_ride(ada_key, ride_key, IN_THE_PARK, 500)
    assert row(Ride, ride_key).price == 660
    assert ledger.read_balances(ada_key) == {"USD": -660}


def test_the_fee_of_the_zone_takes_precedence_over_the_plan(
    start: StartRide, row: RowReader, make_plan: PlanFactory, make_zone: MakeZone
) -> None:
    make_plan(parking_fee=500)
    make_zone("no_parking", box(40.733, -73.988, 40.737, -73.982), fee=200)
    ada_key, ride_key = start()
    end_ride(ada_key, ride_key, IN_THE_PARK, 200)
    assert row(Ride, ride_key).price == 200


@pytest.mark.usefixtures("_city_with_park")
def test_an_agreed_fee_that_is_not_due_is_not_charged(
    start: StartRide, row: RowReader, make_plan: PlanFactory
) -> None:
    make_plan(unlock_fee=100, parking_fee=500)
    ada_key, ride_key = start()
    end_ride(ada_key, ride_key, INSIDE, 500)
    assert row(Ride, ride_key).price == 100


@pytest.mark.usefixtures("_city_with_park")
def test_in_a_city_with_zones_an_end_needs_a_point(start: StartRide, row: RowReader) -> None:
    ada_key, ride_key = start()
    with pytest.raises(PointNeeded):
        end_ride(ada_key, ride_key, Place("somewhere"))
    assert row(Ride, ride_key).ended_at is None


@pytest.mark.usefixtures("_city_with_park")
def test_an_end_just_outside_the_service_area_is_allowed(start: StartRide, row: RowReader) -> None:
    ada_key, ride_key = start()
    end_ride(ada_key, ride_key, Place(None, Point(40.7331, -73.9850)))  # 11 m into the park
    assert row(Ride, ride_key).ended_at


def test_in_a_city_without_prices_forbidden_parking_is_refused(
    start: StartRide, make_zone: MakeZone
) -> None:
    make_zone("no_ride", box(40.733, -73.988, 40.737, -73.982), fee=200)
    ada_key, ride_key = start()
    with pytest.raises(ParkingForbidden):
        end_ride(ada_key, ride_key, IN_THE_PARK, 200)


@pytest.mark.parametrize(
    ("path", "metres"),
    [
        (None, 1112),
        ([[0, 40.73, -73.99]], 1112),
        ([[0, 40.73, -73.99], [60, 40.74, -73.99], [120, 40.73, -73.99]], 2224),
        ([[0, 40.739, -73.99], [60, 40.74, -73.99]], 1112),  # the rest was not recorded
    ],
)
def test_the_distance_is_that_of_the_path_and_at_least_the_straight_line(
    start: StartRide, path: list[list[float]] | None, metres: float
) -> None:
    ada_key, ride_key = start()
    snapshot = read_ride_end(db.session(), ada_key, ride_key)
    snapshot = replace(snapshot, path=path)
    assert snapshot.distance_ridden(Place(None, Point(40.74, -73.99))) == pytest.approx(
        metres, abs=1
    )


# --- pauses --------------------------------------------------------------------------------


def test_a_pause_keeps_the_vehicle_and_the_price_goes_on(
    start: StartRide, row: RowReader, make_plan: PlanFactory
) -> None:
    make_plan(segments=[{"start": 0, "rate": 10, "interval": 1}])
    ada_key, ride_key = start()
    pause_ride(ada_key, ride_key)
    age_times(5)
    paused_ride = row(Ride, ride_key)
    assert paused_ride.paused_at
    assert row(Vehicle, (paused_ride.region, paused_ride.vehicle_id)).state == "on_trip"
    resume_ride(ada_key, ride_key)
    age_times(3)
    end_ride(ada_key, ride_key, INSIDE)
    assert (row(Ride, ride_key).price, row(Ride, ride_key).paused_s) == (80, 300)


def test_a_ride_may_end_in_a_pause(start: StartRide, row: RowReader) -> None:
    ada_key, ride_key = start()
    pause_ride(ada_key, ride_key)
    age_times(5)
    end_ride(ada_key, ride_key, INSIDE)
    assert (row(Ride, ride_key).paused_at, row(Ride, ride_key).paused_s) == (None, 300)


def test_pausing_twice_and_resuming_a_running_ride_change_nothing(
    start: StartRide, row: RowReader
) -> None:
    ada_key, ride_key = start()
    resume_ride(ada_key, ride_key)
    pause_ride(ada_key, ride_key)
    first = row(Ride, ride_key).paused_at
    pause_ride(ada_key, ride_key)
    assert row(Ride, ride_key).paused_at == first
    resume_ride(ada_key, ride_key)
    resume_ride(ada_key, ride_key)
    assert (row(Ride, ride_key).paused_at, row(Ride, ride_key).paused_s) == (None, 0)


def test_neither_the_ride_of_another_nor_an_ended_ride_can_be_paused(
    start: StartRide, row: RowReader, make_user: UserFactory
) -> None:
    ada_key, ride_key = start()
    with pytest.raises(NotFound):
        pause_ride(make_user("bob").key, ride_key)
    assert row(Ride, ride_key).paused_at is None
    end_ride(ada_key, ride_key, INSIDE)
    pause_ride(ada_key, ride_key)
    assert row(Ride, ride_key).paused_at is None


def test_pausing_and_resuming_another_riders_ride_is_not_found(
    visitor: Visitor, start: StartRide, make_user: UserFactory, row: RowReader
) -> None:
    ada_key, ride_key = start()
    visitor.sign_in(make_user("eve"))
    assert visitor.send(f"/rides/pause/{ride_key}").status_code == 404
    assert row(Ride, ride_key).paused_at is None
    pause_ride(ada_key, ride_key)
    assert visitor.send(f"/rides/resume/{ride_key}").status_code == 404
    assert visitor.send(f"/rides/pause/us-east1_{uuid4()}").status_code == 404
    assert row(Ride, ride_key).paused_at is not None
