"""Riders cannot be followed: others do not see where they leave a vehicle or what they type."""

from functools import partial

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.fleet.favourites.queries import list_saved_vehicles
from webapp.fleet.favourites.services.vehicles import save_vehicle, start_waiting
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

TYPED_ADDRESS = "Behind my house, 12 Elm Street"


def ride_vehicle(rider_key: RowKey, vehicle: Vehicle) -> None:
    ride_key = start_ride(rider_key, vehicle.public_key)
    end_ride(rider_key, ride_key, Place(TYPED_ADDRESS, vehicle.point))


@pytest.mark.usefixtures("app_context")
def test_a_ride_ends_the_saves_of_others(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    for rider_key in (ada_key, bob_key):
        save_vehicle(rider_key, vehicle.public_key)
    ride_vehicle(bob_key, vehicle)
    assert list_saved_vehicles(ada_key) == []
    assert len(list_saved_vehicles(bob_key)) == 1, "the rider knows where it is"


@pytest.mark.usefixtures("app_context")
def test_a_waiting_rider_gets_a_mail_when_the_ride_ends_and_the_save_ends(
    app: Flask, ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    save_vehicle(ada_key, vehicle.public_key)
    ride_key = start_ride(bob_key, vehicle.public_key)
    start_waiting(ada_key, vehicle.public_key)
    end_ride(bob_key, ride_key, Place(TYPED_ADDRESS, vehicle.point))
    assert [mail.to for mail in read_mails(app, "ada@example.org")] == [["ada@example.org"]]
    assert list_saved_vehicles(ada_key) == []


@pytest.mark.usefixtures("app_context")
def test_a_save_and_a_concurrent_end_leave_no_save_of_the_ridden_vehicle(
    app: Flask, ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    for _ in range(4):
        vehicle = make_vehicle()
        ride_key = start_ride(bob_key, vehicle.public_key)
        place = Place(None, vehicle.point)
        run_together(
            app,
            partial(save_vehicle, ada_key, vehicle.public_key),
            partial(end_ride, bob_key, ride_key, place),
        )
        assert list_saved_vehicles(ada_key) == []


def test_only_the_rider_and_staff_see_the_address_that_a_rider_typed(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    owner, ada = make_user("owner", roles=["owner"]), make_user("ada")
    staff = make_user("sam", roles=["fleet"])
    vehicle = make_vehicle(owner=owner)
    with app.app_context():
        ride_vehicle(ada.key, vehicle)
    key, public_key = vehicle.key, row(Vehicle, vehicle.key).public_key
    owner_pages = ("/vehicles/mine", f"/vehicles/mine/{key}", f"/vehicles/{public_key}")
    public_pages = ("/", "/vehicles", f"/vehicles/{public_key}", f"/v/{vehicle.code}")
    for browser, paths in (
        (new_browser(app), public_pages),
        (new_browser(app).sign_in(owner), owner_pages),
    ):
        for path in paths:
            assert "Elm Street" not in browser.get(path).text, path
    assert "Elm Street" in new_browser(app).sign_in(ada).get("/rides").text
    assert "Elm Street" in new_browser(app).sign_in(staff).get(f"/fleet/vehicles/{key}").text
