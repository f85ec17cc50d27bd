"""Admins switch features of a city off: services refuse them, and pages say so."""

import pytest
from flask import Flask

from tests.auth.steps import expire_authentication, new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.visitor import Visitor
from webapp.ops.cities.features import switch_features
from webapp.regions.features import FeatureOff
from webapp.rides.models import Ride
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride


def switch_off(*features: str) -> None:
    city = find_city()
    switch_features(city, city.features_off, features)


def test_features_are_switched_only_with_recent_authentication(
    app: Flask, make_user: UserFactory
) -> None:
    admin = new_browser(app).sign_in(make_user(roles=["admin"]))
    expire_authentication(app)
    assert admin.get("/admin/cities/paris/features").location.startswith("/login/again")


def test_rides_and_reservations_can_be_switched_off(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, vehicle = make_user("ada"), make_vehicle()
    rider = new_browser(app).sign_in(ada)
    with app.app_context():
        switch_off("reservations")
        with pytest.raises(FeatureOff):
            reserve_vehicle(ada.key, vehicle.public_key)
        page = rider.get(f"/vehicles/{vehicle.public_key}").text
        assert "Vehicles can't be reserved here at the moment." in page
        switch_off("rides")
        for start in (start_ride, reserve_vehicle):
            with pytest.raises(FeatureOff):
                start(ada.key, vehicle.public_key)
    assert "No rides start in New York at the moment." in visitor.get("/city/new york").text
    response = rider.send(f"/rides/start/{vehicle.public_key}")
    assert "No rides start here at the moment." in rider.get(response.location).text


def test_pauses_can_be_switched_off(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    rider = new_browser(app).sign_in(ada)
    with app.app_context():
        ride_key = start_ride(ada.key, make_vehicle().public_key)
        pause_ride(ada.key, ride_key)
        switch_off("pauses")
        resume_ride(ada.key, ride_key)
        with pytest.raises(FeatureOff):
            pause_ride(ada.key, ride_key)
    assert row(Ride, ride_key).paused_at is None
    assert "/rides/pause/" not in rider.get(f"/rides/{ride_key}").text
    response = rider.send(f"/rides/pause/{ride_key}")
    assert "be paused here at the moment." in rider.get(response.location).text


def test_owners_and_joining_can_be_switched_off(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    owner = new_browser(app).sign_in(make_user("ada"))
    with app.app_context():
        switch_off("owner_vehicles", "sign_ups")
    place = {"address": "Pier 7", "lat": "40.71", "lon": "-74.0"}
    refused = owner.send("/vehicles/add", type="bike", brand="Niu", color="red", **place)
    assert "Owners can't add vehicles here at the moment." in refused.text
    assert 'value="Niu"' in refused.text
    assert '<option value="new york"' not in visitor.get("/register").text.split("<main")[1]
    edit = owner.get("/users/me/edit").text.split("<main")[1]
    assert '<option selected value="new york"' in edit  # who lives there stays


def test_an_admin_switches_features_on_a_page(app: Flask, make_user: UserFactory) -> None:
    admin = new_browser(app).sign_in(make_user(roles=["admin"]))
    path = "/admin/cities/new york/features"
    assert "Off: nobody can choose this city as home city." in admin.get(path).text
    fields = dict.fromkeys(("rides", "reservations", "owner_vehicles", "sign_ups"), "on")
    assert admin.send(path, **fields, pauses="off").status_code == 303
    with app.app_context():
        assert find_city().features_off == ["pauses"]
    other = new_browser(app).sign_in(make_user(roles={"admin": ["paris"]}))
    assert other.get(path).status_code == 404
