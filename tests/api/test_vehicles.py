"""Vehicles in the API are those of the pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.factories import PlanFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.fleet.enums import PUBLIC_STATES, VehicleState

NEW_YORK = "/api/v1/cities/new%20york/vehicles"
NEAR = f"{NEW_YORK}?lat=40.7306&lon=-73.9866"


def find_keys(page: str) -> set[str]:
    return set(re.findall(r"/vehicles/([\w-]+\.[0-9a-f-]{36})", page))


def test_the_list_the_page_and_one_vehicle_agree(
    visitor: Visitor, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    plan = make_plan(unlock_fee=100)
    shown = make_vehicle(range_m=12_345)
    for state in ("on_trip", "non_operational"):
        make_vehicle(state=state)
    (listed,) = visitor.get(NEW_YORK).get_json()
    assert {listed["id"]} == {str(shown.public_key)} == find_keys(visitor.get("/").text)
    assert listed == visitor.get(f"/api/v1/vehicles/{shown.public_key}").get_json()
    assert listed["position"] == {"lat": shown.lat, "lon": shown.lon}
    assert listed["price"]["plan_id"] == str(plan.id)
    assert listed["price"]["unlock_fee"] == {"amount": 100, "currency": "USD"}
    assert listed["price"]["text"] in visitor.get(f"/vehicles/{shown.public_key}").text
    assert (listed["state"], listed["distance_m"]) == ("available", None)
    (near,) = visitor.get(NEAR).get_json()
    assert near == listed | {"distance_m": 0}
    on_map = visitor.get(f"{NEW_YORK}/map?bbox=40.72,-74.0,40.74,-73.98").get_json()
    assert on_map == {"vehicle_count": 1, "vehicles": [listed], "clusters": []}


@pytest.mark.parametrize("state", VehicleState)
def test_a_vehicle_is_found_by_its_id_only_in_states_that_lists_may_show(
    visitor: Visitor, make_vehicle: VehicleFactory, state: VehicleState
) -> None:
    """Who polls a vehicle on a trip must not learn where it is, nor when the ride ends."""
    vehicle = make_vehicle(state=state)
    response = visitor.get(f"/api/v1/vehicles/{vehicle.public_key}")
    assert response.status_code == (200 if state in PUBLIC_STATES else 404)
    assert ("position" in response.text) == (state in PUBLIC_STATES)


def test_nothing_of_a_vehicle_lasts_over_a_ride(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(brand="Pegasus", color="green", range_m=12_345, battery_percent=61)
    response = visitor.get(NEW_YORK)
    for value in (str(vehicle.id), "Pegasus", "green", "12345", "battery", str(vehicle.code)):
        assert value not in response.text
    assert response.get_json()[0]["range_m"] % 1_000 == 0


def test_pages_lead_to_each_other(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    keys = {str(make_vehicle(at=(40.73 + n / 1000, -73.98)).public_key) for n in range(5)}
    for url in (NEW_YORK, NEAR):
        found: list[str] = []
        while url:
            response = visitor.get(url)
            found += [vehicle["id"] for vehicle in response.get_json()]
            link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
            url = link[1] if link else ""
        assert (len(found), set(found)) == (5, keys)


@pytest.mark.parametrize(
    "query",
    ["?lat=1", "?lat=91&lon=1", "?lat=nan&lon=1", "?radius_m=0", "?form_factor=cow", "?x=1",
     "/map", "/map?bbox=1,2,3"],
)  # fmt: skip
def test_values_that_are_not_valid_are_named(visitor: Visitor, query: str) -> None:
    response = visitor.get(NEW_YORK + query)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["detail"]


def test_a_list_costs_one_round_trip_and_reads_no_token(
    app: Flask, make_vehicle: VehicleFactory, round_trips: Callable[[], int], make_user: Any
) -> None:
    vehicle, program = make_vehicle(), ApiClient.of(app, make_user())
    round_trips()
    for url in (NEW_YORK, NEAR, f"/api/v1/vehicles/{vehicle.public_key}"):
        assert program.get(url).status_code == 200
        assert round_trips() == 1
