"""Pages that everyone can use: axe finds nothing serious, and the keyboard reaches everything."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.screen import DESK, Screen
from tests.factories import PASSWORD, UserFactory, VehicleFactory


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_any_page(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    size: tuple[int, int],
) -> None:
    ada = make_user("ada", roles=["admin"])
    bob = make_user("bob", roles={"fleet": ["paris", "new york"]})
    mine = make_vehicle(owner=ada, range_m=12_000)
    make_vehicle(state="non_operational")
    free = make_vehicle(brand="Free")
    screen = open_screen(size)
    page = screen.page

    def look(*paths: str) -> None:
        for path in paths:
            screen.go(path)
            screen.inspect()

    look(
        "/",
        "/login",
        "/register",
        "/nowhere",
        "/?type=car",
        f"/vehicles/{mine.public_key}",
        "/v",
        "/v?code=x",
        f"/v/{free.code}",
    )
    screen.go("/register")
    page.get_by_role("button", name="Create account").click()
    screen.inspect()
    screen.go("/login")
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".sheet")).to_be_visible()
    look("/", "/?show=all", "/?q=x&range=far", "/?lat=40.73&lon=-73.99", "/saved", "/rides", "/vehicles/mine", "/vehicles/add", "/fleet", "/fleet/rides", "/users", "/users/me",
         "/users/me/edit", "/users/me/delete", "/account/second-factor", "/account/second-factor/off",
         "/account/identities", "/users/me/data", "/events", "/events?since=x", "/users?name=ada",
         "/users?name=nobody", f"/users/{bob.key}/account",
         "/fleet/zones", "/city/new%20york/zones", "/fleet/plans", "/fleet/plans?type=", "/fleet/plans/new?type=other:human",
         "/wallet", "/wallet/top-up", "/wallet/pay-out", f"/wallet/credit/{bob.key}",
         f"/vehicles/{mine.key}/edit", f"/vehicles/mine/{mine.key}", "/vehicles/mine/labels",
         f"/fleet/vehicles/{free.key}", f"/v/{free.code}")  # fmt: skip
    look(f"/vehicles/{mine.public_key}/report", "/reports", "/fleet/reports")
    page.goto(f"{screen.site}/vehicles/{mine.public_key}/report")
    page.get_by_role("button", name="Send report").click()
    screen.inspect()
    page.get_by_label("What is wrong?").select_option("damage")
    page.get_by_label("Nobody should ride it").check()
    page.get_by_role("button", name="Send report").click()
    page.wait_for_url("**/reports/*")
    look(page.url.removeprefix(screen.site), "/reports", "/fleet/reports")
    look(page.url.removeprefix(screen.site).replace("/reports", "/fleet/reports"))
    screen.go(f"/vehicles/{free.public_key}")
    page.get_by_role("button", name="Start ride").click()
    page.wait_for_url("**/rides/*")
    screen.inspect()
    ride = page.url.rsplit("/", 1)[1]
    look("/", "/rides", "/fleet/rides", f"/fleet/rides/{ride}/end")
    screen.go(f"/rides/{ride}")
    page.get_by_label("Where do you leave it?").fill("Here")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding.")).to_be_visible()
    screen.inspect()
    page.get_by_role("button", name="Save").click()
    screen.inspect()
    page.get_by_label("Good").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("4 of 5 stars")).to_be_visible()
    look(f"/rides/{ride}", f"/rides/{ride}/dispute", "/rides", "/rides/use")
    screen.go(f"/rides/{ride}/dispute")
    page.get_by_label("In your words").fill("It never unlocked.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It never unlocked.")).to_be_visible()
    look(f"/rides/{ride}/dispute", "/fleet/disputes", f"/fleet/disputes/{ride}")


@pytest.mark.browser
def test_the_keyboard_alone_signs_in(
    open_screen: Callable[..., Screen], make_user: Callable[..., Any]
) -> None:
    make_user("ada")
    page = open_screen(DESK).go("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Name and password do not belong together.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
