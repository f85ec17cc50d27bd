"""The pages of bulk actions: from the list of vehicles to the results."""

import re
from html import unescape
from unittest.mock import Mock

import pytest
from flask import Flask

from tests.auth.steps import new_browser, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.bulk_actions.steps import insert_bulk_action
from tests.job_steps import run_jobs
from tests.visitor import Visitor
from webapp.fleet.bulk_actions import selection
from webapp.fleet.bulk_actions.jobs import do_bulk_action
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.fleet.models import Vehicle
from webapp.jobs.kinds import KeyPayload

NEW = "/fleet/bulk-actions/new"


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


def start(browser: Visitor, query: str, **fields: str) -> str:
    response = browser.send(f"{NEW}?city=new+york&{query}", note="Storm", **fields)
    assert response.status_code == 303, response.text
    location: str = response.location
    return location


def test_all_that_match_a_filter_are_changed_and_changed_back(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    for state in ("available", "available", "available", "on_trip"):
        make_vehicle(state=state, color="green")
    make_vehicle(color="black")
    page = manager.get("/fleet/vehicles?city=new+york&q=green").text
    assert 'name="q" value="green"' in page
    query = "q=green&all=1&action=take_out_of_service"
    preview = manager.get(f"{NEW}?city=new+york&{query}").text
    assert "Take out of service: 3 vehicles" in preview
    assert "/fleet/vehicles?city=new+york&amp;q=green" in preview  # back to the filtered list
    assert "Stays: someone is riding it" in preview
    results = start(manager, query, reason="maintenance")
    assert "data-refresh" in manager.get(results).text
    run_jobs(app)
    page = manager.get(results).text
    assert "data-refresh" not in page
    assert page.count("/fleet/vehicles/") == 4
    assert manager.get(f"{results}?result=done").text.count("/fleet/vehicles/") == 3
    file = manager.get(f"{results}/results.csv").text
    assert file.count("done,available") == 3
    assert "ridden,on_trip" in file
    assert "Return to service: 3 vehicles" in manager.get(f"{results}/undo").text
    undone = manager.send(f"{results}/undo", note="").location
    run_jobs(app)
    page = manager.get(undone).text
    assert "Return to service (undo)" in page
    assert "/undo" not in page
    assert manager.get(f"{undone}/undo").location == undone
    page = manager.get("/fleet/bulk-actions?city=new+york").text
    assert "Storm" in page
    assert page.count("Nora L.") == 2


def test_all_vehicles_of_an_alert_are_changed(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for percent in (5, 6, 7, 90):
        make_vehicle(battery_percent=percent)
    page = manager.get("/fleet/vehicles?city=new+york&alert=battery_low").text
    assert "Act on all that match" in page
    query = "alert=battery_low&all=1&action=swap_battery"
    assert "Swap battery: 3 vehicles" in manager.get(f"{NEW}?city=new+york&{query}").text
    results = start(manager, query, battery_percent="100")
    run_jobs(app)
    assert manager.get(results).text.count("/fleet/vehicles/") == 3
    monkeypatch.setattr(selection, "MAX_VEHICLES", 2)
    preview = manager.get(f"{NEW}?city=new+york&all=1&action=take_out_of_service").text
    assert "The first 2 of 4 vehicles." in preview
    assert "Take out of service: 2 vehicles" in preview


def test_selected_vehicles_are_changed(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicles = [make_vehicle() for _ in range(3)]
    page = manager.get("/fleet/vehicles?city=new+york").text
    assert f'name="vehicle-{vehicles[0].id}"' in page
    query = f"vehicle-{vehicles[0].id}=on&vehicle-{vehicles[1].id}=on&vehicle-nonsense=on"
    links = manager.get(f"{NEW}?city=new+york&{query}").text
    assert "2 vehicles selected." in links
    link = unescape(re.findall(r'href="([^"]+action=mark_missing[^"]*)"', links)[0])
    assert "Mark as missing: 2 vehicles" in manager.get(link).text


@pytest.mark.parametrize(
    "wrong", ["alert=battery-low", "state=lost&endpoint=x", "type=boat", "q=" + "x" * 61]
)
def test_a_wrong_filter_selects_nothing_and_is_explained_beside_its_field(
    manager: Visitor, make_vehicle: VehicleFactory, wrong: str
) -> None:
    """Without its wrong part the filter would select all vehicles of the city."""
    make_vehicle()
    answer = manager.get(f"{NEW}?city=new+york&{wrong}&all=1&action=take_out_of_service")
    assert answer.status_code == 302
    page = manager.get(answer.location)
    assert page.status_code == 422
    assert "field-error" in page.text


def test_retiring_many_needs_their_number(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    for _ in range(11):
        make_vehicle()
    url = f"{NEW}?city=new+york&all=1&action=retire"
    page = manager.get(url).text
    assert "Type the number." in page
    assert 'name="shown_count" type="hidden" value="11"' in page
    for typed in ("", "10", "many"):
        response = manager.send(url, vehicle_count=typed, shown_count="11")
        assert response.status_code == 422, typed
        assert "Type 11 to go on." in response.text
    assert manager.send(url, vehicle_count="11").status_code == 422, "no page has shown it"
    assert manager.send(url, vehicle_count="11", shown_count="11").status_code == 303


def test_the_number_that_was_shown_is_accepted_unless_more_would_be_retired_now(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    first, *_ = (make_vehicle() for _ in range(12))
    url = f"{NEW}?city=new+york&all=1&action=retire"
    response = manager.send(url, vehicle_count="11", shown_count="11")
    assert (response.status_code, "Type 12 to go on." in response.text) == (422, True)
    assert 'name="shown_count" type="hidden" value="12"' in response.text
    update_rows(app, Vehicle, Vehicle.id == first.id, state="on_trip")
    assert manager.send(url, vehicle_count="12", shown_count="12").status_code == 303


def test_nothing_selected_and_nothing_to_change_say_so(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    assert "No vehicles selected" in manager.get(NEW).text
    make_vehicle()
    url = f"{NEW}?all=1&action=return_to_service"
    assert "Nothing to change" in manager.get(url).text
    assert manager.send(url).status_code in (200, 422)


def test_who_may_not_change_vehicles_gets_no_boxes(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    support = new_browser(app).sign_in(make_user("sam", roles={"support": ["new york"]}))
    assert "select-vehicle" not in support.get("/fleet/vehicles?city=new+york").text
    assert support.get(NEW).status_code == 403


def test_mechanics_see_no_bulk_action_of_managers(app: Flask, make_user: UserFactory) -> None:
    key = insert_bulk_action(app, action="retire")
    mechanic = new_browser(app).sign_in(make_user("max", roles={"mechanic": ["new york"]}))
    assert mechanic.get(f"/fleet/bulk-actions/{key}").status_code == 404
    assert mechanic.get(f"/fleet/bulk-actions/{key}/results.csv").status_code == 404
    assert mechanic.get(f"{NEW}?all=1&action=retire").status_code == 404


def test_an_action_of_a_newer_release_is_shown_as_it_is_and_left_to_it(
    app: Flask, manager: Visitor, row: RowReader
) -> None:
    key = insert_bulk_action(app, action="polish", finished_at=None)
    page = f"/fleet/bulk-actions/{key}"
    for path in (page, "/fleet/bulk-actions?city=new+york"):
        assert "polish" in manager.get(path).text
    assert manager.get(f"{page}/results.csv").status_code == 200
    assert manager.get(f"{page}/undo").location == page
    with app.app_context(), pytest.raises(ValueError, match="polish"):  # so the job is tried again
        do_bulk_action(KeyPayload(*key), Mock())
    assert row(BulkAction, key).finished_at is None
