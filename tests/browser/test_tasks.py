"""Tasks on a phone: a route, an hour without network, and planning on a desk."""

from collections.abc import Callable
from functools import wraps
from threading import Event
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from tests.browser.conftest import LIMIT_MS
from tests.browser.screen import DESK, Screen
from tests.browser.service_worker_steps import wait_until
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import change_of, insert_task
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.services.working import take_task
from webapp.web import security_headers

pytestmark = pytest.mark.browser

LIST = "/fleet/tasks?city=new+york"
KEPT_PAGES = """async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("pages."));
  const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return keys.flat().length;
}"""


#: How many fields of the first change are on the phone.
KEPT_FIELDS = """() => new Promise((resolve) => {
  indexedDB.open("movr-tasks", 1).onsuccess = (event) => {
    const acts = event.target.result.transaction("acts").objectStore("acts").getAll();
    acts.onsuccess = () => resolve(acts.result[0].fields.length);
  };
})"""


@pytest.fixture
def max_(make_user: UserFactory) -> User:
    return make_user("max", roles={"mechanic": ["new york"]})


@pytest.fixture
def mia(make_user: UserFactory) -> User:
    return make_user("mia", roles={"mechanic": ["new york"]})


def own_task(app: Flask, vehicle: Vehicle, staff: User, kind: str = "inspect") -> RowKey:
    """A task that somebody has taken."""
    assignee: dict[str, Any] = {"assignee_region": staff.region, "assignee_id": staff.id}
    return insert_task(app, vehicle.key, kind=kind, **assignee)


def wait_until_kept(page: Page, number: int) -> None:
    wait_until(page, lambda: page.evaluate(KEPT_PAGES) >= number)


def test_a_mechanic_works_without_network_and_the_acts_arrive_in_their_order(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:  # fmt: skip
    vehicle, other = make_vehicle(battery_percent=8), make_vehicle()
    key = own_task(app, vehicle, max_, kind="swap_battery")
    second = own_task(app, other, max_)
    screen = open_screen()
    screen.sign_in("max").wait_for_url("**/")
    page = screen.go(LIST)
    expect(page.get_by_role("heading", name="My tasks")).to_be_visible()
    wait_until_kept(page, 3)
    page.context.set_offline(True)
    page.locator(f"[data-task='{key}'] .task-link").click()
    expect(page.get_by_text("No network.")).to_be_visible()
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_text("1 change is saved on this phone")).to_be_visible()
    page.get_by_label("It stands on the street, ready to ride").check()
    page.get_by_label("Minutes of work").fill("6")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("2 changes are saved on this phone")).to_be_visible()
    screen.inspect("without-network")
    page.get_by_role("link", name="My next task").click()
    expect(page.get_by_role("heading", name="Inspect")).to_be_visible()
    page.get_by_role("link", name="Tasks in New York").click()
    expect(page.locator(f"[data-task='{key}'] [data-queued]")).to_have_text(
        "Waiting for network: Done"
    )
    assert row(Task, key).state == "open"
    page.context.set_offline(False)
    expect(page.locator(f"[data-task='{key}']")).to_have_count(0)
    expect(page.locator(f"[data-task='{second}']")).to_be_visible()
    task = row(Task, key)
    assert (task.state, task.minutes) == ("done", 6)
    assert row(Vehicle, vehicle.key).battery_percent == 100


def test_what_a_colleague_did_meanwhile_is_told_when_the_network_is_back(
    app: Flask, open_screen: Callable[..., Screen], max_: User, mia: User,
    make_vehicle: VehicleFactory, row: RowReader,
) -> None:  # fmt: skip
    key = insert_task(app, make_vehicle().key)
    screen = open_screen()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    page.context.set_offline(True)
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("1 change is saved on this phone")).to_be_visible()
    with app.app_context():
        take_task(key, change_of(mia))
    with page.expect_navigation():  # the page loads again when all was sent
        page.context.set_offline(False)
    expect(page.locator(".task-refused")).to_contain_text("Take it")
    expect(page.locator(".task-refused")).to_contain_text("A colleague has taken this task.")
    screen.inspect("refused")
    assert row(Task, key).assignee_key == mia.key
    page.get_by_role("button", name="OK").click()
    expect(page.locator(".task-refused")).to_have_count(0)


def test_what_was_done_without_network_is_sent_in_the_next_session_of_its_account(
    app: Flask, open_screen: Callable[..., Screen], max_: User, mia: User,
    make_vehicle: VehicleFactory, row: RowReader,
) -> None:  # fmt: skip
    """Not in that of another account on the same phone."""
    key = own_task(app, make_vehicle(), max_)
    screen = open_screen()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    page.context.set_offline(True)
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_text("1 change is saved on this phone")).to_be_visible()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.get_by_text("Sign in again to send what is saved")).to_be_visible()
    page = screen.sign_in("mia", "/login?next=/fleet/tasks")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    wait_until_kept(page, 1)
    expect(page.locator("[data-task-queue] p")).to_have_count(0)
    assert row(Task, key).state == "open"
    page.context.clear_cookies()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    wait_until(page, lambda: row(Task, key).state != "open")
    assert row(Task, key).state == "in_progress"


def test_a_refusal_without_words_is_told_once_and_nothing_is_lost(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory
) -> None:
    key = own_task(app, make_vehicle(), max_)
    screen = open_screen()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    page.context.set_offline(True)
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_text("1 change is saved on this phone")).to_be_visible()
    answer_start(page, key, 413)
    with page.expect_navigation():  # the page loads again when all was sent
        page.context.set_offline(False)
    expect(page.get_by_text("This was not saved.")).to_be_visible()
    # The page may reload itself at the same moment, which aborts a reload that is waited for.
    page.evaluate("window.isOld = true; location.reload()")
    page.wait_for_function("!window.isOld")
    expect(page.get_by_text("This was not saved.")).to_be_visible()
    assert page.evaluate("sessionStorage.startsSent") == "1"
    assert page.evaluate(KEPT_FIELDS) > 1


def answer_start(page: Page, key: RowKey, status: int) -> None:
    """Answer and count each request to start a task, on this page and later ones, in place of the
    server. The routes of Playwright miss a request now and then once the service worker controls
    the page."""
    script = f"""{{
      const send = window.fetch;
      window.fetch = (url, options) => {{
        if (!String(url).endsWith("/{key}/start")) return send(url, options);
        sessionStorage.startsSent = Number(sessionStorage.startsSent ?? 0) + 1;
        return Promise.resolve(new Response("Hello.", {{ status: {status} }}));
      }};
      null;  // Playwright would call a function
    }}"""
    page.add_init_script(script)
    page.evaluate(script)


@pytest.mark.parametrize("answer", [503, 400, 200])
def test_what_the_server_does_not_take_is_kept_and_may_be_discarded(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory,
    row: RowReader, answer: int,
) -> None:  # fmt: skip
    """Also 400, the token of a session that is over, and 200 of somebody else's page."""
    key, other = own_task(app, make_vehicle(), max_), own_task(app, make_vehicle(), max_)
    screen = open_screen()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    answer_start(page, key, answer)
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    notice = page.locator("[data-task-queue]")
    if answer == 400:
        expect(notice).to_contain_text("This was not saved.")
    else:
        expect(notice).to_contain_text("1 change is saved on this phone")
    assert row(Task, key).state == "open"
    if answer != 503:
        return
    page.goto(f"{screen.site}/fleet/tasks/{other}")
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    # It does not wait for the one that fails.
    wait_until(page, lambda: row(Task, other).state != "open")
    for _ in range(2):
        page.reload()
        page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("[data-task-queue] p")).to_have_count(0)


def test_a_phone_that_cannot_keep_a_change_says_so(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory
) -> None:
    key = own_task(app, make_vehicle(), max_)
    screen = open_screen()
    page = screen.sign_in("max", f"/login?next=/fleet/tasks/{key}")
    page.locator("[data-task-queue][data-started]").wait_for(state="attached")
    page.evaluate("IDBObjectStore.prototype.add = () => { throw new Error('full'); }; 0")
    page.context.set_offline(True)
    button = page.get_by_role("button", name="I'm at the vehicle: start", exact=True)
    button.click()
    expect(page.locator(".task-refused")).to_contain_text("This phone has no room to keep it.")
    expect(button).to_be_enabled()


def test_signing_out_deletes_what_the_phone_has_kept(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also in a browser without Clear-Site-Data, and what is still loading."""
    monkeypatch.setattr(security_headers, "SITE_DATA", "")
    key, is_asked, may_answer = own_task(app, make_vehicle(), max_), Event(), Event()
    show = app.view_functions["fleet.tasks.show"]

    @wraps(show)
    def wait_and_show(**arguments: Any) -> Any:
        page = show(**arguments)
        is_asked.set()
        may_answer.wait(LIMIT_MS / 1000)
        return page

    screen = open_screen()
    screen.sign_in("max").wait_for_url("**/")
    page = screen.go(LIST)
    wait_until_kept(page, 2)
    monkeypatch.setitem(app.view_functions, "fleet.tasks.show", wait_and_show)
    page.evaluate(f"fetch('/fleet/tasks/{key}'); 0")
    assert is_asked.wait(LIMIT_MS / 1000)
    page.locator(".menu summary").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You're signed out.")).to_be_visible()
    may_answer.set()
    assert page.evaluate("indexedDB.databases()") == []
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []


def test_another_account_deletes_the_pages_that_the_phone_has_kept(
    app: Flask, open_screen: Callable[..., Screen], max_: User, mia: User,
    make_vehicle: VehicleFactory,
) -> None:  # fmt: skip
    own_task(app, make_vehicle(), max_)
    screen = open_screen()
    screen.sign_in("max").wait_for_url("**/")
    page = screen.go(LIST)
    wait_until_kept(page, 2)
    page.context.clear_cookies()  # the session ends by its time
    screen.sign_in("mia").wait_for_url("**/")
    wait_until(page, lambda: not page.evaluate(KEPT_PAGES))


@pytest.mark.parametrize("end", ["deleted", "not staff any more", "signed out"])
def test_a_page_that_is_not_shown_any_more_is_not_kept(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_vehicle: VehicleFactory,
    end: str,
) -> None:  # fmt: skip
    key = own_task(app, make_vehicle(), max_)
    screen = open_screen()
    screen.sign_in("max").wait_for_url("**/")
    page = screen.go(LIST)
    wait_until_kept(page, 2)
    if end == "signed out":
        page.context.clear_cookies()
    else:
        rows = delete(Task) if end == "deleted" else delete(RoleGrant)
        with app.app_context():
            execute_write(rows)
    page.goto(f"{screen.site}/fleet/tasks/{key}")
    assert page.evaluate(KEPT_PAGES) == (1 if end == "deleted" else 0)


def test_a_planner_drags_a_task_to_somebody(
    app: Flask, open_screen: Callable[..., Screen], max_: User, make_user: UserFactory,
    make_vehicle: VehicleFactory, row: RowReader,
) -> None:  # fmt: skip
    make_user("fay", roles={"fleet": ["new york"]})
    key = insert_task(app, make_vehicle().key)
    screen = open_screen(DESK)
    page = screen.sign_in("fay", "/login?next=/fleet/tasks/plan")
    page.locator("[data-plan-task]").drag_to(page.get_by_role("heading", name="Max Lovelace"))
    column = page.locator("[data-plan-column]").filter(has_text="Max Lovelace 1")
    expect(column.locator("[data-plan-task]")).to_have_count(1)
    assert row(Task, key).assignee_key == max_.key
    screen.inspect("plan")


def test_a_mechanic_follows_the_route_and_a_manager_sees_it(
    app: Flask, open_screen: Callable[..., Screen], max_: User, mia: User,
    make_user: UserFactory, make_vehicle: VehicleFactory,
) -> None:  # fmt: skip
    make_user("fay", roles={"fleet": ["new york"]})
    streets = ["Broadway 12", "Water Street 3", "Pier 16", "Wall Street 60", "Canal Street 201"]
    kinds = ["swap_battery", "repair", "inspect", "rebalance", "collect"]
    for number, (street, kind) in enumerate(zip(streets, kinds, strict=True)):
        place = (40.705 + 0.004 * number, -74.01)
        columns: dict[str, Any] = {"battery_percent": 9 + 4 * number, "address": street}
        own_task(app, make_vehicle(at=place, **columns), max_, kind=kind)
        free = make_vehicle(at=place, brand="Riese", **columns)
        insert_task(app, free.key, kind=kind, priority=1 + number % 3, note="Behind the kiosk.")
    own_task(app, make_vehicle(), mia)
    screen = open_screen(
        geolocation={"latitude": 40.71, "longitude": -74.01}, permissions=["geolocation"]
    )
    screen.sign_in("max").wait_for_url("**/")
    page = screen.go(LIST)
    page.wait_for_url("**lat=40.71**")
    expect(page.locator("[data-own-tasks] .task-link").first).to_contain_text("Water Street 3")
    screen.inspect("route")
    page.locator(".task-list .task-link", has_text="Riese").first.click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Give it back")).to_be_visible()
    screen.inspect("task")
    page.get_by_role("button", name="I'm at the vehicle: start", exact=True).click()
    expect(page.get_by_role("heading", name="Finish")).to_be_visible()
    screen.inspect("finish")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Say where the vehicle is.")).to_be_visible()
    # A photo that was chosen is not lost: the browser says what is missing.
    page.locator("[name=photo1]").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    )
    page.get_by_role("button", name="Done").click()
    expect(page.locator("[name=vehicle]").first).to_be_focused()
    page.locator("[name=photo1]").set_input_files([])
    page.get_by_label("It stays out of service").check()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Done · yours")).to_be_visible()
    expect(page.get_by_role("link", name="My next task")).to_be_visible()
    screen.inspect("done")

    desk = open_screen(DESK)
    desk.sign_in("fay").wait_for_url("**/")
    desk.go("/fleet/tasks/plan")
    desk.inspect("plan")
    desk.go("/fleet/tasks/rules?city=new+york")
    desk.inspect("rules")
    with app.app_context():
        key = make_vehicle().key
    desk.go(f"/fleet/vehicles/{key}/tasks/new")
    desk.inspect("new")
