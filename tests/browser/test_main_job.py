"""The main job, as a person does it: find a vehicle on the map, ride it, leave it on the map."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.screen import Screen
from tests.factories import PASSWORD, VehicleFactory

pytestmark = pytest.mark.usefixtures("shows_brands")

WOLFSBURG = Path(__file__).parents[3] / "shared" / "data" / "gbfs-wolfsburg"


@pytest.fixture
def wolfsburg(app: Flask) -> str:
    """A real operator's feed of 840 scooters, imported as an operator would."""
    if not WOLFSBURG.exists():
        pytest.skip(f"The feed of Wolfsburg is not on this machine ({WOLFSBURG}).")
    run = app.test_cli_runner().invoke
    added = run(args=["cities", "add", "wolfsburg", "--lat", "52.4227", "--lon", "10.7865",
                      "--timezone", "Europe/Berlin", "--currency", "EUR"])  # fmt: skip
    assert added.exit_code == 0, added.output
    imported = run(
        args=["fleet", "import-gbfs", str(WOLFSBURG / "gbfs.json"), "--city", "wolfsburg"]
    )
    assert imported.exit_code == 0, imported.output
    assert "840" in imported.output
    return "Wolfsburg"


@pytest.fixture
def demo(app: Flask) -> str:
    loaded = app.test_cli_runner().invoke(args=["demo"])
    assert loaded.exit_code == 0, loaded.output
    return "San Francisco"


def register(screen: Screen, city: str, last_link: Callable[..., str]) -> None:
    page = screen.page
    screen.open_menu()
    page.get_by_role("link", name="Join").click()
    page.get_by_label("Home city").select_option(label=city)
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    screen.shoot("1-register")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Welcome to MovR, Ada!")).to_be_visible()
    screen.go(last_link())
    page.get_by_role("button", name="Confirm").click()
    expect(
        page.get_by_text("Your e-mail address is confirmed. Find a vehicle and ride.")
    ).to_be_visible()


#: In a pop-up: the name of a vehicle, or the list of vehicles that stand at the same spot.
CHOICE = ".leaflet-popup :is(.card-title, .pin-list a)"
#: Opens a pop-up, after a closer look at a group of pins. Each look and press is one step, because
#: the map draws its pins anew whenever it moves.
PRESS_PIN = """(choice) => {
    const name = document.querySelector(choice)?.innerText;
    const stays = name && window.lastChoice === name;  // moving the map may have closed it again
    window.lastChoice = name;
    if (stays) return name;
    if (name) return false;
    if (document.querySelector(".leaflet-zoom-anim")) return false;  // it makes no room for a pop-up
    const pins = [".pin", ".pin-group"].map((kind) => document.querySelector(`.leaflet-marker-icon:has(${kind})`));
    pins.find(Boolean)?.click();
    return false;
}"""


def choose_on_the_map(screen: Screen) -> str:
    """Press a pin of the map and return the name of the vehicle that can be started now."""
    page = screen.page
    assert page.locator("li[data-vehicle][data-lat]").count() > 0
    screen.shoot("2-map")
    name = str(page.wait_for_function(PRESS_PIN, arg=CHOICE, polling=300).json_value())
    screen.shoot("3-chosen")
    for way_to_its_page in (".pin-list a", "a.btn-tint"):  # it is not on this page of the list
        link = page.locator(f".leaflet-popup {way_to_its_page}")
        if link.count():
            link.first.click()
            break
    return name


def leave_on_the_map(page: Page) -> tuple[str, str]:
    places = page.get_by_label("Without the map")
    page.locator(".map-picker").click(position={"x": 60, "y": 120})
    places.select_option(label="Where I picked it up")
    expect(page.locator(".map-picker .point-marker")).to_have_count(0)
    page.locator(".map-picker").click(position={"x": 90, "y": 150})
    expect(places).to_have_value("")  # the last choice counts
    page.get_by_text("Type the numbers instead").click()
    lat, lon = (page.get_by_label(name).input_value() for name in ("Latitude", "Longitude"))
    assert lat
    assert lon
    page.get_by_text("Type the numbers instead").click()
    return lat, lon


@pytest.mark.browser
@pytest.mark.parametrize("fleet", ["wolfsburg", "demo"])
def test_ride(
    fleet: str,
    request: pytest.FixtureRequest,
    open_screen: Callable[..., Screen],
    last_link: Callable[..., str],
    size: tuple[int, int],
) -> None:
    city = request.getfixturevalue(fleet)
    screen = open_screen(size)
    screen.name = f"ride-{fleet}"
    page = screen.go("/")
    register(screen, city, last_link)
    expect(page.get_by_role("heading", name=city)).to_be_visible()

    name = choose_on_the_map(screen)
    page.get_by_role("button", name="Start ride").and_(
        page.locator(".leaflet-popup *, .action-bar *")
    ).click()
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    assert name.lower() in page.inner_text("main").lower()
    clock = page.locator(".clock")
    expect(clock).not_to_have_text(clock.inner_text())  # it goes on
    screen.shoot("4-riding")

    page.goto(screen.site)
    screen.shoot("5-map-while-riding")
    page.get_by_role("link", name="You are riding").click()
    lat, lon = leave_on_the_map(page)
    page.get_by_label("Where did you leave it?").fill("By the fountain")
    screen.shoot("6-ending")
    page.get_by_role("button", name="End ride").click()
    thanks, agree = (
        page.get_by_text("Thanks for riding!"),
        page.get_by_role("button", name="End here anyway for"),
    )
    expect(thanks.or_(agree)).to_be_visible()
    if agree.is_visible():  # the vehicle stood beside a zone
        agree.click()
    expect(thanks).to_be_visible()
    screen.shoot("7-receipt")

    screen.go("/rides")
    first = page.locator(".card-row").first
    expect(first).to_contain_text("By the fountain")
    expect(first).to_contain_text(city)
    screen.shoot("8-history")
    screen.go(f"/?lat={lat}&lon={lon}")
    nearest = page.locator(".card-row").first
    expect(nearest).to_contain_text(name)
    nearest.locator(".card-title").click()
    expect(page.get_by_text("By the fountain")).to_have_count(0)  # only the rider and staff see it
    expect(page.locator(".leaflet-marker-icon:has(.pin)")).to_be_visible()
    expect(page.get_by_role("button", name="Start ride")).to_be_visible()
    screen.shoot("9-at-its-new-place")


@pytest.mark.browser
def test_ride_without_javascript(
    open_screen: Callable[..., Screen],
    make_vehicle: VehicleFactory,
    last_link: Callable[..., str],
) -> None:
    make_vehicle("boston")
    screen = open_screen(java_script_enabled=False)
    page = screen.go("/")
    register(screen, "Boston", last_link)
    page.locator("li[data-vehicle]").get_by_role("button", name="Start ride").click()
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Tell us where the vehicle is")).to_be_visible()
    screen.shoot("2-wrong")
    page.get_by_label("Without the map").select_option(label="Where I picked it up")
    page.get_by_label("Where did you leave it?").fill("At the harbour")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
    assert page.get_by_role("region", name="Map of the ride").count() == 0, "it would be empty"
    screen.shoot("3-receipt")


@pytest.mark.browser
def test_sorting_by_distance_uses_the_position_of_the_browser(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    make_vehicle(brand="Near", at=(40.701, -74.0))
    make_vehicle(brand="Nearer", at=(40.7005, -74.0))
    make_vehicle(brand="Far", at=(40.9, -74.0))
    position = {"latitude": 40.7, "longitude": -74.0}
    screen = open_screen(geolocation=position, permissions=["geolocation"])
    page = screen.go("/")
    page.get_by_role("button", name="Show where I am").click()
    expect(page.locator(".card-title")).to_have_text(["Nearer scooter", "Near scooter"])
    expect(page.locator(".card-detail").first).to_contain_text("min walk")
    near = page.locator('.leaflet-marker-icon[title="Near scooter"]')
    expect(near.or_(page.locator(".pin-group")).first).to_be_in_viewport()
    screen.shoot("list")


@pytest.mark.browser
def test_filters_are_counted_and_the_city_applies_without_a_button(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    make_vehicle(brand="Fast")
    make_vehicle(brand="Slow", form_factor="bicycle", propulsion_type="human")
    page = open_screen().go("/")
    page.get_by_text("Filters").click()
    page.get_by_label("Type").select_option(label="Bikes")
    page.get_by_role("button", name="Show vehicles").click()
    expect(page.get_by_text("Filters 1 on")).to_be_visible()
    expect(page.locator(".card-title")).to_have_text("Slow bike")
    page.wait_for_load_state()
    page.get_by_label("City").select_option(label="Paris")
    expect(page.get_by_role("heading", name="Paris")).to_be_visible()
