"""Owners see their vehicles and earnings by the API as on their pages."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.api.client import ApiClient
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import insert_report
from tests.rides.earnings.steps import insert_entry, insert_share
from webapp.db.transactions import execute_write
from webapp.fleet.api import own_vehicles
from webapp.fleet.models import Vehicle
from webapp.fleet.services.edit import edit_vehicle
from webapp.rides.earnings.queries.earnings import read_city_earnings

ME = "/api/v1/me"
BIKE = {
    "type": "bike", "brand": "Pegasus", "color": "green", "address": "12 Main Street",
    "lat": 40.73, "lon": -73.99,
}  # fmt: skip


def test_an_owner_sees_the_own_vehicles_and_the_reports_about_them(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    owner, other = make_user(roles=["owner"]), make_user(roles=["owner"])
    mine, theirs = make_vehicle(owner=owner, battery_percent=61), make_vehicle(owner=other)
    make_vehicle(owner=owner, state="removed")
    report = insert_report(app, mine, note="A flat tyre")
    program = ApiClient.of(app, owner)
    (listed,) = program.get(f"{ME}/vehicles").get_json()
    assert (listed["id"], listed["open_report_count"]) == (str(mine.key), 1)
    assert (listed["code"], listed["battery_percent"]) == (mine.code, 61)
    assert program.get(f"{ME}/vehicles?state=missing").get_json() == []
    shown = program.get(f"{ME}/vehicles/{mine.key}").get_json()
    assert shown["reports"][0] | {"created_at": ""} == {
        "id": str(report), "kind": "damage", "called_unsafe": False, "critical": False, "state": "new",
        "note": "A flat tyre", "created_at": "",
    }  # fmt: skip
    assert program.get(f"{ME}/vehicles/{theirs.key}").status_code == 404
    assert program.get(f"{ME}/vehicles/{theirs.key}/earnings").status_code == 404


def test_earnings_are_those_of_the_page(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    owner = make_user(roles=["owner"])
    vehicle, program = make_vehicle(owner=owner), ApiClient.of(app, owner)
    insert_share(app, owner, 1_250)
    for amount in (250, 125):
        insert_entry(app, owner, vehicle, amount, date(2026, 10, 1))
    (city,) = program.get(f"{ME}/earnings").get_json()
    with app.app_context():
        (expected,) = read_city_earnings(owner.key)
    assert (city["city"], city["share_basis_points"]) == ("new york", 1_250)
    assert city["balance"] == {"amount": expected.balance, "currency": "USD"}
    month = {
        "ride_count": 2,
        "net_price": {"amount": 3_750, "currency": "USD"},
        "earned": {"amount": 375, "currency": "USD"},
    }
    assert city["months"] == [{"month": "2026-10-01", **month}]
    rows = program.get(f"{ME}/earnings/new%20york/2026-10").get_json()
    assert rows == [{"vehicle_id": str(vehicle.key), **month}]
    assert program.get(f"{ME}/vehicles/{vehicle.key}/earnings").get_json()[0]["ride_count"] == 2
    assert program.get(f"{ME}/payouts/new%20york").get_json() == []
    assert program.get(f"{ME}/payouts/paris").status_code == 404
    assert program.get(f"{ME}/earnings/new%20york/october").status_code == 404


def test_an_owner_adds_a_vehicle_once_and_takes_it_out_of_the_fleet(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    rider = make_user(city="new york")
    program, theirs = ApiClient.of(app, rider), make_vehicle(owner=make_user())
    first, again = (
        program.post(f"{ME}/vehicles", json=BIKE, headers={"Idempotency-Key": "bike"})
        for _ in range(2)
    )
    assert (first.status_code, again.data) == (201, first.data)
    (listed,) = program.get(f"{ME}/vehicles").get_json()
    assert listed["id"] == first.get_json()["id"]
    assert (listed["form_factor"], listed["brand"], listed["address"]) == (
        "bicycle", "Pegasus", "12 Main Street",
    )  # fmt: skip
    for wrong in ({"type": "rocket"}, {"brand": ""}, {"color": "a\nb"}, {"lat": 91}):
        assert program.post(f"{ME}/vehicles", json=BIKE | wrong).status_code == 422, wrong
    path = first.headers["Location"]
    for _ in range(2):
        assert program.post(f"{path}/retire").status_code == 204
    assert program.get(f"{ME}/vehicles").get_json() == []
    assert program.post(f"{ME}/vehicles/{theirs.key}/retire").status_code == 404
    ridden = make_vehicle(owner=rider, state="on_trip")
    response = program.post(f"{ME}/vehicles/{ridden.key}/retire")
    assert response.get_json()["type"].endswith("/problems/vehicle-in-use")
    assert row(Vehicle, ridden.key).state == "on_trip"


def test_an_owner_changes_a_vehicle_by_the_rules_of_the_page(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    owner = make_user(roles=["owner"])
    program, mine = ApiClient.of(app, owner), make_vehicle(owner=owner)
    theirs, ridden = make_vehicle(owner=make_user()), make_vehicle(owner=owner, state="on_trip")
    path = f"{ME}/vehicles/{mine.key}"
    match = {"If-Match": program.get(path).headers["ETag"]}
    assert program.put(path, json=BIKE, headers=match).status_code == 204
    shown = program.get(path).get_json()
    assert (shown["form_factor"], shown["color"], shown["position"]) == (
        "bicycle", "green", {"lat": 40.73, "lon": -73.99},
    )  # fmt: skip
    stale = program.put(path, json=BIKE | {"color": "red"}, headers=match)
    assert (stale.status_code, read_problem(stale)) == (412, "precondition-failed")
    for wrong in ({"type": "rocket"}, {"brand": " "}, {"color": "a\nb"}, {"lat": 91}, {"lat": 0}):
        assert program.put(path, json=BIKE | wrong).status_code == 422, wrong
    assert row(Vehicle, mine.key).color == "green"
    assert program.put(f"{ME}/vehicles/{theirs.key}", json=BIKE).status_code == 404
    refused = program.put(f"{ME}/vehicles/{ridden.key}", json=BIKE)
    assert (refused.status_code, read_problem(refused)) == (409, "vehicle-in-use")


def test_what_is_changed_while_a_program_sends_its_change_is_not_written_over(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_user(roles=["owner"])
    program, vehicle = ApiClient.of(app, owner), make_vehicle(owner=owner)
    path = f"{ME}/vehicles/{vehicle.key}"
    match = {"If-Match": program.get(path).headers["ETag"]}

    def change_before(*arguments: Any) -> None:
        execute_write(update(Vehicle).where(Vehicle.id == vehicle.id).values(brand="Giant"))
        edit_vehicle(*arguments)

    monkeypatch.setattr(own_vehicles, "edit_vehicle", change_before)
    assert program.put(path, json=BIKE, headers=match).status_code == 412
    assert row(Vehicle, vehicle.key).brand == "Giant"


def read_problem(response: Any) -> str:
    return str(response.get_json()["type"]).rpartition("/")[2]
