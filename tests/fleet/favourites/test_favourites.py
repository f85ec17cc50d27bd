"""Favourites of both kinds: accounts, export and round trips."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from tests.auth.steps import read_rows
from tests.factories import VehicleFactory
from tests.fleet.favourites.conftest import PLACE, RESERVED
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.favourites.models import SavedPlace, SavedVehicle
from webapp.fleet.favourites.services.places import add_place
from webapp.fleet.favourites.services.vehicles import (
    save_vehicle,
    start_waiting,
)
from webapp.regions.geography import Point
from webapp.riders import personal_data


def test_a_deleted_account_cannot_save_anything(app: Flask, make_vehicle: VehicleFactory) -> None:
    deleted_key, vehicle = RowKey("us-east1", uuid4()), make_vehicle(**RESERVED)
    with app.app_context():
        for save in (save_vehicle, start_waiting):
            with pytest.raises(NotFound):
                save(deleted_key, vehicle.public_key)
        with pytest.raises(NotFound):
            add_place(deleted_key, "Home", Point(40.7, -74.0))
    assert read_rows(app, SavedVehicle) == []
    assert read_rows(app, SavedPlace) == []


def test_favourites_are_exported_and_deleted_with_the_account(
    app: Flask,
    ada: User,
    ada_browser: Visitor,
    make_vehicle: VehicleFactory,
) -> None:
    vehicle = make_vehicle("paris", **RESERVED)
    ada_browser.send(f"/saved/{vehicle.public_key}/wait")
    ada_browser.send("/saved", **PLACE)
    with app.app_context():
        export = personal_data.read_export(ada.key)
        [saved_vehicle] = export["saved-vehicles"]
        assert saved_vehicle["region"] == "europe-west1"
        assert saved_vehicle["waiting_at"]
        [place] = export["saved-places"]
        assert (place["label"], place["lat"], place["lon"]) == ("Home", 40.73, -73.99)
    assert ada_browser.send("/users/me/delete", sure="y").status_code == 303
    assert read_rows(app, SavedVehicle) == []
    assert read_rows(app, SavedPlace) == []


def test_each_page_and_action_of_favourites_costs_two_round_trips(
    ada_browser: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    vehicle = make_vehicle("paris", **RESERVED)
    ada_browser.send("/saved", **PLACE)
    token = {"csrf_token": ada_browser.token()}
    for path in ("/saved", f"/vehicles/{vehicle.public_key}", "/"):
        ada_browser.get(path)
        round_trips()
        ada_browser.get(path)
        assert round_trips() == 2, path
    key = vehicle.public_key
    for path in ("", "/wait", "/wait/stop", "/remove"):
        ada_browser.post(f"/saved/{key}{path}", data=token)
        assert round_trips() == 2, path
