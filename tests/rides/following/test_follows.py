"""Riders follow places and owners, and are notified of vehicles that come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.client import ApiClient
from tests.auth.steps import new_browser, read_rows, update_rows
from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import run_jobs
from tests.rides.steps import MakeEndedRide, age_ride
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.mail import MAIL
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point
from webapp.riders.notifications.models import Notification
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.following import services
from webapp.rides.following.models import MAX_FOLLOWS, MAX_LABEL_LENGTH, Follow
from webapp.rides.following.new_vehicles import cells_around
from webapp.rides.following.scan import QUIET_TIME, scan_city
from webapp.rides.following.schedules import NOTIFY_FOLLOWER
from webapp.rides.services.start import start_ride

STATION = Point(40.75, -73.99)
#: North of the station, and how far, metres.
NEAR, FAR = (40.7510, -73.99), (40.7530, -73.99)  # 111 and 334
PLACE: dict[str, Any] = {
    "label": "Station", "lat": STATION.lat, "lon": STATION.lon, "radius_m": 200,
    "form_factor": "", "nonce": "n",
}  # fmt: skip


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    """A rider from another region than the vehicles."""
    return make_user("ada", city="paris")


@pytest.fixture
def ada_browser(app: Flask, ada: User) -> Visitor:
    return new_browser(app).sign_in(ada)


@pytest.fixture
def scan(app: Flask) -> Callable[[], list[str]]:
    """Look for vehicles that have come, and return all notifications by now."""

    def scan() -> list[str]:
        with app.app_context():
            city = catalogue().find("new york")
            assert city
            scan_city(city)
        run_jobs(app)
        with app.app_context():
            return sorted(
                f"{n.kind} {n.path} {n.facts}"
                for n in db.session.scalars(select(Notification))
                if n.kind.startswith("followed")
            )

    return scan


def insert_block(app: Flask, owner: User, rider: User, ride_key: RowKey) -> None:
    row = {
        "region": rider.region,
        "id": uuid4(),
        "rider_id": rider.id,
        "owner_region": owner.region,
        "owner_id": owner.id,
        "ride_region": ride_key.region,
        "ride_id": ride_key.id,
        "reason": "No.",
    }
    with app.app_context():
        execute_write(table(RiderBlock).insert().values(row))


def test_a_rider_is_notified_of_a_vehicle_near_a_place_once_an_hour(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory, scan: Callable[[], list[str]]
) -> None:
    assert ada_browser.send("/following", **PLACE).status_code == 303
    make_vehicle(at=FAR)
    assert scan() == []
    make_vehicle(at=NEAR)
    path = "/city/new%20york?lat=40.75&lon=-73.99"
    assert scan() == [f"followed_place {path} {{'place': 'Station'}}"]
    make_vehicle(at=NEAR)
    assert len(scan()) == 1
    assert "near a place that you follow: Station" in ada_browser.get("/notifications").text
    update_rows(
        app, Follow, Follow.lat.is_not(None), notified_at=Follow.notified_at - QUIET_TIME * 2
    )
    assert len(scan()) == 2


def test_only_vehicles_of_the_type_that_come_by_themselves_count(
    app: Flask, ada: User, ada_browser: Visitor, make_vehicle: VehicleFactory,
    scan: Callable[[], list[str]], make_user: UserFactory,
) -> None:  # fmt: skip
    """Not one that stands there for long, whose reservation was cancelled, that the rider has just
    parked, or whose owner has blocked the rider."""
    ada_browser.send("/following", **{**PLACE, "form_factor": "bicycle"})
    olga = make_user("olga", roles=["owner"])
    bike: dict[str, Any] = {"at": NEAR, "form_factor": "bicycle", "propulsion_type": "human"}
    old, cancelled, parked = (make_vehicle(**bike) for _ in range(3))
    owned = make_vehicle(**bike, owner=olga)
    make_vehicle(at=NEAR)
    update_rows(
        app, Vehicle, Vehicle.id == old.id,
        state_changed_at=Vehicle.state_changed_at - timedelta(minutes=20),
    )  # fmt: skip
    update_rows(app, Vehicle, Vehicle.id == cancelled.id, reserved_until=Vehicle.state_changed_at)
    with app.app_context():
        ride_key = start_ride(ada.key, parked.public_key)
    update_rows(app, Vehicle, Vehicle.id == parked.id, state="available")
    insert_block(app, olga, ada, ride_key)
    assert scan() == []
    update_rows(app, Vehicle, Vehicle.id == owned.id, owner_id=None, owner_region=None)
    assert len(scan()) == 1


def test_an_owner_is_followed_on_the_receipt_of_a_ride(
    app: Flask, ada: User, ada_browser: Visitor, make_vehicle: VehicleFactory,
    make_ended_ride: MakeEndedRide, make_user: UserFactory, scan: Callable[[], list[str]],
) -> None:  # fmt: skip
    """Who hears of vehicles that the owner adds, not of those that are free again."""
    olga = make_user("olga", roles=["owner"])
    ride_key = make_ended_ride(ada.key, owner=olga)
    assert f"/rides/{ride_key}/follow-owner" in ada_browser.get(f"/rides/{ride_key}").text
    update_rows(
        app, Vehicle, Vehicle.owner_id == olga.id,
        created_at=Vehicle.created_at - timedelta(hours=1),
    )  # fmt: skip
    for _ in range(2):
        assert ada_browser.send(f"/rides/{ride_key}/follow-owner").status_code == 303
    assert len(read_rows(app, Follow)) == 1
    assert scan() == []
    other_ride_key = make_ended_ride(ada.key, owner=olga)
    ada_browser.send(f"/rides/{other_ride_key}/follow-owner")
    assert len(read_rows(app, Follow)) == 2, "it does not tell that the owner is the same"
    make_vehicle(owner=olga)
    make_vehicle(owner=olga)
    for _ in range(2):
        assert scan() == ["followed_owner / {}"]
    program = ApiClient.of(app, ada)
    again = program.post("/api/v1/me/follows/owners", json={"ride_id": str(ride_key)})
    assert again.status_code == 204
    assert program.get("/api/v1/me/follows").get_json()[0]["place"] is None
    page = ada_browser.get("/following").text
    assert "The owner of a vehicle that you rode" in page
    assert "Olga" not in page


def test_nobody_follows_the_operator_or_an_owner_who_has_blocked_the_rider(
    app: Flask, ada: User, ada_browser: Visitor, make_ended_ride: MakeEndedRide,
    make_user: UserFactory,
) -> None:  # fmt: skip
    olga = make_user("olga", roles=["owner"])
    ride_key = make_ended_ride(ada.key)
    assert "follow-owner" not in ada_browser.get(f"/rides/{ride_key}").text
    assert ada_browser.send(f"/rides/{ride_key}/follow-owner").status_code == 409
    owned_key = make_ended_ride(ada.key, owner=olga)
    age_ride(app, owned_key, 1)
    insert_block(app, olga, ada, owned_key)
    assert ada_browser.send(f"/rides/{owned_key}/follow-owner").status_code == 409
    assert read_rows(app, Follow) == []


def test_a_form_sent_twice_follows_once_and_nobody_follows_too_much(
    app: Flask, ada: User, ada_browser: Visitor
) -> None:
    ada_browser.send("/following", **PLACE)
    ada_browser.send("/following", **PLACE)
    other_place = ada_browser.send("/following", **{**PLACE, "label": "Home", "lat": 40.76})
    assert "This form was saved before" in other_place.text
    (row,) = read_rows(app, Follow)
    assert (row.label, row.lat) == ("Station", STATION.lat)
    with app.app_context():
        for number in range(MAX_FOLLOWS - 1):
            services.follow_place(
                ada.key, "Here", STATION, radius_m=100, form_factor="", nonce=str(number)
            )
    response = ada_browser.send("/following", **{**PLACE, "nonce": "another"})
    assert response.status_code == 409
    assert "End one first" in response.text
    assert "You can follow 20 places" in response.text
    far_away = ada_browser.send("/following", **{**PLACE, "nonce": "far", "lat": 0, "lon": 0})
    assert far_away.status_code == 422


def test_who_follows_something_ends_it_and_nobody_else_does(
    app: Flask, ada_browser: Visitor, make_user: UserFactory
) -> None:
    ada_browser.send("/following", **PLACE)
    (row,) = read_rows(app, Follow)
    new_browser(app).sign_in(make_user("bob")).send(f"/following/{row.region}.{row.id}/stop")
    assert len(read_rows(app, Follow)) == 1
    ada_browser.send(f"/following/{row.region}.{row.id}/stop")
    assert read_rows(app, Follow) == []


def test_the_followers_of_a_place_do_not_keep_mails_waiting() -> None:
    assert NOTIFY_FOLLOWER.priority > MAIL.priority


def test_nobody_is_notified_of_a_vehicle_that_came_long_ago(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory, scan: Callable[[], list[str]]
) -> None:
    ada_browser.send("/following", **PLACE)
    make_vehicle(at=NEAR)
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        scan_city(city)
    update_rows(
        app, Follow, Follow.lat.is_not(None), notified_at=Follow.notified_at - timedelta(minutes=20)
    )
    assert scan() == []


def test_two_runs_at_once_notify_once(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory, scan: Callable[[], list[str]]
) -> None:
    ada_browser.send("/following", **PLACE)
    make_vehicle(at=NEAR)
    with app.app_context():
        city = catalogue().find("new york")
    assert city
    run_together(app, *[lambda: scan_city(city)] * 4)
    assert len(scan()) == 1


def test_programs_follow_places(app: Flask, ada: User) -> None:
    program, path = ApiClient.of(app, ada), "/api/v1/me/follows"
    place = {"label": "Station", "lat": 40.75, "lon": -73.99, "radius_m": 500}
    answer = program.post(path, json=place)
    assert answer.status_code == 201
    (follow,) = program.get(path).get_json()
    assert follow["id"] == answer.get_json()["id"]
    assert follow["place"] == {**place, "city": "new york", "form_factor": ""}
    assert program.post(path, json={**place, "radius_m": 3}).status_code == 422
    assert program.delete(f"{path}/{follow['id']}").status_code == 204
    assert read_rows(app, Follow) == []


def test_the_search_near_a_point_leads_to_the_form_filled_in(ada_browser: Visitor) -> None:
    near = "/city/new%20york?lat=40.75&lon=-73.99"
    path = "/following?lat=40.75&lon=-73.99&form_factor=bicycle"
    assert path.replace("&", "&amp;") in ada_browser.get(f"{near}&type=bicycle").text
    page = ada_browser.get(f"{path}&label={'x' * 50}").text
    assert f'value="{"x" * MAX_LABEL_LENGTH}"' in page
    assert 'value="40.75"' in page
    assert '<option selected value="bicycle">' in page
    assert "/following" in ada_browser.get("/notifications").text


def test_the_cells_around_a_place_hold_all_points_within_its_radius() -> None:
    for lat in (0.0, 40.75, 69.6):
        place = Point(lat, 18.9999)
        cells = set(cells_around(place, 500))
        assert place.cell in cells
        assert Point(lat, 19.0001).cell in cells
        assert len(cells) <= 12
