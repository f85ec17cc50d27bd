"""Which vehicles the feeds have, and what they say about them."""

from datetime import timedelta

import pytest
from sqlalchemy import func

from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.fleet.gbfs_publishing.conftest import ChangeCity
from tests.fleet.gbfs_publishing.steps import read_bikes, read_file, read_vehicles
from tests.visitor import Visitor
from webapp.fleet.anonymity import Energy, round_energy


def test_vehicles_on_the_street_are_listed_and_those_on_a_ride_or_elsewhere_are_not(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    listed = [
        make_vehicle(),
        make_vehicle(state="reserved", reserved_until=func.now() + timedelta(minutes=5)),
        make_vehicle(state="reserved", reserved_until=func.now() - timedelta(minutes=5)),
        make_vehicle(state="non_operational"),
    ]
    for state in ("on_trip", "missing", "removed", "elsewhere", "non_contactable"):
        make_vehicle(state=state)
    make_vehicle(lat=None, lon=None, cell=None)
    make_vehicle("boston")
    shown = {vehicle["vehicle_id"]: vehicle for vehicle in read_vehicles(visitor)}
    flags = [
        (shown[key]["is_reserved"], shown[key]["is_disabled"])
        for key in (str(vehicle.public_key) for vehicle in listed)
    ]
    assert flags == [(False, False), (True, False), (False, False), (False, True)]
    assert len(shown) == len(listed)


def test_both_versions_say_the_same(visitor: Visitor, make_vehicle: VehicleFactory) -> None:
    make_vehicle(range_m=12_000, battery_percent=40)
    make_vehicle(form_factor="other", propulsion_type="human")
    vehicles, bikes = read_vehicles(visitor), read_bikes(visitor)
    assert [{"vehicle_id": bike.pop("bike_id"), **bike} for bike in bikes] == vehicles
    assert len(vehicles) == 2


def test_the_order_is_that_of_ids_that_last_for_one_ride(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    made = [make_vehicle(state=state) for state in ("available", "non_operational") * 4]
    ids = [vehicle["vehicle_id"] for vehicle in read_vehicles(visitor)]
    assert ids == sorted(str(vehicle.public_key) for vehicle in made)


def test_a_vehicle_leads_to_its_page_which_everybody_may_see(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    [listed] = read_vehicles(visitor)
    assert listed["rental_uris"]["web"].endswith(f"/vehicles/{vehicle.public_key}")
    assert visitor.get(listed["rental_uris"]["web"]).status_code == 200


def test_a_vehicle_says_nothing_that_lasts_longer_than_a_ride(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Pegasus", color="purple", battery_percent=57, range_m=23_456)
    [listed] = read_vehicles(visitor)
    assert set(listed) == {
        "vehicle_id", "lat", "lon", "is_reserved", "is_disabled", "vehicle_type_id", "rental_uris",
        "current_range_meters", "current_fuel_percent",
    }  # fmt: skip
    assert (listed["current_range_meters"], listed["current_fuel_percent"]) == (10_000, 0.25)
    types = str(read_file(visitor, "vehicle_types"))
    assert "Pegasus" not in types
    assert "purple" not in types


@pytest.mark.parametrize(
    ("range_m", "battery_percent", "expected"),
    [
        (40_000, 100, Energy(10_000, 0.25)),
        (9_999, None, Energy(4_000, None)),
        (20_001, 3, Energy(10_000, 0.25)),  # the range comes first
        (None, 57, Energy(10_000, 0.25)),
        (None, 9, Energy(1_000, 0.0)),  # little, but enough to be offered
        (3_000, None, Energy(1_000, None)),
        (999, 50, Energy(0, 0.0)),
        (None, 0, Energy(0, 0.0)),
        (None, None, Energy(10_000, None)),
        (70_000, None, Energy(10_000, None)),
    ],
)
def test_range_and_battery_follow_from_one_step(
    range_m: int | None, battery_percent: int | None, expected: Energy
) -> None:
    assert round_energy("electric", 40_000, range_m, battery_percent) == expected


def test_where_no_ride_starts_vehicles_cannot_be_rented(
    visitor: Visitor, make_vehicle: VehicleFactory, change_city: ChangeCity
) -> None:
    make_vehicle()
    change_city(features_off=["rides"])
    assert [vehicle["is_disabled"] for vehicle in read_vehicles(visitor)] == [True]


def test_a_closed_city_has_no_vehicles_and_after_a_month_no_feed(
    visitor: Visitor, make_vehicle: VehicleFactory, change_city: ChangeCity
) -> None:
    make_vehicle()
    change_city(closes_at=func.now() + timedelta(days=3))
    system = read_file(visitor, "system_information")["data"]
    assert system["termination_date"] > system["start_date"]
    assert len(read_vehicles(visitor)) == 1
    change_city(closes_at=func.now() - timedelta(days=29))
    assert read_vehicles(visitor) == []
    assert "/new%20york/" in str(visitor.get("/gbfs/manifest.json").get_json())
    change_city(closes_at=func.now() - timedelta(days=31))
    gone = visitor.get("/gbfs/v3/new york/gbfs.json")
    assert (gone.status_code, gone.get_json()["type"].split("/")[-1]) == (410, "gone")
    assert "/new%20york/" not in str(visitor.get("/gbfs/manifest.json").get_json())


def test_what_can_be_reserved_says_for_how_long(
    visitor: Visitor, make_plan: PlanFactory, change_city: ChangeCity
) -> None:
    make_plan(reserve_min=15, form_factor="bicycle")
    shown = _read_reserve_times(visitor)
    assert (shown["bicycle.human"], shown["scooter_standing.electric"]) == (15, 0)
    change_city(features_off=["reservations"])
    assert set(_read_reserve_times(visitor).values()) == {0}


def _read_reserve_times(visitor: Visitor) -> dict[str, int]:
    types = read_file(visitor, "vehicle_types")["data"]["vehicle_types"]
    return {each["vehicle_type_id"]: each["default_reserve_time"] for each in types}


def test_two_polls_around_a_ride_share_no_id(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    vehicle = make_vehicle()
    [before] = read_vehicles(visitor)
    ride = rider.send(f"/rides/start/{vehicle.public_key}").location
    assert read_vehicles(visitor) == []
    rider.send(ride.replace("/rides/", "/rides/pause/"))
    assert read_vehicles(visitor) == []
    end = ride.replace("/rides/", "/rides/end/")
    rider.send(end, address="Here", lat="40.7306", lon="-73.9866")
    rider.send(end, address="Here", lat="40.7306", lon="-73.9866")  # pressed twice
    [after] = read_vehicles(visitor)
    assert before["vehicle_id"] != after["vehicle_id"]
    assert before["rental_uris"] != after["rental_uris"]
