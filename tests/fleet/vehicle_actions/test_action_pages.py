"""The pages on which staff act on a vehicle."""

import re

import pytest
from flask import Flask

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import FileReport
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction


def read_hidden_fields(html: str) -> dict[str, str]:
    fields = re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', html)
    return dict(fields)


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user(roles={"fleet": ["new york"]}))


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory) -> Vehicle:
    return make_vehicle(propulsion_type="electric", battery_percent=30)


def test_each_action_that_is_possible_has_a_page_and_is_done(
    staff: Visitor, vehicle: Vehicle
) -> None:
    page = f"/fleet/vehicles/{vehicle.key}"
    fields = {
        "take_out_of_service": {"reason": "maintenance"},
        "swap_battery": {"battery_percent": "90"},
        "move": {"lat": "40.73", "lon": "-73.99"},
        "pick_up": {"reason": "rebalance_pick_up"},
        "deploy": {"lat": "40.73", "lon": "-73.99"},
        "edit": {"brand": "Okai", "color": "red"},
    }
    order = [
        "take_out_of_service", "return_to_service", "swap_battery", "move", "pick_up", "deploy",
        "mark_missing", "mark_found", "edit", "change_code", "transfer", "retire",
    ]  # fmt: skip
    assert set(order) == set(VehicleAction)
    for action in order:
        assert f"{page}/actions/{action}" in staff.get(page).text
        form = staff.get(f"{page}/actions/{action}")
        assert form.status_code == 200
        nonce = re.search(r'name="nonce" type="hidden" value="(\w+)"', form.text)
        assert nonce
        sent = {**fields.get(action, {}), "nonce": nonce[1], "note": f"because of {action}"}
        response = staff.send(f"{page}/actions/{action}", **sent)
        assert (response.status_code, response.location) == (303, page), action
        shown = staff.get(page)
        assert shown.status_code == 200
        assert f"because of {action}" in shown.text
    assert "/actions/" not in staff.get(page).text, "it has left the fleet"


def test_a_form_that_is_sent_twice_is_done_once(
    staff: Visitor, vehicle: Vehicle, row: RowReader
) -> None:
    page = f"/fleet/vehicles/{vehicle.key}/actions/change_code"
    codes = set()
    for _ in range(2):
        assert staff.send(page, nonce="3").status_code == 303
        codes.add(row(Vehicle, vehicle.key).code)
    assert len(codes) == 1


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("non_operational", "battery_low", "Battery swap saved."),
        ("non_operational", "maintenance", "it needs repair or a check"),
        ("non_operational", "system_suspend", "service is suspended"),
        ("non_operational", None, "a report or its feed has taken it out"),
        ("available", None, "Battery swap saved."),
    ],
)
def test_a_swapped_battery_says_what_else_keeps_the_vehicle_out_of_service(
    staff: Visitor, make_vehicle: VehicleFactory, state: str, reason: str | None, words: str
) -> None:
    vehicle = make_vehicle(
        propulsion_type="electric", battery_percent=3, state=state, out_of_service_reason=reason
    )
    page = f"/fleet/vehicles/{vehicle.key}"
    staff.send(f"{page}/actions/swap_battery", battery_percent="100", nonce="1")
    shown = staff.get(page).text
    assert words in shown
    assert ("The vehicle stays out of service" in shown) == (words != "Battery swap saved.")


def test_a_swapped_battery_says_that_an_unsafe_report_is_open(
    staff: Visitor, ada: User, vehicle: Vehicle, file_report: FileReport, row: RowReader
) -> None:
    file_report(ada, vehicle, critical=True)
    page = f"/fleet/vehicles/{vehicle.key}"
    staff.send(f"{page}/actions/swap_battery", battery_percent="100", nonce="1")
    assert "stays out of service: a report says that it is not safe" in staff.get(page).text
    assert row(Vehicle, vehicle.key).state == "non_operational"


def test_of_two_who_change_the_owner_the_later_is_told(
    app: Flask, staff: Visitor, vehicle: Vehicle, make_user: UserFactory, row: RowReader
) -> None:
    first, second = make_user("first"), make_user("second")
    page = f"/fleet/vehicles/{vehicle.key}/actions/transfer"
    opened = [read_hidden_fields(staff.get(page).text) for _ in range(2)]
    assert staff.send(page, **opened[0], owner="first").status_code == 303
    assert staff.send(page, **opened[0], owner="first").status_code == 303  # a second press
    response = staff.send(page, **opened[1], owner="second")
    assert response.status_code == 409
    assert "Somebody else has changed this since you opened it" in response.text
    assert f'Owner now</dt><dd><a href="/users/{first.key}/account">' in response.text
    assert 'value="second"' in response.text
    assert row(Vehicle, vehicle.key).owner_id == first.id
    sent = read_hidden_fields(response.text) | {"owner": "second"}
    assert staff.send(page, **sent).status_code == 303
    assert row(Vehicle, vehicle.key).owner_id == second.id
    assert staff.send(page, nonce="n", seen="no id", owner="first").status_code == 409
    assert staff.send(page, nonce="m", owner="").status_code == 303  # a page of an older release
    assert row(Vehicle, vehicle.key).owner_id is None


@pytest.mark.parametrize(
    ("action", "fields", "error"),
    [
        ("swap_battery", {"battery_percent": "101"}, "Enter a whole number from 1 to 100."),
        ("swap_battery", {"battery_percent": "full"}, "Enter a whole number."),
        ("move", {}, "Tap the map where it is, or enter the coordinates."),
        ("move", {"lat": "48.8", "lon": "2.3"}, "more than 100 km from the city"),
        ("edit", {"brand": "", "color": "red"}, "Fill this in."),
        ("transfer", {"owner": "nobody"}, "There is no account with that name."),
        ("take_out_of_service", {"reason": "boredom"}, "Choose an option from the list."),
        ("pick_up", {"reason": "rebalance_pick_up", "note": "x" * 281}, "at most 280 characters"),
        ("deploy", {"lat": "40.73", "lon": "-73.99"}, "the vehicle is “Available” now"),
    ],
)
def test_what_is_wrong_is_said_and_the_note_is_kept(
    staff: Visitor, vehicle: Vehicle, action: str, fields: dict[str, str], error: str
) -> None:
    page = f"/fleet/vehicles/{vehicle.key}/actions/{action}"
    response = staff.send(page, **{"note": "the left brake", **fields})
    assert response.status_code in (404, 409, 422)
    assert error in response.text
    if "note" not in fields:
        assert 'value="the left brake"' in response.text


def test_the_page_of_an_action_that_is_not_possible_says_why(
    staff: Visitor, vehicle: Vehicle
) -> None:
    response = staff.get(f"/fleet/vehicles/{vehicle.key}/actions/deploy")
    assert response.status_code == 409
    assert "Not possible" in response.text
    assert staff.get(f"/fleet/vehicles/{vehicle.key}/actions/fly").status_code == 404
