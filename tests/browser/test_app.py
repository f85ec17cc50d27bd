"""The site as an app on a phone: installed, and without network."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from webapp.web import service_worker

pytestmark = pytest.mark.browser

OFFER_TO_INSTALL = """() => {
  const event = Object.assign(new Event("beforeinstallprompt", { cancelable: true }), { prompt: () => (window.isAsked = true) });
  return window.dispatchEvent(event);
}"""
#: At once, and not when the page has been there for a moment.
REGISTER = """async () => {
  await navigator.serviceWorker.register("/worker.js?language=en");
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage("keep");
}"""
UPDATE = "navigator.serviceWorker.getRegistration().then((worker) => worker.update())"
IS_GONE = """async () =>
  !(await caches.keys()).length && !(await navigator.serviceWorker.getRegistrations()).length"""


def register_worker(page: Page) -> None:
    page.evaluate(REGISTER)
    page.wait_for_function("navigator.serviceWorker.controller")


def wait_until(page: Page, condition: str, argument: str = "") -> None:
    """Wait for a condition that is a promise, for which ``wait_for_function`` does not wait."""
    while not page.evaluate(condition, argument):
        page.wait_for_timeout(50)


def wait_for_copy(page: Page, path: str) -> None:
    """Wait until the phone has a copy of a page."""
    wait_until(page, "async path => Boolean(await caches.match(path))", path)


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
    assert [error["errorId"] for error in errors] == ["in-incognito"], "as all windows of tests are"
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
    screen.go("/city/new%20york")
    wait_for_copy(page, "/city/new%20york")
    page.context.set_offline(True)
    screen.go("/")
    expect(page.get_by_text("Without network: this page is as it was at")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in").first).to_be_attached()  # everybody's
    screen.go("/wallet")
    expect(page.get_by_role("heading", name="You have no network")).to_be_visible()
    screen.inspect("offline")
    page.get_by_role("link", name="Your ride").click()
    expect(page.get_by_role("heading", name="You are riding")).to_be_visible()
    screen.inspect("kept-ride")
    page.context.set_offline(False)
    page.context.clear_cookies()
    page = screen.go("/login")  # a page of nobody
    wait_until(page, "async path => !(await caches.match(path))", ride)


def test_a_new_release_is_told_and_the_worker_can_be_turned_off(
    app: Flask, open_screen: Callable[..., Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_screen().go("/login")
    register_worker(page)
    notice = page.get_by_text("There is a new version of MovR.")
    expect(notice).to_be_hidden()
    monkeypatch.setattr(service_worker, "static_url", find_new_url)
    page.evaluate(UPDATE)
    expect(notice).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()
    expect(notice).to_be_hidden()
    monkeypatch.setitem(app.config, "SERVICE_WORKER", False)
    page.evaluate(UPDATE)
    wait_until(page, IS_GONE)
