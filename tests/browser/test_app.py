"""The site as an app on a phone: installed, and without network."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.screen import Screen
from tests.browser.service_worker_steps import (
    register_worker,
    wait_for_promise,
    wait_until,
)
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_photo
from webapp.db.keys import RowKey
from webapp.rides.models import OpenRide, Ride
from webapp.web import service_worker
from webapp.web.assets.store import AssetStore, FoundAsset

pytestmark = pytest.mark.browser

OFFER_TO_INSTALL = """() => {
  const event = Object.assign(new Event("beforeinstallprompt", { cancelable: true }), { prompt: () => (window.isAsked = true) });
  return window.dispatchEvent(event);
}"""
UPDATE = "navigator.serviceWorker.getRegistration().then((worker) => worker.update())"
IS_INSTALLED = "async () => !(await navigator.serviceWorker.getRegistration()).installing"
NEW_FILES = """async () =>
  (await (await caches.open("files")).keys()).filter(({ url }) => url.includes("0123456789ab"))"""
#: How many changes wait on the phone.
WAITING = """() => new Promise((resolve) => {
  indexedDB.open("movr-tasks").onsuccess = (event) => {
    const count = event.target.result.transaction("acts").objectStore("acts").count();
    count.onsuccess = () => resolve(count.result);
  };
})"""
#: What the phone keeps of an end, as if an earlier release had kept it without its fields.
FORGET_FIELDS = """path => new Promise((resolve) => {
  indexedDB.open("movr-tasks").onsuccess = ({ target }) => {
    const change = { account: document.querySelector("[data-sign-out]").dataset.account, ride: path.split("/").pop() };
    target.result.transaction("acts", "readwrite").objectStore("acts").add(change).onsuccess = () => resolve(target.result.close());
  };
})"""
#: The page has no network for the end of a ride. The worker, which sends it later, has.
LOSE_ENDS = """() => {
  const { fetch } = window;
  window.fetch = (url, options) => (options?.method === "POST" ? Promise.reject(new TypeError()) : fetch(url, options));
  SyncManager.prototype.register = async () => {}; // the test says when
}"""
#: Let the copy of a page be so many seconds older.
AGE_COPY = """async ([path, seconds]) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    const copy = await cache.match(path);
    if (!copy) continue;
    const headers = new Headers(copy.headers);
    headers.set("X-Kept-At", Number(headers.get("X-Kept-At")) - seconds * 1000);
    await cache.put(path, new Response(await copy.blob(), { headers }));
  }
}"""
IS_GONE = """async () =>
  !(await caches.keys()).length && !(await navigator.serviceWorker.getRegistrations()).length"""


def wait_for_copy(page: Page, path: str) -> None:
    """Wait until the phone has a copy of a page."""
    wait_for_promise(page, "async path => Boolean(await caches.match(path))", path)


def choose_point(page: Page) -> None:
    page.get_by_label("Without the map").select_option(label="Where I picked it up")


def answer_bad_gateway(view: Callable[..., Any]) -> Callable[..., Any]:
    return wraps(view)(lambda **_: ("Bad Gateway", 502))


def find_new_url(name: str) -> str:
    """As if each file were another one."""
    return f"/static/{name.replace('.', '.0123456789ab.')}"


def start_ride(screen: Screen, make_vehicle: VehicleFactory, username: str) -> Page:
    page = screen.sign_in(username, f"/login?next=/vehicles/{make_vehicle().public_key}")
    page.get_by_role("button", name="Start ride").click()
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    return page


def test_the_site_can_be_installed_and_asks_only_when_asked(
    open_screen: Callable[..., Screen],
) -> None:
    page = open_screen().go("/login")
    devtools = page.context.new_cdp_session(page)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # All windows of tests are incognito; a browser without windows installs nothing and says nothing.
    assert [error["errorId"] for error in errors] in (["in-incognito"], [])
    assert devtools.send("Page.getAppManifest")["errors"] == []
    button = page.get_by_role("button", name="Install MovR as an app")
    expect(button).to_be_hidden()
    assert page.evaluate(OFFER_TO_INSTALL) is False, "the browser's own question stays away"
    button.click()
    assert page.evaluate("window.isAsked")
    expect(button).to_be_hidden()


def test_without_network_there_are_the_last_list_and_the_running_ride_of_the_account(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada")
    make_vehicle()
    screen = open_screen()
    page = start_ride(screen, make_vehicle, "ada")
    ride = page.url.removeprefix(screen.site)
    wait_for_copy(page, ride)
    page.wait_for_load_state("networkidle")  # what was asked for the copy was read to its end
    screen.go("/city/new%20york")
    wait_for_copy(page, "/city/new%20york")
    page.context.set_offline(True)
    screen.go("/")
    expect(page.get_by_text("Without network: this page is as it was at")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in").first).to_be_attached()  # everybody's
    screen.go("/wallet")
    expect(page.get_by_role("heading", name="You have no network")).to_be_visible()
    screen.inspect("offline")
    expect(page.get_by_role("link", name="Your ride")).to_have_attribute("href", ride)
    screen.go(ride)
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    page.context.set_offline(False)
    page.context.clear_cookies()
    page = screen.go("/login")  # a page of nobody
    wait_for_promise(page, "async path => !(await caches.match(path))", ride)


def test_a_ride_is_ended_without_network_and_the_server_learns_of_it_later(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:  # fmt: skip
    """Also after the page was loaded once more, and for staff: that it was reported later."""
    ada = make_user("ada")
    screen = open_screen()
    page = start_ride(screen, make_vehicle, "ada")
    path = page.url.removeprefix(screen.site)
    wait_for_copy(page, path)
    page.context.set_offline(True)
    choose_point(page)
    page.get_by_role("button", name="End ride").click()
    waits = page.get_by_text("there is no network, so we do not know it yet")
    expect(waits).to_be_visible()
    screen.inspect("waiting")
    page.evaluate("window.isOld = true; location.reload()")
    page.wait_for_function("!window.isOld")
    expect(waits).to_be_visible()
    expect(page.get_by_role("button", name="End ride")).to_be_hidden()
    expect(page.get_by_role("heading", name="Your ride", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Record route")).to_be_hidden()
    assert row(OpenRide, ada.key)
    page.context.set_offline(False)
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
    expect(page.get_by_text("on the phone, which had no network.")).to_be_visible()
    ride = row(Ride, RowKey.parse(path.removeprefix("/rides/")))
    assert ride.ended_at == ride.end_pressed_at <= ride.end_received_at
    assert ride.duration.total_seconds() < 60
    assert page.evaluate(WAITING) == 0


def test_a_waiting_end_is_sent_in_the_background_when_no_page_is_open(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:  # fmt: skip
    ada = make_user("ada")
    screen = open_screen()
    page = start_ride(screen, make_vehicle, "ada")
    path = page.url.removeprefix(screen.site)
    wait_for_copy(page, path)
    page.evaluate(LOSE_ENDS)
    choose_point(page)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("there is no network, so we do not know it yet")).to_be_visible()
    devtools = page.context.new_cdp_session(page)
    registrations: list[dict[str, str]] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.goto("about:blank")
    wait_until(page, lambda: registrations)
    assert row(OpenRide, ada.key)
    origin = {"origin": screen.site, "registrationId": registrations[0]["registrationId"]}
    devtools.send(
        "ServiceWorker.dispatchSyncEvent", {**origin, "tag": "ride-end", "lastChance": False}
    )
    ride_key = RowKey.parse(path.removeprefix("/rides/"))
    wait_until(page, lambda: row(Ride, ride_key).ended_at)
    assert row(Ride, ride_key).end_pressed_at


def test_a_form_that_nobody_answers_stays_with_what_was_entered(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.sign_in("ada", f"/login?next=/vehicles/{make_vehicle().public_key}/report")
    register_worker(page)
    page.get_by_label("What is wrong?").select_option("Damaged")
    page.get_by_label("Details").fill("The bell is gone.")
    photo = page.get_by_label("Photo", exact=True)
    photo.set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": make_photo(format_="PNG").read()}
    )
    page.context.set_offline(True)
    send = page.get_by_role("button", name="Send report")
    send.click()
    notice = page.get_by_text("No answer: you have no network")
    expect(notice).to_be_visible()
    screen.inspect("unanswered")
    page.context.set_offline(False)
    expect(page.get_by_label("Details")).to_have_value("The bell is gone.")
    send.click()
    expect(page.get_by_text("Thanks for telling us.")).to_be_visible()
    expect(page.locator("main img")).to_have_count(1)
    page.context.set_offline(True)
    screen.open_menu()
    page.get_by_role("button", name="Sign out").click()
    expect(notice).to_be_visible()


def test_a_page_that_the_phone_kept_is_shown_for_two_hours(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada")
    screen = open_screen()
    page = start_ride(screen, make_vehicle, "ada")
    path = page.url.removeprefix(screen.site)
    wait_for_copy(page, path)
    page.context.set_offline(True)
    page.evaluate(AGE_COPY, [path, 2 * 3600 - 60])
    screen.go(path)
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    page.evaluate(AGE_COPY, [path, 120])
    screen.go(path)
    expect(page.get_by_role("heading", name="You have no network")).to_be_visible()


def test_a_refused_end_says_why_and_the_ride_goes_on(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory,
    make_vehicle: VehicleFactory, row: RowReader, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """While the server is down; it answers as a proxy does for it. Also an end that an earlier
    release has kept in another form."""
    make_user("ada")
    screen = open_screen()
    page = start_ride(screen, make_vehicle, "ada")
    wait_for_copy(page, page.url.removeprefix(screen.site))
    with monkeypatch.context() as patch:
        for name in ("rides.ride.end", "rides.ride.show"):
            patch.setitem(app.view_functions, name, answer_bad_gateway(app.view_functions[name]))
        page.get_by_text("Type the numbers instead").click()
        page.get_by_label("Latitude").fill("48.85")
        page.get_by_label("Longitude").fill("2.35")
        page.get_by_role("button", name="End ride").click()
        waits = page.get_by_text("there is no network, so we do not know it yet")
        expect(waits).to_be_visible()
        screen.go(page.url.removeprefix(screen.site))
        expect(waits).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("Your ride has not ended. The vehicle can't have")).to_be_visible()
    expect(page.get_by_role("button", name="End ride")).to_be_enabled()
    page.get_by_role("button", name="OK").click()
    expect(page.locator("[data-ride-end]")).to_be_hidden()
    path = page.url.removeprefix(screen.site)
    page.evaluate(FORGET_FIELDS, path)
    screen.go(path)
    expect(page.get_by_text("Your ride has not ended.")).to_be_visible()


def test_a_new_release_is_told_and_the_worker_can_be_turned_off(
    app: Flask, open_screen: Callable[..., Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_screen().go("/login")
    register_worker(page)
    notice = page.get_by_text("There is a new version of MovR.")
    expect(notice).to_be_hidden()
    monkeypatch.setattr(service_worker, "static_url", find_new_url)
    page.evaluate(UPDATE)  # by a server of this release, which has files of these names only
    wait_for_promise(page, IS_INSTALLED)
    expect(notice).to_be_hidden()
    assert page.evaluate(NEW_FILES) == []
    find = AssetStore.find

    def find_exact(store: AssetStore, name: str) -> FoundAsset | None:
        found = find(store, name)
        return found and found._replace(is_exact=True)

    monkeypatch.setattr(AssetStore, "find", find_exact)
    page.evaluate(UPDATE)
    expect(notice).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()
    expect(notice).to_be_hidden()
    monkeypatch.setattr(service_worker, "static_url", lambda name: f"{find_new_url(name)}?3")
    page.evaluate(UPDATE)
    expect(notice).to_be_visible()
    page.get_by_label("Password").fill("typed")
    expect(notice).to_be_hidden()
    monkeypatch.setitem(app.config, "SERVICE_WORKER", False)
    page.evaluate(UPDATE)
    wait_for_promise(page, IS_GONE)
