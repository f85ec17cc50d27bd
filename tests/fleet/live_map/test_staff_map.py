"""The map of staff: vehicles in any state with their alerts, and the filters of the list."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.visitor import Visitor
from webapp.fleet.board.counting import count_vehicles
from webapp.fleet.live_map import queries, staff_queries, staff_services

BOX, STREET = "bbox=40.6,-74.1,40.8,-73.8", "bbox=40.7,-74.01,40.72,-73.99"


@pytest.fixture
def mechanic(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("mo", roles={"mechanic": ["new york"]}))


def read(browser: Visitor, query: str = "", box: str = BOX) -> Any:
    """Return the answer for New York."""
    response = browser.get(f"/fleet/map.json?city=new+york&{box}&{query}")
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


@pytest.mark.parametrize("box", [BOX, STREET])
def test_clusters_say_where_vehicles_are_in_a_city_and_in_a_street(
    app: Flask,
    mechanic: Visitor,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
    box: str,
) -> None:
    for module in (queries, staff_queries):
        monkeypatch.setattr(module, "MAX_VEHICLES", 2)
    places = [(40.7041, -74.0041)] * 3 + [(40.7141, -73.9941)]
    for at in places:
        make_vehicle(at=at)
    make_vehicle(at=(41.9, -74.0))
    with app.app_context():
        count_vehicles(find_city(), most=2)
    answer = read(mechanic, box=box)
    assert (answer["number"], answer["vehicles"], answer["more"]) == (4, [], False)
    assert [group[2] for group in answer["groups"]] == [3, 1]
    for (lat, lon, *_), place in zip(answer["groups"], [places[0], places[3]], strict=True):
        assert (lat, lon) == pytest.approx(place, abs=0.006)


def test_a_street_with_more_vehicles_than_are_read_has_the_clusters_of_its_cells(
    mechanic: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (queries, staff_queries):
        monkeypatch.setattr(module, "MAX_VEHICLES", 1)
    for module in (staff_queries, staff_services):
        monkeypatch.setattr(module, "MAX_READ", 2)
    street = "bbox=40.7,-74,40.72,-73.98"
    for lon in (-73.9941, -73.9945, -73.9845):
        make_vehicle(at=(40.7041, lon), battery_percent=3)
    answer = read(mechanic, box=street)
    assert (answer["number"], answer["more"]) == (3, False)
    assert [group[2] for group in answer["groups"]] == [2, 1]
    answer = read(mechanic, "alert=battery_low", box=street)
    assert (answer["number"], answer["more"]) == (2, True)


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
