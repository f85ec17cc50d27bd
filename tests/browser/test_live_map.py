"""The live map in browsers: what one person takes is gone from another's map, and no tab asks that
nobody looks at."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.browser.screen import DESK, PHONE, Screen
from tests.factories import UserFactory, VehicleFactory
from webapp.db.transactions import run_transaction
from webapp.fleet.models import Vehicle

pytestmark = pytest.mark.usefixtures("shows_brands")

AT = (40.7306, -73.9866)
#: Whether the map shows so many vehicles, alone or in groups.
COUNTED = """wanted => [...document.querySelectorAll(".pin, .pin-group")]
  .reduce((sum, each) => sum + Number(each.textContent || 1), 0) === wanted"""


@pytest.fixture(autouse=True)
def polling(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps ask more often than they do for people, whose time is not measured here."""
    monkeypatch.setitem(app.config, "LIVE_POLL_S", 0.2)


def pin(page: Page, name: str) -> Any:
    return page.locator(f'.leaflet-marker-icon[title="{name}"]')


def look_away(page: Page, is_hidden: bool) -> None:
    """Put the tab behind another one, or in front again."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


@pytest.mark.browser
def test_a_vehicle_that_is_taken_disappears_from_other_maps(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("ada")
    taken = make_vehicle(brand="Fast", at=AT)
    make_vehicle(brand="Slow", at=(40.735, -73.98))
    other = open_screen(PHONE)
    watching = other.go("/")
    watching.evaluate("window.same = true")
    expect(pin(watching, "Fast scooter")).to_be_visible()
    pin(watching, "Slow scooter").dispatch_event("click")
    expect(watching.locator(".leaflet-popup")).to_be_visible()
    expect(watching.locator(".leaflet-pan-anim")).to_have_count(0)  # it has made room for it
    before = pin(watching, "Slow scooter").bounding_box()

    page = open_screen(DESK).sign_in("ada", f"/login?next=/vehicles/{taken.public_key}")
    page.get_by_role("button", name="Start ride").click()
    expect(page.locator(".clock")).to_be_visible()

    expect(pin(watching, "Fast scooter")).to_have_count(0)
    row = watching.locator("li", has_text="Fast scooter")
    expect(row).to_contain_text("No longer free: someone was faster.")
    expect(watching.locator(".leaflet-popup")).to_be_visible()  # of the other one
    assert pin(watching, "Slow scooter").bounding_box() == before  # the map has not moved
    assert watching.evaluate("window.same")
    other.shoot("gone")

    page.get_by_label("Where did you leave it?").fill("By the fountain")
    page.get_by_text("Type the numbers instead").click()
    page.get_by_label("Latitude").fill("40.7335")
    page.get_by_label("Longitude").fill("-73.9805")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
    expect(pin(watching, "Fast scooter")).to_be_visible()
    assert watching.evaluate("window.same")


@pytest.mark.browser
def test_an_open_popup_says_that_its_vehicle_was_taken(
    open_screen: Callable[..., Screen],
    make_vehicle: VehicleFactory,
    change: Callable[..., None],
) -> None:
    vehicle = make_vehicle(brand="Fast", at=AT)
    page = open_screen(PHONE).go("/")
    pin(page, "Fast scooter").dispatch_event("click")
    expect(page.locator(".leaflet-popup")).to_contain_text("Free")
    change(vehicle, state="on_trip")
    expect(page.locator(".leaflet-popup")).to_contain_text("No longer free: someone was faster.")
    page.locator(".leaflet-popup-close-button").click()
    expect(pin(page, "Fast scooter")).to_have_count(0)


@pytest.fixture
def change(app: Flask) -> Callable[..., None]:
    """Do to a vehicle what others do."""

    def run(vehicle: Any, **columns: Any) -> None:
        statement = update(Vehicle).where(Vehicle.id == vehicle.id).values(columns)
        with app.app_context():
            run_transaction(lambda session: session.execute(statement))

    return run


#: Note which classes markers get, and which elements they are.
WATCH_MARKERS = """() => {
  window.seen = new Set();
  window.before = [...document.querySelectorAll(".leaflet-marker-icon")];
  const observer = new MutationObserver((changes) => changes.forEach(({ target }) => target.classList.forEach((name) => window.seen.add(name))));
  observer.observe(document.querySelector(".leaflet-marker-pane"), { attributeFilter: ["class"], subtree: true });
}"""
IS_SAME = "element => window.before.includes(element) && element.isConnected"


@pytest.mark.browser
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_markers_move_and_keep_selection_and_focus(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, change: Callable[..., None],
    motion: str,
) -> None:  # fmt: skip
    moved = make_vehicle(brand="Fast", at=AT)
    gone = make_vehicle(brand="Slow", at=(40.735, -73.98))
    for number in range(2):
        make_vehicle(at=(40.725, -73.98 - number * 0.0001))
    page = open_screen(DESK, reduced_motion=motion).go("/")
    group = page.locator(".pin-group")
    expect(group).to_have_text("2")
    pin(page, "Fast scooter").dispatch_event("click")
    expect(page.locator(".leaflet-popup")).to_be_visible()
    page.evaluate(WATCH_MARKERS)
    page.locator(".leaflet-marker-icon:has(.pin-group)").focus()
    before = pin(page, "Fast scooter").bounding_box()
    change(moved, lat=AT[0] + 0.001, lon=AT[1] + 0.001)
    change(gone, state="on_trip")
    make_vehicle(at=(40.725, -73.9802))
    expect(group).to_have_text("3")
    expect(pin(page, "Slow scooter")).to_have_count(0)
    assert pin(page, "Fast scooter").bounding_box() != before
    assert page.evaluate(IS_SAME, pin(page, "Fast scooter").element_handle())
    expect(pin(page, "Fast scooter").locator(".pin")).to_have_class(re.compile("pin-selected"))
    expect(page.locator(".leaflet-popup")).to_be_visible()
    assert page.evaluate("document.activeElement.ariaLabel") == "3 vehicles. Zoom in"
    classes = {"is-moving", "is-vanishing"} & set(page.evaluate("[...window.seen]"))
    assert classes == (set() if motion == "reduce" else {"is-moving", "is-vanishing"})


@pytest.fixture
def slowly(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps ask as often as they do for people, by a clock that a test moves."""
    monkeypatch.setitem(app.config, "LIVE_POLL_S", 10)


def pass_s(page: Page, seconds: int) -> None:
    page.evaluate("0")  # what was on its way has been taken in
    page.clock.run_for(seconds * 1000)


@pytest.mark.browser
@pytest.mark.usefixtures("slowly")
def test_a_hidden_tab_sends_no_requests(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    make_vehicle(at=AT)
    screen = open_screen()
    page, requests = screen.page, []
    page.on("request", lambda r: requests.append(r.url) if "vehicles.json" in r.url else None)
    page.clock.install()
    with page.expect_response("**/vehicles.json*"):
        screen.go("/")
    with page.expect_response("**/vehicles.json*since=*"):
        pass_s(page, 11)
    look_away(page, True)
    pass_s(page, 3600)
    assert len(requests) == 2
    with page.expect_response("**/vehicles.json*"):
        look_away(page, False)


@pytest.mark.browser
@pytest.mark.usefixtures("slowly")
def test_errors_lengthen_the_refresh_interval(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    make_vehicle(brand="Fast", at=AT)
    screen = open_screen()
    page, requests = screen.page, []
    page.on("request", lambda r: requests.append(r.url) if "vehicles.json" in r.url else None)
    page.context.route("**/vehicles.json*", lambda route: route.abort())
    page.clock.install()
    with page.expect_event("requestfailed", lambda r: "vehicles.json" in r.url):
        screen.go("/")
    expect(pin(page, "Fast scooter")).to_be_visible()  # the page brought it
    for pause_s in (20, 40, 80):
        before = len(requests)
        pass_s(page, pause_s - 5)
        assert len(requests) == before
        with page.expect_event("requestfailed", lambda r: "vehicles.json" in r.url):
            pass_s(page, 10)
    page.context.unroute("**/vehicles.json*")
    make_vehicle(brand="New", at=(40.734, -73.984))
    with page.expect_response("**/vehicles.json*"):
        pass_s(page, 170)
    expect(pin(page, "New scooter")).to_be_visible()


@pytest.mark.browser
def test_moving_the_map_loads_the_vehicles_of_its_new_area(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    for number in range(6):  # more than a page of the list
        make_vehicle(brand=f"No{number}", at=(AT[0] + number * 0.001, AT[1]))
    # The list is ordered by public ids, and its first page decides what the map shows at first.
    last_id = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
    make_vehicle(brand="Away", at=(AT[0], AT[1] - 0.06), public_id=last_id)
    for number in range(6):
        make_vehicle(brand="Newer", at=(AT[0], AT[1] + number * 0.0001))
    page = open_screen(DESK).go("/")
    expect(page.locator(".map-search .leaflet-marker-icon").first).to_be_visible()
    expect(pin(page, "Away scooter")).to_have_count(0)
    for _ in range(4):
        page.locator(".leaflet-control-zoom-out").click()
        expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)
    expect(pin(page, "Away scooter")).to_be_visible()
    page.wait_for_function(COUNTED, arg=13)


@pytest.mark.browser
def test_a_cluster_opens_by_keyboard_and_pins_are_not_tab_stops(
    open_screen: Callable[..., Screen], make_vehicle: Callable[..., Any]
) -> None:
    for number in range(3):
        make_vehicle(brand=f"No{number}", at=(AT[0] + number * 0.0002, AT[1]))
    make_vehicle(brand="Alone", at=(AT[0] + 0.02, AT[1]))
    screen = open_screen(DESK)
    page = screen.go("/")
    group = page.get_by_role("button", name="3 vehicles. Zoom in")
    expect(group).to_be_visible()
    assert page.locator('.leaflet-marker-icon[tabindex="0"]').count() == 1
    screen.shoot("groups")
    group.focus()
    page.keyboard.press("Enter")
    expect(pin(page, "No1 scooter")).to_be_visible()
    page.locator("body").press("Home")
    page.get_by_role("link", name="Skip the map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-title")).to_be_focused()


@pytest.mark.browser
def test_a_map_speaks_the_language_and_closes_popups_by_escape(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "fr"))
    make_vehicle(brand="Fast", at=AT)
    page = open_screen(DESK, locale="fr-US").go("/")
    texts = json.loads(page.locator(".map-search").get_attribute("data-map-texts") or "")
    expect(page.locator(".leaflet-control-zoom-in")).to_have_attribute("title", texts["zoomIn"])
    expect(page.locator(".leaflet-control-scale-line")).to_have_text(re.compile(r"^[1-9]00\spi$"))
    page.locator(".leaflet-marker-icon[role=button]").dispatch_event("click")
    close = page.locator(".leaflet-popup").get_by_role("button", name="Fermer")
    close.focus()
    page.keyboard.press("Escape")
    expect(close).to_have_count(0)
    expect(page.locator(".map-search")).to_be_focused()


@pytest.mark.browser
def test_a_map_without_tiles_says_so_and_shows_names(
    open_screen: Callable[..., Screen], app: Flask, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=AT, address="12 Orchard Street")
    screen = open_screen(PHONE)
    page = screen.go("/")
    note = page.get_by_text("The street map isn't loading.")
    expect(note).to_be_visible()
    expect(page.locator(".map-label", has_text="Orchard Street")).to_be_visible()
    expect(page.locator(".map-label", has_text="New York")).to_be_visible()
    screen.inspect("no-tiles")

    pixel = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")
    tiles = re.compile(r"^https://tile\.openstreetmap\.org/")
    page.context.route(tiles, lambda route: route.fulfill(body=pixel, content_type="image/gif"))
    page.reload()
    expect(page.locator(".leaflet-tile-loaded").first).to_be_attached()
    expect(page.locator(".map-label")).to_have_count(0)
    expect(note).to_have_count(0)
