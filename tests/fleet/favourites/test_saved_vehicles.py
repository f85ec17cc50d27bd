"""Vehicles that a rider saves."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from tests.auth.steps import read_rows
from tests.factories import VehicleFactory
from tests.fleet.favourites.conftest import RESERVED
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.services import vehicles
from webapp.fleet.models import Vehicle


@pytest.mark.slow
def test_a_saved_vehicle_stays_on_the_list_when_its_public_id_changes(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle("paris", brand="Okai", state="available")
    page = f"/vehicles/{vehicle.public_key}"
    assert "Save" in ada_browser.get(page).text
    for _ in range(2):
        assert ada_browser.send(f"/saved/{vehicle.public_key}").status_code == 303
    assert len(read_rows(app, SavedVehicle)) == 1
    assert "Remove from saved" in ada_browser.get(page).text
    new = uuid4()
    with app.app_context():
        start_of_ride = update(Vehicle).values(state="on_trip", public_id=new)
        execute_write(start_of_ride)
    listed = ada_browser.get("/saved").text
    assert "Okai scooter" in listed
    assert f"/vehicles/europe-west1.{new}" in listed
    assert "On a ride" in listed
    assert "Main Street" not in listed
    assert str(vehicle.id) not in listed
    for _ in range(2):
        assert ada_browser.send(f"/saved/europe-west1.{new}/remove").status_code == 303
    assert read_rows(app, SavedVehicle) == []
    assert "No saved vehicles" in ada_browser.get("/saved").text


def test_a_rider_cannot_change_the_list_of_another(
    ada_browser: Visitor, rider: Visitor, make_vehicle: VehicleFactory, app: Flask
) -> None:
    vehicle = make_vehicle(brand="Okai")
    ada_browser.send(f"/saved/{vehicle.public_key}")
    assert "Okai" not in rider.get("/saved").text
    assert "Save" in rider.get(f"/vehicles/{vehicle.public_key}").text
    rider.send(f"/saved/{vehicle.public_key}/remove")
    rider.send(f"/saved/{vehicle.public_key}/wait/stop")
    assert len(read_rows(app, SavedVehicle)) == 1


def test_only_existing_vehicles_can_be_saved(
    ada_browser: Visitor, make_vehicle: VehicleFactory, app: Flask
) -> None:
    removed, existing = make_vehicle(state="removed"), make_vehicle()
    for key in (removed.public_key, existing.key, f"us-east1.{uuid4()}", "nowhere." + str(uuid4())):
        for action in ("", "/wait"):
            assert ada_browser.send(f"/saved/{key}{action}").status_code == 404, key
    assert read_rows(app, SavedVehicle) == []


def test_the_number_of_saved_vehicles_is_limited(
    ada_browser: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vehicles, "MAX_SAVED_VEHICLES", 2)
    first, second, third = (make_vehicle(**RESERVED) for _ in range(3))
    for vehicle in (first, second):
        ada_browser.send(f"/saved/{vehicle.public_key}")
    for action in ("", "/wait"):
        full = ada_browser.send(f"/saved/{third.public_key}{action}")
        assert full.status_code == 409
        assert "Remove one first." in full.text
    for vehicle in (first, second):  # already on the list
        assert ada_browser.send(f"/saved/{vehicle.public_key}").status_code == 303
        assert ada_browser.send(f"/saved/{vehicle.public_key}/wait").status_code == 303


def test_a_removed_vehicle_does_not_count_towards_the_limit(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vehicles, "MAX_SAVED_VEHICLES", 1)
    ada_browser.send(f"/saved/{make_vehicle(brand='Old').public_key}")
    with app.app_context():
        execute_write(update(Vehicle).values(state="removed"))
    assert ada_browser.send(f"/saved/{make_vehicle(brand='New').public_key}").status_code == 303
    page = ada_browser.get("/saved").text
    assert "New scooter" in page
    assert "Old scooter" not in page


def test_a_vehicle_on_a_ride_cannot_be_added_to_the_list(
    app: Flask, ada_browser: Visitor, rider: Visitor, make_vehicle: VehicleFactory,
) -> None:  # fmt: skip
    """A rider who saw the vehicle leave would learn where the ride ends."""
    vehicle = make_vehicle()
    path = f"/saved/{vehicle.public_key}"
    ada_browser.send(path)
    with app.app_context():
        execute_write(update(Vehicle).values(state="on_trip"))
    page = rider.get(f"/vehicles/{vehicle.public_key}").text
    assert f'action="{path}' not in page
    for action in ("", "/wait"):
        refused = rider.send(path + action)
        assert refused.status_code == 409
        assert "Someone is riding it. You can save it when it" in refused.text
    assert len(read_rows(app, SavedVehicle)) == 1
    assert "Notify me when it" in ada_browser.get(f"/vehicles/{vehicle.public_key}").text
    for action in ("", "/wait"):
        assert ada_browser.send(path + action).status_code == 303
    assert read_rows(app, SavedVehicle)[0].waiting_at
