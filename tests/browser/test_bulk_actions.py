"""Staff act on many vehicles in a browser."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import run_jobs


@pytest.mark.browser
def test_staff_select_vehicles_see_what_changes_and_undo_it(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("nora", roles={"fleet": ["new york"]})
    for number in range(4):
        make_vehicle(brand="Pegasus", color="green", address=f"{number} Baker Street")
    make_vehicle(state="on_trip")
    screen = open_screen()
    screen.sign_in("nora")
    page = screen.go("/fleet/vehicles?city=new+york")
    page.get_by_role("checkbox").first.check()
    screen.inspect("list")
    page.get_by_role("button", name="Act on all that match").click()
    screen.inspect("choose")
    page.get_by_role("link", name="Take out of service").click()
    screen.inspect("preview")
    page.get_by_role("button", name="4 vehicles").click()
    page.get_by_text("of 5 vehicles").wait_for()
    screen.inspect("running")
    run_jobs(app)
    page.get_by_role("link", name="Undo").wait_for(timeout=15_000)
    screen.inspect("results")
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Return to service: 4 vehicles").click()
    page.get_by_text("of 4 vehicles").wait_for()
    run_jobs(app)
    screen.go("/fleet/bulk-actions?city=new+york")
    screen.inspect("actions")
