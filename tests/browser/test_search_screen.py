"""The first screen: a map with a list over it on a phone, and beside it where there is room."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import DESK, PHONE, Screen
from tests.factories import UserFactory, VehicleFactory
from webapp.fleet.place_search import controllers as place_search
from webapp.fleet.place_search.nominatim import FoundPlace, PlaceServiceFailed
from webapp.regions.geography import Point

pytestmark = pytest.mark.usefixtures("shows_brands")

SMALL_PHONE, LANDSCAPE = (320, 640), (844, 390)
AT = (40.7306, -73.9866)
STOP = "document.querySelector('[data-sheet-layout]').dataset.stop"
CARD = "li[data-vehicle]"


def top_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return box["y"]


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE, LANDSCAPE, DESK], ids=str)
@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_the_first_screen_shows_a_whole_vehicle(
    open_screen: Callable[..., Screen],
    make_vehicle: VehicleFactory,
    size: tuple[int, int],
    with_script: bool,
) -> None:
    for number in range(4):
        make_vehicle(brand=f"No{number}", at=(AT[0] + number * 0.001, AT[1]), range_m=2_000)
    page = open_screen(size, java_script_enabled=with_script).go("/")
    card = page.locator(CARD).first
    expect(card).to_be_visible()
    assert top_of(card) + 72 < size[1] * 0.9
    expect(card).to_contain_text("Low battery")
    expect(page.get_by_role("list", name="Prices")).to_contain_text("Free")


def drag(page: Page, by: int) -> None:
    y = top_of(page.locator(".sheet-handle")) + 2
    page.mouse.move(40, y)
    page.mouse.down()
    page.mouse.move(40, y - by / 2)
    page.mouse.move(40, y - by)
    page.mouse.up()


@pytest.mark.browser
def test_the_list_has_three_heights_by_drag_button_and_key(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=AT)
    screen = open_screen(PHONE, reduced_motion="reduce")
    page = screen.go("/")
    larger, smaller = (
        page.get_by_role("button", name=name) for name in ("Larger list", "Larger map")
    )
    larger.click()
    assert page.evaluate(STOP) == "full"
    expect(larger).to_have_attribute("aria-disabled", "true")
    expect(larger).to_be_focused()
    page.keyboard.press("Home")
    assert page.evaluate(STOP) == "peek"
    screen.inspect("peek")
    larger.focus()
    page.keyboard.press("End")
    screen.inspect("full")
    larger.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(STOP) == "half"
    for by, stop in ((60, "full"), (10, "full"), (-60, "half"), (-300, "peek"), (600, "full")):
        drag(page, by)
        assert page.evaluate(STOP) == stop
    smaller.click()
    assert page.evaluate(STOP) == "half"


@pytest.mark.browser
def test_the_list_follows_the_map_and_leaves_the_focus_where_it_is(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    for number in range(8):  # more than a page
        make_vehicle(brand=f"No{number}", at=(AT[0] + number * 0.001, AT[1]))
    screen = open_screen(DESK)
    page, requests = screen.page, []
    page.on("request", lambda r: requests.append(r.url) if "near=map" in r.url else None)
    page.clock.install()
    with page.expect_response("**near=map"):
        screen.go("/")
    page.wait_for_url("**near=map")
    url, before = page.url, len(requests)
    title = page.locator(".card-title").first
    expect(title).to_have_text(find_nearest(url))

    # The clock also runs by itself: on a busy machine the request may leave during the moves.
    with page.expect_response("**near=map"):
        move_map(page, 250)
        title.focus()
        page.clock.run_for(300)
    expect(title).to_be_focused()
    expect(title).to_have_text(find_nearest(url))
    page.get_by_role("searchbox").focus()
    page.wait_for_url(lambda new: new != url)
    expect(title).to_have_text(find_nearest(page.url))
    # Time stands still but for the test, so that the three moves are in a row on a busy machine too.
    page.clock.pause_at(page.evaluate("Date.now()") + 1_000)
    with page.expect_response("**near=map"):
        for _ in range(3):
            move_map(page, -80)
        page.clock.run_for(300)
    assert len(requests) == before + 2  # one for three moves in a row


def find_nearest(url: str) -> str:
    """Return the vehicle of the test that is nearest to the middle of the map in ``url``."""
    lat = float(parse_qs(urlsplit(url).query)["lat"][0])
    return f"No{min(7, max(0, round((lat - AT[0]) / 0.001)))} scooter"


def move_map(page: Page, y: int) -> None:
    """Drag the map so many pixels up or down."""
    page.mouse.move(900, 400)
    page.mouse.down()
    page.mouse.move(900, 400 + y / 2)
    page.mouse.move(900, 400 + y)
    page.clock.run_for(60)
    page.mouse.up()


@pytest.mark.browser
def test_a_vehicle_that_is_not_in_the_list_starts_from_the_map(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: Callable[..., Any]
) -> None:
    make_user("ada")
    for number in range(7):
        make_vehicle(brand=f"No{number}", at=(AT[0] + number * 0.004, AT[1]))
    page = open_screen(DESK).sign_in("ada")
    expect(page.locator(".leaflet-marker-icon[title]")).to_have_count(7)
    expect(page.locator(CARD)).to_have_count(5)
    listed = set(page.locator(".card-title").all_inner_texts())
    name = next(f"No{n} scooter" for n in range(7) if f"No{n} scooter" not in listed)
    page.locator(f'.leaflet-marker-icon[title="{name}"]').dispatch_event("click")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Free")
    popup.get_by_role("button", name="Start ride").click()
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    assert name in page.inner_text("main")


@pytest.mark.browser
def test_the_filters_open_over_the_map_and_close_with_escape(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=AT)
    screen = open_screen(SMALL_PHONE)
    page = screen.go("/?type=scooter_standing&range=x")
    expect(page.get_by_text("Enter a whole number.")).to_be_visible()  # the panel is open
    screen.inspect("filters")
    page.get_by_label("Type").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Type")).to_be_hidden()
    expect(page.locator(".filter-panel summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Clear all").click()
    expect(page.get_by_label("Type")).to_be_hidden()
    expect(page.locator(".filter-count")).to_have_count(0)


@pytest.fixture
def slow_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A service of places that knows a park, answers "slow" when this is set, and fails for "away"."""
    may_answer = threading.Event()

    def find_places(_city: object, text: str, *_: object) -> list[FoundPlace]:
        if text == "away":
            raise PlaceServiceFailed
        if text == "slow":
            may_answer.wait()
        return [FoundPlace(text.title(), "Manhattan", Point(40.7812, -73.9665))]

    monkeypatch.setitem(app.config, "PLACE_SEARCH_URL", "https://places.example/search")
    monkeypatch.setattr(place_search, "find_places", find_places)
    yield may_answer
    may_answer.set()


@pytest.mark.browser
def test_a_place_is_found_without_leaving_the_map(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, slow_answer: threading.Event
) -> None:
    make_vehicle(at=AT, address="Fountain")
    make_vehicle(at=(40.7810, -73.9660), address="Great Lawn")
    screen = open_screen(PHONE)
    page = screen.go("/")
    page.evaluate("window.same = true")
    field, button = page.get_by_role("searchbox"), page.locator("[data-place-search]")
    status, places = page.locator("[data-place-status]"), page.locator("[data-places]")
    field.fill("slow")
    button.click()
    expect(status).to_have_text("Looking for “slow” …")
    field.fill("park")
    button.click()
    expect(page.locator("[data-places-title]")).to_be_focused()
    slow_answer.set()
    screen.inspect("places")
    places.get_by_role("link", name="Park", exact=True).click()
    page.wait_for_url("**lat=40.7812&lon=-73.9665**")
    card = page.locator(CARD).first
    expect(card).to_contain_text("Great Lawn")
    expect(page.locator(".point-marker")).to_be_in_viewport()
    expect(status).to_have_text("Park")
    screen.shoot("near-a-place")

    page.go_back()
    expect(places.get_by_role("link", name="Park", exact=True)).to_be_visible()
    page.go_back()
    expect(card).to_be_visible()
    field.fill("away")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("No answer right now")
    expect(field).to_have_value("away")
    assert page.evaluate("window.same")
