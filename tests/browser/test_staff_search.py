"""The search of staff: the key "/" reaches it from any page."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import OVERFLOW, Screen
from tests.factories import UserFactory, VehicleFactory


@pytest.mark.browser
def test_the_slash_key_reaches_the_search_and_enter_finds_by_kind(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("nora", roles=["fleet"])
    make_user("pegasus.fan", first_name="Pegah", last_name="Sunder")
    for number in range(12):
        make_vehicle(brand="Pegasus", color="green", address=f"{number} Baker Street")
    screen = open_screen()
    screen.sign_in("nora")
    page = screen.go("/fleet/vehicles?city=new+york")
    screen.inspect("header")
    page.locator("h1").click()
    page.keyboard.press("/")
    field = page.locator("#staff-search")
    expect(field).to_be_focused()
    page.keyboard.type("pegasus")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Riders")).to_be_visible()
    screen.inspect("found")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("a/pegassus")
    expect(page.get_by_label("Search")).to_have_value("a/pegassus")
    screen.go("/fleet/search?q=pegassus")
    screen.inspect("suggestion")


@pytest.mark.browser
def test_the_header_of_staff_fits_each_width_in_the_longest_language(
    open_screen: Callable[..., Screen], make_user: UserFactory, app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "es"))
    make_user("nora", roles=["admin"])
    screen = open_screen()
    page = screen.sign_in("nora")
    expect(page.locator("[data-notifications]")).to_be_attached()
    screen.speak("es")
    for path in ("/fleet/map", "/"):
        screen.go(path)
        for width in (320, 899, 900, 920, 1000, 1080, 1144, 1200, 1279, 1280, 1360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(OVERFLOW) <= 0, (path, width)
