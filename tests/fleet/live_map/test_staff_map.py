"""The map of staff: vehicles in any state with their alerts, and the filters of the list."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.fleet.live_map import queries, staff_queries

BOX = "bbox=40.6,-74.1,40.8,-73.8"


@pytest.fixture
def mechanic(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("mo", roles={"mechanic": ["new york"]}))


def read(browser: Visitor, query: str = "") -> Any:
    """Return the answer for New York."""
    response = browser.get(f"/fleet/map.json?city=new+york&{BOX}&{query}")
    assert response.status_code == 200
    return response.get_json()


def test_vehicles_are_shown_with_state_battery_and_alerts(
    mechanic: Visitor, make_vehicle: VehicleFactory
) -> None:
    lost = make_vehicle(state="missing", at=(40.7, -74.0), battery_percent=3)
    low = make_vehicle(at=(40.71, -74.0), battery_percent=3)
    make_vehicle(at=(41.9, -74.0))
    answer = read(mechanic)
    assert (answer["number"], answer["groups"]) == (2, [])
    shown = {key: rest for key, *rest in answer["vehicles"]}
    assert shown[str(lost.key)][3:] == ["missing", *shown[str(lost.key)][4:6], 3, []]
    assert shown[str(low.key)][3] == "available"
    assert shown[str(low.key)][-1] == ["Low battery"]


def test_the_filters_of_the_list_filter_the_map(
    mechanic: Visitor, make_vehicle: VehicleFactory
) -> None:
    spot: dict[str, Any] = {"at": (40.7, -74.0)}
    make_vehicle(**spot, battery_percent=3, brand="Xiaomi")
    make_vehicle(**spot, form_factor="bicycle", propulsion_type="human")
    make_vehicle(**spot, state="non_operational")
    make_vehicle(**spot, state="reserved", reserved_until=datetime(2026, 1, 1, tzinfo=UTC))
    for query, number in {
        "": 4,
        "state=available": 3,
        "state=non_operational": 1,
        "type=bicycle": 1,
        "alert=battery_low": 1,
        "alert=battery_low&type=bicycle": 0,
        "q=xiaomi": 1,
    }.items():
        assert read(mechanic, query)["number"] == number, query


def test_many_vehicles_are_clusters(
    mechanic: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (queries, staff_queries):
        monkeypatch.setattr(module, "MAX_VEHICLES", 2)
    for _ in range(3):
        make_vehicle(at=(40.7, -74.0))
    answer = read(mechanic)
    assert (answer["number"], answer["vehicles"]) == (3, [])
    assert [group[2] for group in answer["groups"]] == [3]


def test_while_nothing_changes_the_answer_is_empty(
    mechanic: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=(40.7, -74.0))
    address = f"/fleet/map.json?city=new+york&{BOX}"
    etag = mechanic.get(address).headers["ETag"]
    assert mechanic.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("query", ["bbox=nonsense", "bbox=1,2,3", "state=nonsense"])
def test_what_no_map_asks_for_is_a_bad_request(mechanic: Visitor, query: str) -> None:
    assert mechanic.get(f"/fleet/map.json?city=new+york&{query}").status_code == 400


def test_analysts_see_no_single_vehicles(app: Flask, make_user: UserFactory) -> None:
    analyst = new_browser(app).sign_in(make_user("anna", roles=["analyst"]))
    assert analyst.get("/fleet/map").status_code == 403
    assert analyst.get(f"/fleet/map.json?{BOX}").status_code == 403
