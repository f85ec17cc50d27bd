"""Pages that everyone can use: axe finds nothing serious, and the keyboard reaches everything."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import DESK, Screen
from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.tasks.steps import insert_task
from webapp.riders.data_exports.services import request_data_export
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.tokens import UnsubscribeToken


def inspect_pages(screen: Screen, *paths: str) -> None:
    for path in paths:
        screen.go(path)
        screen.inspect()


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_visitors(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(range_m=12_000)
    screen = open_screen()
    inspect_pages(
        screen,
        "/",
        "/login",
        "/nowhere",
        "/?type=car",
        f"/vehicles/{vehicle.public_key}",
        "/v",
        "/v?code=x",
        f"/v/{vehicle.code}",
        "/register",
    )
    screen.page.get_by_role("button", name="Create account").click()
    screen.inspect()


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_riders(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    ada = make_user("ada")
    with app.app_context():
        request_data_export(ada.key)
        unsubscribe_path = f"/unsubscribe/{UnsubscribeToken(ada.key, Digest.RIDER)}"
    own = make_vehicle(owner=ada, range_m=12_000)
    free = make_vehicle()
    screen = open_screen()
    screen.sign_in("ada")
    inspect_pages(
        screen,
        "/",
        "/?show=all",
        "/?q=x&range=far",
        "/?lat=40.73&lon=-73.99",
        "/saved",
        "/rides",
        "/wallet",
        "/wallet/top-up",
        "/wallet/pay-out",
        "/city/new%20york/zones",
        f"/v/{free.code}",
        "/vehicles/mine",
        "/vehicles/add",
        "/vehicles/mine/labels",
        f"/vehicles/{own.key}/edit",
        f"/vehicles/mine/{own.key}",
        "/users/me",
        unsubscribe_path,
        "/users/me/edit",
        "/users/me/data",
        "/users/me/data/export",
        "/users/me/delete",
        "/account/identities",
        "/account/second-factor",
        "/account/second-factor/off",
    )


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_staff(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("ada", roles=["admin"])
    feed_key = insert_feed(app, run_problem="a.example answers with HTTP 503.")
    bob = make_user("bob", roles={"fleet": ["paris", "new york"]})
    make_vehicle(state="non_operational")
    free = make_vehicle(brand="Free")
    task_key = insert_task(app, free.key)
    screen = open_screen()
    screen.sign_in("ada")
    inspect_pages(
        screen,
        "/fleet",
        "/fleet/vehicles",
        "/fleet/alerts",
        "/fleet/map",
        "/fleet/alerts/paris/low_battery",
        "/fleet/vehicles?alert=idle",
        "/fleet/rides",
        "/fleet/zones",
        "/fleet/feeds?city=new+york",
        "/fleet/feeds?city=paris",
        f"/fleet/feeds/{feed_key}",
        "/fleet/plans",
        "/fleet/plans?type=",
        "/fleet/plans/new?type=other:human",
        f"/fleet/vehicles/{free.key}",
        f"/fleet/vehicles/{free.key}/tasks/new",
        "/fleet/tasks",
        "/fleet/tasks/plan",
        "/fleet/tasks/rules",
        f"/fleet/tasks/{task_key}",
        "/users",
        "/users?name=ada",
        "/users?name=nobody",
        f"/users/{bob.key}/account",
        f"/wallet/credit/{bob.key}",
        "/events",
        "/admin/status",
        "/admin/jobs",
        "/events?since=x",
    )


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_about_a_report(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada", roles=["fleet"])
    vehicle = make_vehicle()
    screen = open_screen()
    page = screen.sign_in("ada")
    inspect_pages(screen, "/reports", "/fleet/reports", f"/vehicles/{vehicle.public_key}/report")
    page.get_by_role("button", name="Send report").click()
    screen.inspect()
    page.get_by_label("What is wrong?").select_option("damage")
    page.get_by_label("It is not safe to ride").check()
    page.get_by_role("button", name="Send report").click()
    page.wait_for_url("**/reports/*")
    path = page.url.removeprefix(screen.site)
    inspect_pages(screen, path, "/reports", "/fleet/reports", f"/fleet{path}")


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_about_a_ride(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada", roles=["admin"])
    vehicle = make_vehicle()
    screen = open_screen()
    page = screen.sign_in("ada", f"/login?next=/vehicles/{vehicle.public_key}")
    page.get_by_role("button", name="Start ride").click()
    page.wait_for_url("**/rides/*")
    screen.inspect()
    ride = page.url.rsplit("/", 1)[1]
    inspect_pages(screen, "/", "/rides", "/fleet/rides", f"/fleet/rides/{ride}/end")
    screen.go(f"/rides/{ride}")
    page.get_by_label("Without the map").select_option(label="Where I picked it up")
    page.get_by_label("Where did you leave it?").fill("Here")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
    screen.inspect()
    page.get_by_role("button", name="Save").click()
    screen.inspect()
    page.get_by_label("Good").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("4 of 5 stars")).to_be_visible()
    inspect_pages(screen, f"/rides/{ride}", "/rides", "/rides/use", f"/rides/{ride}/dispute")
    page.get_by_label("Details").fill("It never unlocked.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It never unlocked.")).to_be_visible()
    inspect_pages(screen, f"/rides/{ride}/dispute", "/fleet/disputes", f"/fleet/disputes/{ride}")


@pytest.mark.browser
def test_sign_in_works_with_the_keyboard_alone(
    open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada")
    page = open_screen(DESK).go("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
