"""Reservations, paths, ratings and disputes in the API are those of the pages."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle

RIDES, RESERVATION = "/api/v1/rides", "/api/v1/reservation"
HERE = {"lat": 40.7306, "lon": -73.9866}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def program(app: Flask, ada: User) -> ApiClient:
    return ApiClient.of(app, ada)


def problem_name(response: Any) -> str:
    return str(response.get_json()["type"]).rpartition("/")[2]


def end_ride(program: ApiClient, vehicle: Vehicle) -> str:
    """Ride a vehicle; return the address of the ride."""
    started = program.post(RIDES, json={"vehicle_id": str(vehicle.public_key)})
    ride: str = started.headers["Location"]
    assert program.post(f"{ride}/end", json=HERE).status_code == 200
    return ride


def test_a_reservation_is_made_extended_and_cancelled_as_on_its_page(
    program: ApiClient, visitor: Visitor, ada: User, make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:  # fmt: skip
    make_plan(reserve_min=10, reserve_max_min=20, reservation_rate=20)
    vehicle = make_vehicle()
    assert problem_name(program.get(RESERVATION)) == "not-found"
    made = program.post(RESERVATION, json={"vehicle_id": str(vehicle.public_key)})
    assert (made.status_code, made.headers["Location"]) == (201, RESERVATION)
    reservation = program.get(RESERVATION).get_json()
    assert reservation["vehicle"]["id"] == str(vehicle.public_key)
    assert reservation["vehicle"]["state"] == "reserved"
    assert reservation["extension"]["price"] == {"amount": 100, "currency": "USD"}
    assert "$1.00" in visitor.sign_in(ada).get("/rides/reservation").text
    seen = {"seen_until": reservation["until"]}
    for _ in range(2):  # sent twice, it is extended once
        assert program.post(f"{RESERVATION}/extend", json=seen).status_code == 200
    longer = program.get(RESERVATION).get_json()["until"]
    gained = datetime.fromisoformat(longer) - datetime.fromisoformat(seen["seen_until"])
    assert gained == timedelta(minutes=5)
    assert program.delete(RESERVATION).status_code == 204
    assert problem_name(program.get(RESERVATION)) == "not-found"
    again = program.post(RESERVATION, json={"vehicle_id": str(vehicle.public_key)})
    assert problem_name(again) == "rider-owes"  # the extension


def test_the_code_on_a_vehicle_unlocks_it(program: ApiClient, make_vehicle: VehicleFactory) -> None:
    vehicle = make_vehicle(code="ACDE23456X")
    started = program.post(RIDES, json={"code": "acde-2345 6x"})
    assert started.status_code == 201
    running = program.post(RIDES, json={"vehicle_id": str(vehicle.public_key)})
    assert running.get_json() == started.get_json()
    wrong = program.post(RIDES, json={"code": "x"})
    assert (wrong.status_code, problem_name(wrong)) == (404, "no-such-code")
    for body in ({}, {"code": "x", "vehicle_id": str(vehicle.public_key)}):
        assert program.post(RIDES, json=body).status_code == 422


def test_a_path_grows_while_the_ride_runs(program: ApiClient, make_vehicle: VehicleFactory) -> None:
    vehicle = make_vehicle()
    started = program.post(RIDES, json={"vehicle_id": str(vehicle.public_key)})
    path = f"{started.headers['Location']}/path"
    points = [
        {"seconds": 0, "lat": 40.73, "lon": -73.99},
        {"seconds": 30, "lat": 40.731, "lon": -73.99},
    ]
    for _ in range(2):
        assert program.post(path, json={"points": points}).status_code == 204
    assert program.get(path).get_json() == points
    far = [{"seconds": 0, "lat": 91, "lon": 0}]
    refused = program.post(path, json={"points": far})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (
        422,
        "/points/0/lat",
    )


def test_a_ride_is_rated_and_disputed_by_the_forms_of_its_page(
    program: ApiClient, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    ride = end_ride(program, make_vehicle())
    page = f"/rides/{ride.rpartition('/')[2]}"
    assert program.put(f"{ride}/rating", json={"stars": 4, "note": "Fine."}).status_code == 204
    assert "Fine." in visitor.sign_in(ada).get(page).text
    long = program.put(f"{ride}/rating", json={"stars": 4, "note": "x" * 281})
    assert long.get_json()["errors"] == [
        {"pointer": "/note", "detail": "Use at most 280 characters."}
    ]
    dispute = f"{ride}/dispute"
    assert program.get(dispute).get_json() == {"state": "none", "may_write": True, "messages": []}
    assert program.post(f"{dispute}/messages", json={"text": " "}).status_code == 422
    program.key = "one"
    for _ in range(2):
        sent = program.post(f"{dispute}/messages", json={"text": " The price is wrong. "})
        assert (sent.status_code, sent.headers["Location"]) == (201, dispute)
    shown = program.get(dispute).get_json()
    assert shown["state"] == "open"
    assert [each["text"] for each in shown["messages"]] == ["The price is wrong."]
    assert "The price is wrong." in visitor.get(f"{page}/dispute").text


def test_what_is_another_riders_is_not_found(
    app: Flask, program: ApiClient, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ride, stranger = end_ride(program, make_vehicle()), ApiClient.of(app, make_user())
    seen = {"seen_until": "2026-07-31T17:15:00Z"}
    assert problem_name(stranger.post(f"{RESERVATION}/extend", json=seen)) == "reservation-over"
    for path in ("path", "dispute"):
        assert stranger.get(f"{ride}/{path}").status_code == 404
    assert stranger.put(f"{ride}/rating", json={"stars": 1}).status_code == 404
    assert stranger.post(f"{ride}/dispute/messages", json={"text": "x"}).status_code == 404
    assert stranger.post(f"{ride}/path", json={"points": []}).status_code == 404


def test_a_ride_reminds_at_a_time_and_at_a_price(
    program: ApiClient, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(segments=[{"start": 0, "rate": 10, "interval": 1, "end": None}])
    vehicle = make_vehicle()
    ride = program.post(RIDES, json={"vehicle_id": str(vehicle.public_key)}).headers["Location"]
    reminders = f"{ride}/reminders"
    in_an_hour = datetime.now(ZoneInfo("America/New_York")) + timedelta(hours=1)
    at_time = program.put(f"{reminders}/time", json={"time": f"{in_an_hour:%H:%M}"}).get_json()
    assert datetime.fromisoformat(at_time["due_at"]) == in_an_hour.replace(second=0, microsecond=0)
    at_price = program.put(f"{reminders}/price", json={"amount": 200}).get_json()
    assert at_price["amount"] == {"amount": 200, "currency": "USD"}
    listed = program.get(reminders).get_json()
    assert sorted(listed, key=lambda each: each["kind"]) == [at_price, at_time]
    assert program.delete(f"{reminders}/time").status_code == 204
    assert program.get(reminders).get_json() == [at_price]
    too_much = program.put(f"{reminders}/price", json={"amount": 10**9})
    assert problem_name(too_much) == "price-not-reached"
    assert program.post(f"{ride}/end", json=HERE).status_code == 200
    assert program.put(f"{reminders}/price", json={"amount": 200}).status_code == 404
    assert program.get(reminders).get_json() == []
