"""A mechanic's Monday on a phone, from sign-in to sign-out, with an hour without network."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.screen import Screen
from tests.browser.staff import sign_in_with_code
from tests.browser.test_tasks import KEPT_PAGES, wait_until_kept
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import change_of, finish_task, insert_task, start_task
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.services.planning import assign_task

pytestmark = pytest.mark.browser

MAX_IS_AT = (40.7000, -74.0100)
#: The stops of the route: what is to be done, with how full the battery is, and where.
STOPS = [
    ("swap_battery", 8, "Water Street 3", 40.7010),
    ("inspect", 64, "Pier 16", 40.7050),
    ("repair", 41, "Canal Street 201", 40.7150),
]


@pytest.fixture
def max_(make_user: UserFactory) -> User:
    return make_user("max", roles={"mechanic": ["new york"]})


@pytest.fixture
def route(app: Flask, max_: User, make_vehicle: VehicleFactory) -> list[RowKey]:
    """The tasks of Max, the nearest first. The last one is made first."""
    assignee: dict[str, Any] = {"assignee_region": max_.region, "assignee_id": max_.id}
    keys = []
    for kind, battery, address, lat in reversed(STOPS):
        vehicle = make_vehicle(at=(lat, -74.01), battery_percent=battery, address=address)
        keys.append(insert_task(app, vehicle.key, kind=kind, **assignee))
    return keys[::-1]


def take_photo() -> FilePayload:
    file = BytesIO()
    Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 40).convert("RGB").save(file, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def finish_by_colleague(app: Flask, task_key: RowKey, max_: User, make_user: UserFactory) -> None:
    """A manager gives the task to Mia, who does it."""
    fay = make_user("fay", roles={"fleet": ["new york"]})
    mia = make_user("mia", roles={"mechanic": ["new york"]})
    with app.app_context():
        assign_task(fay, task_key, max_.key, mia.key)
        start_task(task_key, change_of(mia))
        finish_task(task_key, change_of(mia), TaskOutcome(VehicleOutcome.DEPLOYED))


def fill_outcome(page: Page) -> None:
    page.get_by_label("It stands on the street, ready to ride").check()
    page.get_by_label("What was done").fill("Cleaned the contacts.")
    page.get_by_label("Minutes of work").fill("12")
    page.get_by_label("Photo", exact=True).set_input_files(take_photo())
    page.get_by_text("Parts that you used").click()
    page.get_by_label("Part", exact=True).first.fill("Battery lock")
    page.get_by_label("Cost").first.fill("4.50")


def test_a_mechanics_monday(
    app: Flask, open_screen: Callable[..., Screen], max_: User, route: list[RowKey],
    make_user: UserFactory, row: RowReader, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "SECOND_FACTOR_REQUIRED", True)
    first, second, third = route
    position = dict(zip(("latitude", "longitude"), MAX_IS_AT, strict=True))
    screen = open_screen(geolocation=position, permissions=["geolocation"])
    page = sign_in_with_code(app, screen, max_, "/fleet/tasks")

    page.wait_for_url("**lat=40.7*")
    stops = page.locator("[data-own-tasks] .task-link")
    expect(stops).to_have_count(3)
    for stop, (_, _, address, _) in zip(stops.all(), STOPS, strict=True):
        expect(stop).to_contain_text(address)
    wait_until_kept(page, 4)
    screen.shoot("1-route")

    stops.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Swap the battery")
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_role("heading", name="Finish")).to_be_visible()
    expect(page.locator(".state-non-operational").first).to_be_visible()
    vehicle_key = RowKey(first.region, row(Task, first).vehicle_id)
    assert row(Vehicle, vehicle_key).state == "non_operational"
    screen.shoot("2-started")

    page.context.set_offline(True)
    expect(page.get_by_text("No network.")).to_be_visible()
    fill_outcome(page)
    screen.shoot("3-outcome")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("1 change is saved on this phone")).to_be_visible()
    page.get_by_role("link", name="My next task").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inspect")
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_text("2 changes are saved on this phone")).to_be_visible()
    expect(page.get_by_role("link", name="My next task")).to_have_attribute(
        "href", re.compile(str(third))
    )
    screen.shoot("4-without-network")
    finish_by_colleague(app, second, max_, make_user)

    with page.expect_navigation():  # the page loads again when all was sent
        page.context.set_offline(False)
    expect(page.get_by_text("This task is done or cancelled already.")).to_be_visible()
    screen.inspect("5-conflict")
    task = row(Task, first)
    assert (task.state, task.minutes, task.outcome_note) == ("done", 12, "Cleaned the contacts.")
    assert row(Vehicle, vehicle_key).state == "available"
    page.get_by_role("button", name="OK").click()
    expect(page.locator(".task-refused")).to_have_count(0)

    page.get_by_role("link", name="My next task").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Repair")
    assert page.url.endswith(str(third))
    screen.shoot("6-next")
    screen.go(f"/fleet/tasks/{first}")
    expect(page.get_by_text("1 × Battery lock, $4.50")).to_be_visible()
    picture = page.get_by_alt_text("Photo 1")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 640)
    screen.shoot("7-done")

    screen.open_menu()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    screen.open_menu()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    assert page.evaluate(KEPT_PAGES) == 0
