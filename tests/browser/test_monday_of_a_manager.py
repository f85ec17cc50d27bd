"""A manager's Monday on a desk, from sign-in to sign-out."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import DESK, Screen
from tests.browser.staff import sign_in_with_code
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_report_data
from tests.fleet.tasks.steps import insert_task
from tests.job_steps import read_mails, run_jobs
from tests.rides.steps import PRICE, MakeEndedRide
from tests.rides.steps import make_ended_ride as make_ended_ride  # a fixture
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.services import file_report
from webapp.fleet.tasks.models import Task
from webapp.rides.disputes.services import write_message

pytestmark = pytest.mark.browser

STREETS = ["Broadway 12", "Water Street 3", "Pier 16", "Wall Street 60", "Canal Street 201"]


@pytest.fixture
def fay(make_user: UserFactory) -> User:
    for name in ("max", "mia"):
        make_user(name, roles={"mechanic": ["new york"]})
    return make_user("fay", roles={"fleet": ["new york", "paris"]})


@pytest.fixture
def fleet(make_vehicle: VehicleFactory) -> list[Vehicle]:
    """Five vehicles with empty batteries, and others."""
    make_vehicle("paris", brand="Hirondelle", form_factor="bicycle")
    for number in range(4):
        make_vehicle(brand="Pegasus", form_factor="bicycle", address=f"{number + 1} Baker Street")
    return [
        make_vehicle(battery_percent=4 + number, address=street, at=(40.7 + number / 200, -74.0))
        for number, street in enumerate(STREETS)
    ]


@pytest.fixture
def report(app: Flask, ada: User, make_vehicle: VehicleFactory) -> RowKey:
    """A report of Ada's that takes its vehicle out of service."""
    data = make_report_data(critical=True, note="The brake does nothing.")
    vehicle = make_vehicle(brand="Pegasus", battery_percent=80)
    with app.app_context():
        return file_report(ada.key, vehicle.key, uuid4().hex, data)


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def dispute(
    app: Flask, ada: User, make_plan: PlanFactory, make_ended_ride: MakeEndedRide
) -> RowKey:
    """A dispute of Ada's about a ride that cost $3.50."""
    make_plan(**PRICE)
    ride_key = make_ended_ride(ada.key, battery_percent=80)
    with app.app_context():
        write_message(ada.key, ride_key, uuid4().hex, "The lock did not open.")
    return ride_key


def submit(page: Page) -> None:
    """Press the button that the form of the page ends with."""
    page.locator("main .action-bar .btn-wide").last.click()


def open_list(screen: Screen, endpoint: str) -> Page:
    """Open a page by the menu of staff."""
    page = screen.page
    page.locator(".staff-menu summary").click()
    page.locator(f".staff-menu a[href='{endpoint}']").click()
    page.wait_for_url(f"**{endpoint}*")
    return page


def test_a_managers_monday(
    app: Flask, open_screen: Callable[..., Screen], fay: User, fleet: list[Vehicle],
    report: RowKey, dispute: RowKey, row: RowReader, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "SECOND_FACTOR_REQUIRED", True)
    task_keys = [insert_task(app, each.key, kind="swap_battery") for each in fleet[3:]]
    screen = open_screen(DESK)
    page = sign_in_with_code(app, screen, fay, "/fleet")

    see_the_board(screen)
    task_key = plan_a_repair(screen, row, fleet[0])
    assign_tasks(screen, row, [task_key, *task_keys])
    answer_the_report(app, screen, report)
    resolve_the_dispute(screen, dispute)
    act_on_many_and_undo(app, screen, row, fleet[1:3])
    search(screen)

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def see_the_board(screen: Screen) -> None:
    """From all cities to the vehicles behind an alert, and to one of them beside the list."""
    page = screen.page
    cities = page.locator("tbody tr")
    expect(cities).to_have_count(2)
    expect(cities.filter(has_text="New York")).to_contain_text("Low battery")
    screen.shoot("1-cities")
    page.get_by_role("link", name="New York").click()
    alert = page.locator(".counter-alert").filter(has_text="Low battery")
    expect(alert.locator(".counter-number")).to_have_text("5")
    screen.shoot("2-board")
    alert.click()
    page.wait_for_url("**alert=battery_low*")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.locator("tbody tr").filter(has_text=STREETS[0]).locator("th a").click()
    view = page.locator("[data-quick-view-content]")
    expect(view.get_by_role("heading", level=1)).to_have_text("Okai scooter")
    expect(view).to_contain_text(STREETS[0])
    screen.shoot("3-beside")
    view.get_by_role("link", name="Open the full page").click()


def plan_a_repair(screen: Screen, row: RowReader, vehicle: Vehicle) -> RowKey:
    """Take the vehicle out of service, and make a task of it."""
    page = screen.page
    page.wait_for_url(f"**/fleet/vehicles/{vehicle.key}")
    page.get_by_role("link", name="Take out of service").click()
    page.get_by_label("Why?").select_option("maintenance")
    page.get_by_label("Note").fill("Loose handlebar.")
    screen.shoot("4-out-of-service")
    submit(page)
    expect(page.locator(".page-header .state-non-operational")).to_be_visible()
    events = page.locator("section[aria-labelledby='events'] li")
    expect(events.first).to_contain_text("Loose handlebar.")
    expect(events.first).to_contain_text("Fay")
    screen.shoot("5-vehicle")
    page.locator(".vehicle-actions a[href$='/tasks/new']").click()
    page.locator("#kind").select_option("repair")
    page.locator("#note").fill("Bring the torque wrench.")
    submit(page)
    page.wait_for_url("**/fleet/tasks/us-east1.*")
    expect(page.get_by_text("Bring the torque wrench.")).to_be_visible()
    task_key = RowKey.parse(page.url.rsplit("/", 1)[1])
    assert row(Task, task_key).kind == "repair"
    return task_key


def assign_tasks(screen: Screen, row: RowReader, task_keys: list[RowKey]) -> None:
    """One task by dragging it, another one by its button."""
    page = screen.go("/fleet/tasks/plan?city=new+york")
    columns = page.locator("[data-plan-column]")

    def card_of(task_key: RowKey) -> Locator:
        return page.locator("[data-plan-task]").filter(has=page.locator(f"a[href$='{task_key}']"))

    expect(columns.first.locator("[data-plan-task]")).to_have_count(3)
    screen.shoot("6-plan")
    dragged, chosen, _ = task_keys
    card_of(dragged).drag_to(page.get_by_role("heading", name="Mia Lovelace"))
    expect(columns.filter(has=page.get_by_role("heading", name="Mia Lovelace 1"))).to_be_visible()
    page.get_by_label("Assign to").select_option(label="Max Lovelace")
    card_of(chosen).get_by_role("button", name="Assign").click()
    expect(columns.filter(has=page.get_by_role("heading", name="Max Lovelace 1"))).to_be_visible()
    screen.shoot("7-assigned")
    assert [row(Task, key).assignee_key is None for key in task_keys] == [False, False, True]


def answer_the_report(app: Flask, screen: Screen, report: RowKey) -> None:
    page = open_list(screen, "/fleet/reports")
    page.locator(f"tbody a[href$='{report}']").click()
    expect(page.get_by_text("The brake does nothing.", exact=True)).to_be_visible()
    screen.shoot("8-report")
    page.get_by_label("Outcome").select_option("resolved")
    page.get_by_label("Message to the reporter").fill("We have replaced the cable.")
    page.get_by_label("Return the vehicle to service").check()
    submit(page)
    expect(page.get_by_text("We have replaced the cable.")).to_be_visible()
    expect(page.locator(".state-available").first).to_be_visible()
    mails = read_mails(app, "ada@example.org")
    assert any(f"/reports/{report}" in mail.body for mail in mails)


def resolve_the_dispute(screen: Screen, dispute: RowKey) -> None:
    page = open_list(screen, "/fleet/disputes")
    page.locator(f"tbody a[href$='{dispute}']").click()
    expect(page.get_by_text("The lock did not open.", exact=True)).to_be_visible()
    screen.shoot("9-dispute")
    page.get_by_label("Message to the rider").fill("Sorry, you get it back.")
    page.get_by_label("Refund").fill("3.50")
    page.get_by_label("Close the dispute").check()
    submit(page)
    expect(page.get_by_text("Sorry, you get it back.")).to_be_visible()
    expect(page.get_by_text("$3.50").first).to_be_visible()
    open_list(screen, "/fleet/disputes")
    expect(page.locator("tbody a[href*='/fleet/disputes/']")).to_have_count(0)


def act_on_many_and_undo(
    app: Flask, screen: Screen, row: RowReader, vehicles: list[Vehicle]
) -> None:
    """See what an action would do, do it, follow it, and take it back."""

    def states() -> set[str]:
        return {row(Vehicle, vehicle.key).state for vehicle in vehicles}

    page = screen.go("/fleet/vehicles?city=new+york&alert=battery_low")
    for vehicle in vehicles:
        page.locator(f"[name='vehicle-{vehicle.id}']").check()
    screen.shoot("10-selected")
    page.get_by_role("button", name="Act on selected").click()
    page.get_by_role("link", name="Take out of service").click()
    expect(page.locator("main table")).to_contain_text("2")
    page.get_by_label("Why?").select_option("battery_low")
    screen.shoot("11-preview")
    submit(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    screen.shoot("12-progress")
    run_jobs(app)
    undo = page.get_by_role("link", name="Undo")
    expect(undo).to_be_visible()
    screen.shoot("13-results")
    assert states() == {"non_operational"}
    undo.click()
    submit(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    run_jobs(app)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert states() == {"available"}


def search(screen: Screen) -> None:
    page = screen.page
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("baker street")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fleet/search*")
    found = page.locator("section[aria-labelledby='found-vehicles'] li")
    expect(found).to_have_count(4)
    screen.shoot("14-search")
    found.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Pegasus"))
