"""A rider whose reserved vehicle was taken out of service, at the next look at a page."""

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import run_jobs
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.rides.reservations.services import reserve_vehicle


def test_withdrawn_reservation(
    app: Flask,
    app_context: None,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    rider, staff, vehicle = make_user("ada"), make_user(roles=["fleet"]), make_vehicle()
    make_vehicle(at=(40.7357, -73.9911), brand="Tern")
    reserve_vehicle(rider.key, vehicle.public_key)
    screen = open_screen()
    page = screen.sign_in("ada", "/login?next=/rides/reservation")
    expect(page.get_by_role("heading", name="Reserved for you")).to_be_visible()
    act_on_vehicle(staff, vehicle.key, VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails())
    page.reload()
    expect(page.get_by_text("has been taken out of service")).to_be_visible()
    screen.inspect("before-the-job")
    run_jobs(app)
    page.goto(screen.site + "/")
    expect(
        page.get_by_role("link", name="Your reserved vehicle was taken out of service")
    ).to_be_visible()
    screen.inspect("any-page")
    page.get_by_role("link", name="Your reserved vehicle was taken out of service").click()
    expect(page.get_by_text("has been taken out of service")).to_be_visible()
    screen.inspect("after-the-job")
