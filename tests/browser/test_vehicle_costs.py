"""What a vehicle has earned and cost, in a browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from tests.rides.vehicle_costs import add_ride, add_task, month_ago


@pytest.mark.browser
def test_a_manager_reads_what_a_vehicle_has_earned_and_cost(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("nora", roles={"fleet": ["new york"]})
    vehicle = make_vehicle()
    with app.app_context():
        for months in range(6):
            add_ride(vehicle, month_ago(months), 1450, refunded=50)
            add_task(vehicle, month_ago(months), 25)
    screen = open_screen()
    screen.sign_in("nora")
    page = screen.go(f"/fleet/vehicles/{vehicle.key}")
    page.get_by_role("link", name="Costs and parts").click()
    expect(page.get_by_role("heading", name="What is counted")).to_be_visible()
    screen.inspect("costs")
