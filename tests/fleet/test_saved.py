"""What riders save: vehicles to find again or to wait for, and places to look around."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import NoneType
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import find_link
from tests.factories import UserFactory, VehicleFactory
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedPlace, SavedVehicle
from webapp.fleet.favourites.services import vehicles
from webapp.fleet.favourites.services.places import MAX_SAVED_PLACES, TooManyPlaces, add_place
from webapp.fleet.favourites.services.vehicles import (
    NothingToWaitFor,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.favourites.services.waiting import end_waits_cte, mail_waiting_riders
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.regions.geography import Point
from webapp.riders import personal_data

Make = Callable[..., Any]
#: What somebody else holds can be saved, and waited for.
HELD = {"state": "reserved", "reserved_until": func.now() + timedelta(hours=1)}
PLACE = {"label": "Home", "lat": "40.73", "lon": "-73.99"}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    user: User = make_user("ada")
    return user


@pytest.fixture
def as_ada(app: Flask, ada: User) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(ada)


@pytest.fixture
def rows(app: Flask) -> Callable[[type], list[Any]]:
    def read(model: type) -> list[Any]:
        with app.app_context():
            return list(db.session.scalars(select(model)))

    return read


# --- vehicles -----------------------------------------------------------------------------------


def test_a_saved_vehicle_is_found_again_after_rides_under_whatever_name(
    app: Flask, as_ada: Visitor, make_vehicle: VehicleFactory, rows: Callable[[type], list[Any]]
) -> None:
    vehicle = make_vehicle("paris", brand="Okai", state="available")
    page = f"/vehicles/{vehicle.public_key}"
    assert "Save it" in as_ada.get(page).text
    for _ in range(2):
        assert as_ada.send(f"/saved/{vehicle.public_key}").status_code == 303
    assert len(rows(SavedVehicle)) == 1
    assert "Take off my list" in as_ada.get(page).text
    new = uuid4()
    with app.app_context():
        ridden = update(Vehicle).values(state="on_trip", public_id=new)
        run_transaction(lambda session: session.execute(ridden))
    listed = as_ada.get("/saved").text
    assert "Okai scooter" in listed
    assert f"/vehicles/europe-west1.{new}" in listed
    assert "On a ride" in listed
    assert "Main Street" not in listed
    assert str(vehicle.id) not in listed
    for _ in range(2):
        assert as_ada.send(f"/saved/europe-west1.{new}/remove").status_code == 303
    assert rows(SavedVehicle) == []
    assert "No vehicle yet" in as_ada.get("/saved").text


def test_a_list_is_ones_own(
    as_ada: Visitor, rider: Visitor, make_vehicle: VehicleFactory, rows: Callable[[type], list[Any]]
) -> None:
    vehicle = make_vehicle(brand="Okai")
    as_ada.send(f"/saved/{vehicle.public_key}")
    assert "Okai" not in rider.get("/saved").text
    assert "Save it" in rider.get(f"/vehicles/{vehicle.public_key}").text
    rider.send(f"/saved/{vehicle.public_key}/remove")
    rider.send(f"/saved/{vehicle.public_key}/wait/stop")
    assert len(rows(SavedVehicle)) == 1


def test_only_what_is_there_is_saved(
    as_ada: Visitor, make_vehicle: VehicleFactory, rows: Callable[[type], list[Any]]
) -> None:
    gone, here = make_vehicle(state="removed"), make_vehicle()
    for key in (gone.public_key, here.key, f"us-east1.{uuid4()}", "nowhere." + str(uuid4())):
        for act in ("", "/wait"):
            assert as_ada.send(f"/saved/{key}{act}").status_code == 404, key
    assert rows(SavedVehicle) == []


def test_a_list_stays_one_that_can_be_looked_over(
    as_ada: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vehicles, "MAX_SAVED_VEHICLES", 2)
    first, second, third = (make_vehicle(**HELD) for _ in range(3))
    for vehicle in (first, second):
        as_ada.send(f"/saved/{vehicle.public_key}")
    for act in ("", "/wait"):
        full = as_ada.send(f"/saved/{third.public_key}{act}")
        assert full.status_code == 409
        assert "Take one off the list first." in full.text
    for again in (first, second):  # what is there already needs no room
        assert as_ada.send(f"/saved/{again.public_key}").status_code == 303
        assert as_ada.send(f"/saved/{again.public_key}/wait").status_code == 303


def test_a_vehicle_that_left_for_good_takes_no_room(
    app: Flask, as_ada: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vehicles, "MAX_SAVED_VEHICLES", 1)
    as_ada.send(f"/saved/{make_vehicle(brand='Old').public_key}")
    with app.app_context():
        run_transaction(lambda s: s.execute(update(Vehicle).values(state="removed")))
    assert as_ada.send(f"/saved/{make_vehicle(brand='New').public_key}").status_code == 303
    page = as_ada.get("/saved").text
    assert "New scooter" in page
    assert "Old scooter" not in page


def test_a_vehicle_that_somebody_rides_is_on_the_list_already_or_comes_after_the_ride(
    app: Flask, as_ada: Visitor, rider: Visitor, make_vehicle: VehicleFactory,
    rows: Callable[[type], list[Any]],
) -> None:  # fmt: skip
    """Whoever saw it leave would learn where the ride ended."""
    vehicle = make_vehicle()
    its = f"/saved/{vehicle.public_key}"
    as_ada.send(its)
    with app.app_context():
        run_transaction(lambda s: s.execute(update(Vehicle).values(state="on_trip")))
    page = rider.get(f"/vehicles/{vehicle.public_key}").text
    assert f'action="{its}' not in page
    for act in ("", "/wait"):
        refused = rider.send(its + act)
        assert refused.status_code == 409
        assert "You can save it when it is back on the map." in refused.text
    assert len(rows(SavedVehicle)) == 1
    assert "Tell me when it is free" in as_ada.get(f"/vehicles/{vehicle.public_key}").text
    for act in ("", "/wait"):
        assert as_ada.send(its + act).status_code == 303
    assert rows(SavedVehicle)[0].waiting_at


def test_an_account_that_has_just_gone_saves_nothing(
    app: Flask, make_vehicle: VehicleFactory, rows: Callable[[type], list[Any]]
) -> None:
    nobody, vehicle = RowKey("us-east1", uuid4()), make_vehicle(**HELD)
    with app.app_context():
        for act in (save_vehicle, start_waiting):
            with pytest.raises(NotFound):
                act(nobody, vehicle.public_key)
        with pytest.raises(NotFound):
            add_place(nobody, "Home", Point(40.7, -74.0))
    assert rows(SavedVehicle) == rows(SavedPlace) == []


# --- waiting ------------------------------------------------------------------------------------


def free(app: Flask, vehicle: Vehicle) -> None:
    """Do what the end of a ride does: a vehicle is free, and who waited is told."""
    vehicles = table(Vehicle)
    freed = (
        update(vehicles)
        .where(vehicles.c.id == vehicle.id)
        .values(state="available", public_id=uuid4(), address="2 New Street")
        .returning(vehicles.c.region, vehicles.c.id.label("vehicle_id"))
        .cte("freed")
    )
    waiting = end_waits_cte(freed)
    statement = select(waiting.c.rider_region, waiting.c.rider_id)
    with app.app_context():
        found = run_transaction(lambda session: session.execute(statement).all())
        mail_waiting_riders(found, vehicle.key)


def test_who_waits_is_told_once_when_it_is_free(
    app: Flask, as_ada: Visitor, make_vehicle: Make
) -> None:
    """Where it stands says the list only: a mail stays, and others read it."""
    vehicle = make_vehicle(**HELD)
    assert as_ada.send(f"/saved/{vehicle.public_key}/wait").status_code == 303
    assert "Do not write to me" in as_ada.get(f"/vehicles/{vehicle.public_key}").text
    assert "we write to you when it is free" in as_ada.get("/saved").text
    free(app, vehicle)
    [letter] = app.extensions["mailman"].outbox
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "The vehicle you wait for is free"
    assert "Okai Scooter" in letter.body
    for secret in ("Street", "/vehicles/", str(vehicle.id)):
        assert secret not in letter.body
    listed = as_ada.get(find_link(letter, "/saved")).text
    assert "2 New Street" in listed
    page = as_ada.get(listed.split('title" href="')[1].split('"')[0]).text
    assert "2 New Street" in page
    assert "Take off my list" in page
    free(app, vehicle)
    assert len(app.extensions["mailman"].outbox) == 1


def test_only_who_waits_and_may_sign_in_gets_a_mail(
    app: Flask, make_user: UserFactory, make_vehicle: Make
) -> None:
    vehicle, other = make_vehicle(**HELD), make_vehicle(**HELD)
    people = {
        name: make_user(name, city=city, **columns)
        for name, city, columns in [
            ("waits", "paris", {}),
            ("saved", "paris", {}),
            ("stopped", "paris", {}),
            ("disabled", "paris", {"disabled_at": func.now()}),
            ("unconfirmed", "paris", {"email_confirmed_at": None}),
            ("elsewhere", "paris", {}),
        ]
    }
    with app.app_context():
        for name, user in people.items():
            its = other if name == "elsewhere" else vehicle
            act = save_vehicle if name == "saved" else start_waiting
            act(user.key, its.public_key)
        stop_waiting(people["stopped"].key, vehicle.public_key)
    free(app, vehicle)
    assert [letter.to for letter in app.extensions["mailman"].outbox] == [["waits@example.org"]]


@pytest.mark.parametrize("state", ["available", "non_operational", "missing"])
def test_what_is_free_or_out_of_service_is_nothing_to_wait_for(
    as_ada: Visitor, make_vehicle: VehicleFactory, rows: Callable[[type], list[Any]], state: str
) -> None:
    vehicle = make_vehicle(state=state)
    assert "Tell me when" not in as_ada.get(f"/vehicles/{vehicle.public_key}").text
    answer = as_ada.send(f"/saved/{vehicle.public_key}/wait")
    assert answer.status_code == 409
    assert "There is nothing to wait for" in answer.text
    assert rows(SavedVehicle) == []


def test_waiting_for_a_ride_that_ends_right_now_ends_in_a_mail_or_in_words(
    app: Flask, make_user: UserFactory, make_vehicle: Make
) -> None:
    """Nobody waits for a vehicle that is free already."""
    for number in range(6):
        rider, vehicle = make_user(f"rider{number}"), make_vehicle(**HELD)

        def wait(who: RowKey = rider.key, what: RowKey = vehicle.public_key) -> None:
            start_waiting(who, what)

        def end(its: Vehicle = vehicle) -> None:
            free(app, its)

        refused, ended = run_together(app, wait, end)
        assert ended is None
        # It is free; or, as it is called otherwise by then, not there.
        assert isinstance(refused, (NothingToWaitFor, VehicleNotFound, NoneType))
        told = [f"rider{number}@example.org"] in [m.to for m in app.extensions["mailman"].outbox]
        assert told == (refused is None)


# --- places -------------------------------------------------------------------------------------


def test_a_saved_place_sorts_the_list_by_the_way_from_there(
    as_ada: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    make_vehicle(brand="Near", at=(40.7301, -73.99))
    make_vehicle(brand="Far", at=(40.74, -73.99))
    assert as_ada.send("/saved", **PLACE).status_code == 303
    as_ada.get("/?type=scooter_standing")
    round_trips()
    page = as_ada.get("/?type=scooter_standing").text
    assert round_trips() == 2
    link = re.search(r'href="(/\?[^"]*lat=[^"]*)"[^>]*><span class="visually-hidden">Near ', page)
    assert link
    near = as_ada.get(link[1].replace("&amp;", "&")).text
    assert "type=scooter_standing" in link[1]
    names = re.findall(r'class="card-title" href="[^"]+">([^<]+)<', near)
    assert names == ["Near scooter", "Far scooter"]
    assert re.search(r'aria-current="true"><span class="visually-hidden">Near </span>Home<', near)


def test_a_place_is_removed_by_its_rider_only(
    as_ada: Visitor, rider: Visitor, rows: Callable[[type], list[Any]]
) -> None:
    as_ada.send("/saved", **PLACE)
    [place] = rows(SavedPlace)
    rider.send(f"/saved/places/{place.id}/remove")
    assert len(rows(SavedPlace)) == 1
    assert "Home" not in rider.get("/").text.split("sheet-title")[1].split("</form>")[0]
    for _ in range(2):
        assert as_ada.send(f"/saved/places/{place.id}/remove").status_code == 303
    assert rows(SavedPlace) == []


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"label": " "}, "label", "Please fill this in."),
        ({"label": "x" * 41}, "label", "40 characters at most"),
        ({"label": "a\nb"}, "label", "cannot be shown"),
        ({"lat": "", "lon": ""}, "lat", "Tap the map where it is"),
        ({"lat": "91"}, "lat", "A latitude lies between"),
        ({"lon": "nan"}, "lon", "A longitude lies between"),
        ({"lon": ""}, "lat", "The longitude is missing."),
    ],
)
def test_a_wrong_place_is_told_beside_the_field(
    as_ada: Visitor,
    rows: Callable[[type], list[Any]],
    wrong: dict[str, str],
    field: str,
    words: str,
) -> None:
    answer = as_ada.send("/saved", **{**PLACE, **wrong})
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert rows(SavedPlace) == []


def test_there_is_room_for_twelve_places_however_fast_they_come(
    app: Flask, ada: User, as_ada: Visitor, rows: Callable[[type], list[Any]]
) -> None:
    def add() -> RowKey:
        return add_place(ada.key, "Gym", Point(40.7, -74.0))

    with app.app_context():
        for _ in range(MAX_SAVED_PLACES - 2):
            add()
    added = run_together(app, add, add, add, add)
    assert sum(isinstance(key, RowKey) for key in added) == 2
    assert sum(isinstance(refused, TooManyPlaces) for refused in added) == 2
    assert len(rows(SavedPlace)) == MAX_SAVED_PLACES
    page = as_ada.get("/saved").text
    assert "You have saved 12 places." in page
    assert 'name="label"' not in page
    assert as_ada.send("/saved", **PLACE).status_code == 409


# --- whose it is --------------------------------------------------------------------------------


def test_what_is_saved_is_told_to_its_rider_and_goes_with_the_account(
    app: Flask,
    ada: User,
    as_ada: Visitor,
    make_vehicle: VehicleFactory,
    rows: Callable[[type], list[Any]],
) -> None:
    vehicle = make_vehicle("paris", **HELD)
    as_ada.send(f"/saved/{vehicle.public_key}/wait")
    as_ada.send("/saved", **PLACE)
    with app.app_context():
        told = personal_data.read_export(ada.key)
        [one] = told["saved-vehicles"]
        assert one["region"] == "europe-west1"
        assert one["waiting_at"]
        [place] = told["saved-places"]
        assert (place["label"], place["lat"], place["lon"]) == ("Home", 40.73, -73.99)
    assert as_ada.send("/users/me/delete", sure="y").status_code == 303
    assert rows(SavedVehicle) == rows(SavedPlace) == []


def test_pages_keep_to_the_budget_of_trips(
    as_ada: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    vehicle = make_vehicle("paris", **HELD)
    as_ada.send("/saved", **PLACE)
    token = {"csrf_token": as_ada.token()}
    for path in ("/saved", f"/vehicles/{vehicle.public_key}", "/"):
        as_ada.get(path)
        round_trips()
        as_ada.get(path)
        assert round_trips() == 2, path
    key = vehicle.public_key
    for path in ("", "/wait", "/wait/stop", "/remove"):
        as_ada.post(f"/saved/{key}{path}", data=token)
        assert round_trips() == 2, path
