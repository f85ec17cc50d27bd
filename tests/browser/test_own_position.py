"""Where the rider is, on the map: shown when asked for, followed, and honest about its limits."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import PHONE, Screen
from tests.factories import VehicleFactory

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shows_brands")]

#: A degree of latitude is 111 km.
AT = (40.7306, -73.9866)
DOT = ".point-marker"
RING = """() => document.querySelector(".accuracy-ring").getBoundingClientRect().width"""
#: Milliseconds.
LONGER_THAN_A_POSITION_HOLDS = 61_000


def be_at(page: Page, north_m: float, accuracy_m: float = 10) -> None:
    """Put the phone north of AT."""
    lat, lon = AT[0] + north_m / 111_195, AT[1]
    page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": accuracy_m})


def open_map(screen: Screen) -> Page:
    """Open the map, and then allow it the position: before that the page must not ask."""
    page = screen.go("/")
    expect(page.locator(DOT)).to_have_count(0)
    page.context.grant_permissions(["geolocation"])
    return page


def find_locate_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Show where I am")


def locate(page: Page) -> Locator:
    button = find_locate_button(page)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    return button


def test_a_walk_to_a_vehicle_is_told_and_followed_until_the_map_is_moved(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Fast", at=AT)
    screen = open_screen(PHONE)
    page = open_map(screen)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    be_at(page, -300)
    button = locate(page)
    expect(page.locator(DOT)).to_be_in_viewport()
    expect(page.get_by_text("The map follows you.")).to_be_attached()
    page.wait_for_url("**lat=40.7279&**")  # 10 metres
    assert not [url for url in requests if re.search(r"(lat|lon)=-?\d+\.\d{5}", url)]
    page.locator('.leaflet-marker-icon[title="Fast scooter"]').dispatch_event("click")
    hint = page.locator(".leaflet-popup .walk-hint")
    expect(hint).to_have_text("300 m north · 4 min walk")
    screen.inspect("walk")
    pin = page.get_by_role("button", name="Fast scooter, 300 m north · 4 min walk")
    expect(pin).to_have_attribute("tabindex", "-1")
    be_at(page, 150, accuracy_m=60)
    expect(hint).to_have_text("150 m south · 2 min walk")
    page.wait_for_url("**lat=40.7319&**")
    be_at(page, 3000)
    expect(page.locator(DOT)).to_be_in_viewport()

    page.locator(".map-search").focus()
    page.keyboard.press("ArrowUp")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("The map no longer follows you.")).to_be_attached()
    be_at(page, 6000)
    expect(page.locator(DOT)).not_to_be_in_viewport()
    button.click()
    expect(page.locator(DOT)).to_be_in_viewport()
    button.click()
    expect(page.locator(DOT)).to_have_count(0)


def test_the_page_of_a_vehicle_shows_the_way_when_asked(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(at=AT)
    screen = open_screen(PHONE)
    page = screen.go(f"/vehicles/{vehicle.public_key}")
    page.context.grant_permissions(["geolocation"])
    be_at(page, -300)
    hint = page.locator(".walk-hint")
    expect(hint).to_have_count(0)
    locate(page)
    expect(hint).to_have_text("300 m north · 4 min walk")
    be_at(page, 150)
    expect(hint).to_have_text("150 m south · 2 min walk")
    screen.inspect("walk-to-one")
    find_locate_button(page).click()
    expect(hint).to_be_hidden()


def test_the_map_says_when_the_position_is_refused_unknown_inaccurate_or_old(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=AT)
    page = open_screen(PHONE).go("/")
    button = find_locate_button(page)
    button.click()
    expect(page.get_by_text("Your browser does not share your location.")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "false")

    page.context.grant_permissions(["geolocation"])
    page.clock.install()
    be_at(page, 0, accuracy_m=240)
    locate(page)
    problem = page.locator("[data-locate-status]")
    expect(problem).to_have_text("Your location may be wrong by 240 m.")
    assert page.evaluate(RING) > 100
    be_at(page, 1)
    expect(problem).to_be_empty()
    page.context.set_geolocation(None)
    page.clock.run_for(LONGER_THAN_A_POSITION_HOLDS)
    expect(problem).to_contain_text(re.compile(r"Your location is as it was at \d+:\d\d\."))
