"""The board: its numbers are those of the lists that they link to."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.board.pages import count_rows, read_counters
from tests.visitor import Visitor
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.labels import FORM_FACTOR_LABELS, STATE_LABELS

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


def make_vehicles_in_all_states(make_vehicle: VehicleFactory) -> None:
    for number, state in enumerate(VehicleState, start=1):
        for _ in range(number):
            make_vehicle(state=state, picked_up_at=LONG_AGO if state == "removed" else None)
    make_vehicle(state="removed", form_factor="car")
    make_vehicle(state="reserved", reserved_until=LONG_AGO)
    make_vehicle(state="reserved", reserved_until=datetime.now(UTC) + timedelta(hours=1))
    make_vehicle(form_factor="bicycle", propulsion_type="electric")
    make_vehicle(
        form_factor="bicycle", propulsion_type="human", state="reserved", reserved_until=LONG_AGO
    )
    make_vehicle("paris", form_factor="car")


def test_each_number_is_that_of_the_rows_in_its_list(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicles_in_all_states(make_vehicle)
    _, numbers = manager.get("/fleet").text.split('id="by-state"')
    counters = read_counters(numbers)
    for label in STATE_LABELS.values():
        number, url = counters[str(label)]
        assert number == count_rows(manager, url) > 0, label
    for form_factor in (FormFactor.BICYCLE, FormFactor.SCOOTER_STANDING):
        number, url = counters[str(FORM_FACTOR_LABELS[form_factor])]
        assert number == count_rows(manager, url) > 0, form_factor
    assert str(FORM_FACTOR_LABELS[FormFactor.CAR]) not in counters


def test_analysts_see_numbers_and_no_list(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    page = analyst.get("/fleet").text
    assert read_counters(page)[str(STATE_LABELS[VehicleState.AVAILABLE])] == (1, "")
    assert "/fleet/vehicles" not in page
    assert analyst.get("/fleet/vehicles").status_code == 403


def test_the_former_address_of_the_list_leads_to_it(manager: Visitor) -> None:
    response = manager.get("/fleet?city=new+york&state=available")
    assert response.status_code == 302
    assert response.location == "/fleet/vehicles?city=new+york&state=available"


def test_the_former_name_of_an_alert_in_a_kept_address_lists_the_same(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(battery_percent=5, brand="Empty")
    make_vehicle(battery_percent=95, brand="Full")
    page = manager.get("/fleet/vehicles?city=new+york&alert=low_battery").text
    assert "Empty" in page
    assert "Full" not in page
    assert '<option selected value="battery_low">' in page


def test_a_city_without_vehicles_has_a_board_that_says_so(manager: Visitor) -> None:
    assert "No vehicles yet" in manager.get("/fleet").text


@pytest.fixture
def two_cities(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("pia", roles={"fleet": ["new york", "paris"]}))


def test_a_manager_of_several_cities_sees_a_row_for_each(
    two_cities: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    make_vehicle("paris", battery_percent=1)
    make_vehicle("boston")
    page = two_cities.get("/fleet").text
    assert 'href="/fleet?city=paris"' in page
    assert 'href="/fleet/vehicles?city=new+york&amp;state=available"' in page
    assert "Boston" not in page
    assert 'data-number="paris alerts">1<' in page
    assert 'data-number="new york alerts">0<' in page


def test_an_open_board_gets_new_numbers_and_else_an_empty_answer(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    first = manager.get("/fleet/board.json?city=new+york")
    assert first.get_json()["new york state available"] == ["1", False]
    etag = first.headers["ETag"]
    address = "/fleet/board.json?city=new+york"
    assert manager.get(address, headers={"If-None-Match": etag}).status_code == 304
    make_vehicle(battery_percent=1)
    changed = manager.get(address, headers={"If-None-Match": etag})
    assert changed.get_json()["new york state available"] == ["2", False]
    assert changed.get_json()["new york alert battery_low"] == ["1", True]


def test_the_page_and_its_numbers_have_the_same_names(
    two_cities: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    for query in ("", "?city=new+york"):
        names = set(re.findall(r'data-number="([^"]*)"', two_cities.get(f"/fleet{query}").text))
        assert names
        assert names <= set(two_cities.get(f"/fleet/board.json{query}").get_json())


def test_boards_that_are_open_together_cost_one_statement(
    app: Flask,
    manager: Visitor,
    two_cities: Visitor,
    round_trips: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.extensions["movr_board"], "max_age_s", 60.0)
    manager.get("/fleet")
    round_trips()
    for browser in (manager, two_cities):
        for _ in range(3):
            browser.get("/fleet/board.json?city=new+york")
    assert round_trips() == 6  # the account of each
