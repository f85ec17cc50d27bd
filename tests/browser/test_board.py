"""An open board, and the map of staff, in a real browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory


@pytest.mark.browser
def test_an_open_board_shows_what_happens(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "BOARD_POLL_S", 0.2)
    make_user("nora", roles={"fleet": ["new york"]})
    make_vehicle()
    screen = open_screen()
    screen.sign_in("nora")
    page = screen.go("/fleet")
    make_vehicle(battery_percent=3)
    page.wait_for_selector('.counter-alert:has-text("Low battery") >> text=1')
    page.wait_for_selector('[data-number="new york state available"]:has-text("2")')


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/fleet", "/fleet/map"])
def test_an_open_page_says_how_old_it_is_and_when_nobody_is_signed_in_any_more(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory,
    make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch, path: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "BOARD_POLL_S", 0.1)
    monkeypatch.setitem(app.config, "LIVE_POLL_S", 0.1)
    make_user("nora", roles={"fleet": ["new york"]})
    make_vehicle()
    screen = open_screen()
    screen.sign_in("nora")
    with screen.page.expect_response("**.json**"):  # its scripts are there
        page = screen.go(path)
    with page.expect_request("**.json**") as polled:
        page.context.set_offline(True)
        expect(page.get_by_text("No connection to the server.")).to_be_visible()
    assert polled.value.headers["x-poll"] == "1"
    page.context.set_offline(False)
    expect(page.get_by_text("No connection to the server.")).to_be_hidden()
    page.context.clear_cookies()
    expect(page.get_by_text("Signed out.")).to_be_visible()
    page.get_by_role("link", name="Sign in").last.click()
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.browser
def test_the_map_of_staff_shows_vehicles_and_their_alerts(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("nora", roles={"fleet": ["new york"]})
    make_vehicle(state="missing", battery_percent=3)
    screen = open_screen((1280, 800))
    screen.sign_in("nora")
    page = screen.go("/fleet/map")
    page.wait_for_selector("text=1 vehicles here")
    page.click(".pin")
    page.wait_for_selector('.leaflet-popup:has-text("Missing")')
    page.click(".leaflet-popup a.card-title")
    page.wait_for_selector("h1")
    assert "/fleet/vehicles/" in page.url


@pytest.mark.browser
def test_a_vehicle_opens_beside_the_list_on_a_wide_screen(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("nora", roles={"fleet": ["new york"]})
    make_vehicle(brand="Beside")
    wide, narrow = open_screen((1280, 800)), open_screen()
    wide.sign_in("nora")
    page = wide.go("/fleet/vehicles")
    page.click("tbody th a")
    page.wait_for_selector('[data-quick-view-content] h1:has-text("Beside")')
    assert page.url.endswith("/fleet/vehicles")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-quick-view-content]", state="hidden")
    page.click("tbody th a")
    page.click("[data-quick-view-content] button:has-text('Close')")
    page.wait_for_selector("[data-quick-view-content]", state="hidden")
    assert page.evaluate("document.activeElement.closest('tbody th') !== null")
    narrow.sign_in("nora")
    page = narrow.go("/fleet/vehicles")
    page.click("tbody th a")
    page.wait_for_url("**/fleet/vehicles/us-east1.*")
