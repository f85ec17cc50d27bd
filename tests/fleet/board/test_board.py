"""The board: its numbers are those of the lists that they link to."""

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
            make_vehicle(state=state)
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
    counters = read_counters(manager.get("/fleet").text)
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


def test_a_city_without_vehicles_has_a_board_that_says_so(manager: Visitor) -> None:
    assert "No vehicles yet" in manager.get("/fleet").text
