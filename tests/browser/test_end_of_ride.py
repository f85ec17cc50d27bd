"""The end of a ride on a phone: where the map opens, which point is sent, what a refusal shows."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from tests.browser.screen import PHONE, Screen
from tests.factories import UserFactory, VehicleFactory
from webapp.db.transactions import execute_write
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.models import Zone

START = (40.7300, -73.9900)
IN_THE_PARK = (40.7350, -73.9850)
#: South-west and north-east corner.
PARK = (40.7340, -73.9860, 40.7360, -73.9840)
POINT = "['lat', 'lon'].map((name) => Number(document.querySelector(`[name=${name}]`).value))"

#: Whether the map shows the point that was refused and the nearest allowed one.
MARKERS_IN_VIEW = """() => {
  const map = document.querySelector(".map-picker").getBoundingClientRect();
  return [...document.querySelectorAll(".map-picker .point-marker")].map((marker) => {
    const { left, right, top, bottom } = marker.getBoundingClientRect();
    return left >= map.left && right <= map.right && top >= map.top && bottom <= map.bottom;
  });
}"""


@pytest.fixture
def park(app: Flask) -> None:
    """Parking is not allowed in the park."""
    south, west, north, east = PARK
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    zone = {"id": uuid4(), "city": "new york", "kind": "no_parking", "name": "The park"}
    with app.app_context():
        execute_write(insert(Zone).values(**zone, position=0, coordinates=[[ring]]))
        zone_cache().forget()


@pytest.fixture
def ride(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> Callable[..., Page]:
    """Open the page of a running ride: ``ride(java_script_enabled=False)``."""

    def start(at: tuple[float, float] = START, **options: Any) -> Page:
        make_user("ada")
        vehicle = make_vehicle(at=at)
        page = open_screen(PHONE, **options).sign_in(
            "ada", f"/login?next=/vehicles/{vehicle.public_key}"
        )
        page.get_by_role("button", name="Start ride").click()
        expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
        return page

    return start


def wait_for_lat(page: Page, lat: float) -> None:
    page.wait_for_function(f"lat => {POINT}[0] === lat", arg=lat)


def position(lat: float, lon: float) -> dict[str, float]:
    return {"latitude": lat, "longitude": lon}


@pytest.mark.browser
def test_the_point_follows_the_device_until_another_is_chosen(ride: Callable[..., Page]) -> None:
    page = ride(geolocation=position(40.7312, -73.9912), permissions=["geolocation"])
    wait_for_lat(page, 40.7312)
    expect(page.get_by_text("Your location is on the map.")).to_be_visible()
    page.context.set_geolocation({"latitude": 40.7320, "longitude": -73.9920})
    wait_for_lat(page, 40.732)
    page.locator(".map-picker").click(position={"x": 60, "y": 120})
    chosen = page.evaluate(POINT)
    assert chosen[0] != 40.732
    page.context.set_geolocation({"latitude": 40.7330, "longitude": -73.9930})
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()


@pytest.mark.browser
def test_an_old_position_of_the_device_is_read_again_before_it_is_sent(
    ride: Callable[..., Page],
) -> None:
    page = ride(geolocation=position(40.7312, -73.9912), permissions=["geolocation"])
    wait_for_lat(page, 40.7312)
    page.evaluate("const real = Date.now(); Date.now = () => real + 3600e3")  # it was asleep
    page.context.set_geolocation(None)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Your browser did not share your location")).to_be_visible()
    assert page.evaluate(POINT) == [0, 0]  # empty


@pytest.mark.browser
@pytest.mark.usefixtures("park")
def test_a_refusal_shows_the_nearest_place_and_goes_with_another_point(
    ride: Callable[..., Page],
) -> None:
    page = ride()
    page.get_by_text("Type the numbers instead").click()
    for name, value in zip(("Latitude", "Longitude"), IN_THE_PARK, strict=True):
        page.get_by_label(name).fill(str(value))
    page.get_by_role("button", name="End ride").click()
    refusal = page.get_by_text("Parking is not allowed here: The park.")
    expect(page.get_by_role("alert")).to_be_focused()  # so that a screen reader reads it
    expect(refusal).to_be_visible()
    assert page.evaluate(MARKERS_IN_VIEW) == [True, True]
    page.locator(".map-picker").click(position={"x": 20, "y": 20})
    expect(refusal).to_have_count(0)
    places = page.get_by_label("Without the map")
    places.select_option(index=places.locator("option").count() - 1)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()


@pytest.mark.browser
@pytest.mark.usefixtures("park")
def test_without_javascript_the_list_has_a_place_where_the_ride_may_end(
    ride: Callable[..., Page],
) -> None:
    page = ride(at=IN_THE_PARK, java_script_enabled=False)
    places = page.get_by_label("Without the map")
    places.select_option(label="Where I picked it up")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Parking is not allowed here: The park.")).to_be_visible()
    near_start = places.locator("option", has_text="of where I picked it up").inner_text()
    places.select_option(label=near_start)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
