"""Drawing a zone in a browser."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from tests.browser.screen import PHONE, Screen
from tests.browser.staff import sign_in_with_code
from tests.factories import UserFactory
from tests.fleet.zones.conftest import make_zone  # noqa: F401
from tests.fleet.zones.drawn_area_cases import read_drawn_areas
from webapp.extensions import db
from webapp.fleet.zones.models import Zone


def tap(map_: Locator, *points: tuple[int, int]) -> None:
    for x, y in points:
        map_.click(position={"x": x, "y": y})


@pytest.mark.browser
def test_the_map_says_about_each_shape_what_the_table_says(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    """tests/fleet/zones/test_drawn_areas.py asks the server the same."""
    staff = make_user("ada", roles={"admin": ["new york"]})
    screen = open_screen(PHONE)
    page = sign_in_with_code(app, screen, staff, "/fleet/zones")
    page.goto(f"{screen.site}/fleet/zones/new%20york/new")
    page.get_by_text("Paste or upload GeoJSON instead").click()
    area, problem = page.locator("textarea[name=area]"), page.locator("[data-editor-problem]")
    for case in read_drawn_areas():
        area.fill(case.text)
        area.dispatch_event("change")
        said = problem.inner_text()
        assert said.startswith(case.browser_words), case.name
        assert bool(said) == bool(case.browser_words), case.name


@pytest.mark.browser
def test_a_zone_with_a_hole_is_drawn_and_saved(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    staff = make_user("ada", roles={"admin": ["new york"]})
    screen = open_screen(PHONE, has_touch=True)
    page = sign_in_with_code(app, screen, staff, "/fleet/zones")
    page.get_by_role("link", name="Draw a zone").click()
    map_ = page.get_by_role("application", name="Map: draw the zone")
    problem = page.locator("[data-editor-problem]")
    expect(map_).to_be_visible()
    # Edges that cross are named at once; one step back each.
    page.get_by_role("button", name="Draw a part").click()
    tap(map_, (60, 80), (260, 280), (260, 80), (60, 280), (60, 80))
    expect(problem).to_contain_text("The outline crosses itself")
    for _ in range(5):
        page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Draw a part").click()
    tap(map_, (60, 80), (260, 80), (260, 280), (60, 280), (60, 80))
    expect(problem).to_be_empty()
    page.get_by_role("button", name="Cut a hole").click()
    tap(map_, (120, 140), (200, 140), (200, 220))
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("[data-editor-status]")).to_contain_text("7 points")
    expect(page.get_by_title("Add a point here")).to_have_count(7)
    corners = page.locator(".area-handle:not(.area-handle-middle)")
    boxes = [corners.nth(n).bounding_box() for n in (0, 1)]
    middle = page.get_by_title("Add a point here").first.bounding_box()
    assert middle
    ends = [box["x"] + box["width"] / 2 for box in boxes if box]
    assert abs(middle["x"] + middle["width"] / 2 - sum(ends) / 2) < 2
    # With the keyboard: a point that has the focus moves, and is removed.
    handle = page.locator(".area-handle:not(.area-handle-middle)").first
    handle.focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_role("button", name="Remove the point")).to_be_enabled()
    page.keyboard.press("Delete")
    expect(page.locator("[data-editor-status]")).to_contain_text("6 points")
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Name").fill("Park")
    page.get_by_label("No parking").check()
    screen.inspect("form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Park")).to_be_visible()
    expect(page.locator(".area-shape")).to_be_visible()
    screen.inspect("saved")
    with app.app_context():
        (zone,) = db.session.scalars(select(Zone))
    assert [len(ring) for ring in zone.coordinates[0]] == [5, 4]
    # The next one snaps to it: pasted, then a point is set beside its corner.
    page.goto(f"{screen.site}/fleet/zones/new%20york/new")
    page.get_by_role("button", name="Draw a part").click()
    corner = zone.coordinates[0][0][1]
    expect(page.locator("path.zone")).to_be_visible()
    box = page.locator("path.zone").bounding_box()
    map_box = map_.bounding_box()
    assert box
    assert map_box
    x, y = box["x"] + box["width"] - map_box["x"], box["y"] - map_box["y"]
    x, y = round(x), round(y)
    tap(map_, (x + 4, y - 4), (x + 30, y + 60), (x + 30, y + 120))
    page.get_by_role("button", name="Finish").click()
    drawn = json.loads(page.locator("textarea[name=area]").input_value())
    assert drawn["coordinates"][0][0][0] == corner
