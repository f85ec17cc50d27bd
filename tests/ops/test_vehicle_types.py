"""Admins set up types of vehicles: names, icons, batteries, and types of their own."""

import re

import pytest
from flask import Flask
from sqlalchemy import update

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.fleet.feeds.default_types import UnknownVehicleType, find_default_type
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_types.settings import (
    NOTHING_SET,
    TypeSettings,
    types_cache,
    vehicle_types,
)
from webapp.ops.vehicle_types.services import (
    TypeNameTaken,
    VehicleTypeExists,
    add_vehicle_type,
    change_vehicle_type,
)
from webapp.rides.refusal_reasons import BatteryTooLow, VehicleUnavailable
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services.start import start_ride

PAGE = "/admin/vehicle-types"
MOPED = {"form_factor": "moped", "propulsion_type": "electric", "label": "Roller", "icon": "moped"}
SCOOTER = ("scooter_standing", "electric")


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("boss", roles=["admin"]))


def set_scooters(settings: TypeSettings) -> None:
    change_vehicle_type("scooter", SCOOTER, NOTHING_SET, settings)


def list_types(page: str) -> list[str]:
    """Return the names of the types that a form offers."""
    select = page.split('name="type"')[1].split("</select>")[0]
    return re.findall(r'<option (?:selected )?value="([^"]+)"', select)


def test_an_admin_adds_a_type_and_owners_add_vehicles_of_it(
    app: Flask, admin: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    assert admin.send(f"{PAGE}/new", **MOPED, top_speed_kph="45").status_code == 303
    assert "Roller" in admin.get(f"{PAGE}/").text
    owner = new_browser(app).sign_in(make_user())
    assert "roller" in list_types(owner.get("/vehicles/add").text)
    place = {"address": "Pier 7", "lat": "40.71", "lon": "-74.0"}
    sent = owner.send("/vehicles/add", type="roller", brand="Niu", color="red", **place)
    assert "Niu roller" in owner.get(sent.location).text
    public = owner.get("/city/new york").text
    assert "Niu roller" in public
    assert 'data-icon="moped"' in public
    vehicle = make_vehicle(form_factor="moped")
    assert "45 km/h" in owner.get(f"/vehicles/{vehicle.public_key}").text


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("label", "", "Fill this in."),
        ("label", "...", "Use letters or numbers."),
        ("label", "New", "MovR uses this name for a page. Use another one."),
        ("label", "Scooter", "Another type has this name. Use another one."),
        ("propulsion_type", "steam", "Choose an option from the list."),
        ("min_battery_percent", "101", "Enter a whole number from 1 to 100, or nothing."),
        ("top_speed_kph", "9" * 400, "Enter a whole number from 1 to 200, or nothing."),
        ("rider_capacity", "two", "Enter a whole number."),
    ],
)
def test_what_is_wrong_with_a_new_type_stands_beside_the_field(
    admin: Visitor, field: str, value: str, error: str
) -> None:
    response = admin.send(f"{PAGE}/new", **{**MOPED, field: value})
    assert response.status_code in (409, 422)
    assert error in response.text


def test_a_type_that_movr_has_is_changed_and_not_added(app: Flask, admin: Visitor) -> None:
    fields = {**MOPED, "form_factor": "scooter_standing"}
    response = admin.send(f"{PAGE}/new", **fields)
    assert "There is a type with this form factor and propulsion already." in response.text


def test_a_name_that_is_changed_is_on_cached_cards_at_once(
    app: Flask, admin: Visitor, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Okai")
    assert "Okai scooter" in rider.get("/city/new york").text
    assert admin.send(f"{PAGE}/scooter", label="Kick scooter", icon="").status_code == 303
    assert "Okai kick scooter" in rider.get("/city/new york").text


def test_a_type_is_called_by_its_name_in_the_language_of_the_reader(
    app: Flask,
    admin: Visitor,
    rider: Visitor,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "fr", "it"))
    make_vehicle(brand="Okai")
    rider.send("/language", language="it")
    page = rider.get("/city/new york").text
    assert "Monopattino Okai" in page
    names = {"label": "Kick scooter", "label_fr": "Patinette"}
    assert admin.send(f"{PAGE}/scooter", **names, icon="").status_code == 303
    assert "Kick scooter Okai" in rider.get("/city/new york").text
    names["label_it"] = "Trottinetta"
    assert admin.send(f"{PAGE}/scooter", **names, icon="").status_code == 303
    assert "Trottinetta Okai" in rider.get("/city/new york").text
    assert 'value="Patinette"' in admin.get(f"{PAGE}/scooter").text
    assert "French: Patinette, Italian: Trottinetta" in admin.get("/events").text


def test_no_ride_and_no_reservation_starts_with_less_than_the_smallest_battery(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, low, full = make_user("ada"), make_vehicle(battery_percent=19), make_vehicle()
    rider = new_browser(app).sign_in(ada)
    with app.app_context():
        set_scooters(TypeSettings(min_battery_percent=20))
        for refused in (start_ride, reserve_vehicle):
            with pytest.raises(BatteryTooLow):
                refused(ada.key, low.public_key)
    page = rider.get(f"/vehicles/{low.public_key}").text
    assert "The battery is too low to start a ride." in page
    assert "Start ride" not in page
    assert "Reserve for" not in page
    response = rider.send(f"/rides/start/{low.public_key}")
    refusal = "The battery of this vehicle is too low to start a ride."
    assert refusal in rider.get(response.location).text
    with app.app_context():
        start_ride(ada.key, full.public_key)  # a battery that nobody knows is full enough


def test_who_has_reserved_a_vehicle_may_ride_it_though_its_battery_empties(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, vehicle = make_user("ada"), make_vehicle(battery_percent=21)
    rider = new_browser(app).sign_in(ada)
    with app.app_context():
        set_scooters(TypeSettings(min_battery_percent=20))
        reserve_vehicle(ada.key, vehicle.public_key)
        execute_write(update(Vehicle).values(battery_percent=19))
    assert "Start ride" in rider.get(f"/vehicles/{vehicle.public_key}").text
    with app.app_context():
        start_ride(ada.key, vehicle.public_key)
    assert row(Vehicle, vehicle.key).state == "on_trip"


def test_what_another_process_has_set_a_moment_ago_holds(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, low = make_user("ada"), make_vehicle(battery_percent=19)
    with app.app_context():
        old = vehicle_types()
        set_scooters(TypeSettings(min_battery_percent=20))
        types_cache().get(None, lambda: old)
        with pytest.raises(VehicleUnavailable):
            start_ride(ada.key, low.public_key)
    assert row(Vehicle, low.key).state == "available"


def test_riders_are_warned_below_the_low_battery_of_the_type(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(battery_percent=35, range_m=40_000)
    assert "Low battery" not in rider.get(f"/vehicles/{vehicle.public_key}").text
    with app.app_context():
        set_scooters(TypeSettings(low_battery_percent=40))
    assert "Low battery" in rider.get(f"/vehicles/{vehicle.public_key}").text


def test_an_archived_type_is_not_offered_and_its_vehicles_stay(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada")
    owner, vehicle = new_browser(app).sign_in(ada), make_vehicle(owner=ada)
    with app.app_context():
        set_scooters(TypeSettings(is_archived=True))
    assert "scooter" not in list_types(owner.get("/vehicles/add").text)
    assert "scooter" in list_types(owner.get(f"/vehicles/{vehicle.key}/edit").text)
    assert "<code>scooter</code>" not in owner.get("/vehicles/import").text


def test_admins_of_some_cities_do_not_set_up_types(app: Flask, make_user: UserFactory) -> None:
    client = new_browser(app).sign_in(make_user("pia", roles={"admin": ["paris"]}))
    for path in (f"{PAGE}/", f"{PAGE}/new", f"{PAGE}/bike"):
        assert client.get(path).status_code == 404


def test_of_two_who_add_a_type_at_once_one_is_told(app: Flask) -> None:
    def add(label: str, propulsion_type: str) -> str:
        return add_vehicle_type(("moped", propulsion_type), TypeSettings(label))

    results = run_together(app, *[lambda each=each: add(each, "electric") for each in ("A", "B")])
    assert sum(isinstance(each, VehicleTypeExists) for each in results) == 1
    results = run_together(app, *[lambda: add("Vespa", "combustion")] * 2)
    assert results == ["vespa", "vespa"]
    with app.app_context(), pytest.raises(TypeNameTaken):
        add("Vespa", "hybrid")


def test_a_feed_without_types_may_have_an_own_type(app: Flask) -> None:
    with app.app_context():
        add_vehicle_type(("moped", "electric"), TypeSettings("Roller"))
        found = find_default_type("roller")
        assert found
        assert (found.form_factor, found.propulsion_type) == ("moped", "electric")
        with pytest.raises(UnknownVehicleType):
            find_default_type("rocket")
