"""Pages that everyone can use: axe finds nothing serious, nothing is cut off, and the keyboard reaches
everything.

The walks through all pages read them in the made-up language: its texts are as wide as the widest
translation, and stand from right to left. The other tests read English.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.auth.steps import new_browser
from tests.browser.screen import DESK, Screen
from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.surface.routes import methods
from tests.surface.staff_site import load_staff_site
from webapp.auth.services.users import get_user
from webapp.riders.data_exports.services import request_data_export
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.tokens import UnsubscribeToken

#: The pages of staff are many: several workers share them.
STAFF_PARTS = 3


#: A language that is written from right to left, in which there are no texts.
PSEUDO_LANGUAGE = "ar"


@pytest.fixture
def pseudo_language(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(app.config, "PSEUDO_LANGUAGE", PSEUDO_LANGUAGE)
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", PSEUDO_LANGUAGE))
    return PSEUDO_LANGUAGE


def inspect_pages(screen: Screen, *paths: str) -> None:
    for path in paths:
        screen.go(path)
        screen.inspect()


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_visitors(
    open_screen: Callable[..., Screen], make_vehicle: VehicleFactory, pseudo_language: str
) -> None:
    vehicle = make_vehicle(range_m=12_000)
    screen = open_screen()
    screen.speak(pseudo_language)
    inspect_pages(
        screen,
        "/",
        "/login",
        "/nowhere",
        "/?type=car",
        f"/vehicles/{vehicle.public_key}",
        "/v",
        "/v?code=x",
        f"/v/{vehicle.code}",
        "/language",
        "/search?q=zzzz",
        "/city/new%20york/places",
        "/register",
    )
    screen.page.locator("main [type=submit]").click()
    screen.inspect()


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_riders(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    pseudo_language: str,
) -> None:
    ada = make_user("ada")
    with app.app_context():
        request_data_export(ada.key)
        unsubscribe_path = f"/unsubscribe/{UnsubscribeToken(ada.key, Digest.RIDER)}"
    own = make_vehicle(owner=ada, range_m=12_000)
    free = make_vehicle()
    screen = open_screen()
    screen.sign_in("ada")
    screen.speak(pseudo_language)
    inspect_pages(
        screen,
        "/",
        "/?show=all",
        "/?q=x&range=far",
        "/?lat=40.73&lon=-73.99",
        "/saved",
        "/rides",
        "/wallet",
        "/wallet/top-up",
        "/wallet/pay-out",
        "/city/new%20york/zones",
        f"/v/{free.code}",
        "/vehicles/mine",
        "/vehicles/add",
        "/vehicles/import",
        "/vehicles/mine/labels",
        f"/vehicles/{own.key}/edit",
        f"/vehicles/mine/{own.key}",
        f"/vehicles/mine/{own.key}/offer",
        "/vehicles/mine/offers",
        "/notifications",
        "/notifications/settings",
        "/users/me",
        unsubscribe_path,
        "/users/me/edit",
        "/users/me/data",
        "/users/me/data/export",
        "/users/me/delete",
        "/account/identities",
        "/account/passkeys",
        "/users/me/age/new%20york",
        "/users/me/phone",
        "/users/me/phone/edit",
        "/users/me/phone/code",
        "/account/second-factor",
        "/account/second-factor/off",
    )


@pytest.fixture
def staff_paths(
    app: Flask, part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A part of the pages of staff, in a city with vehicles, rides, reports, disputes and tasks."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    staff_site = load_staff_site(app)
    with app.app_context():
        browser = new_browser(app).sign_in(get_user("admin"))
    paths = [
        staff_site.fill(rule) for rule, _ in staff_site.list_routes() if "GET" in methods(rule)
    ]
    responses = [(path, browser.get(path)) for path in paths[part::STAFF_PARTS]]
    return [
        path for path, each in responses if each.mimetype == "text/html" and each.status_code == 200
    ]


@pytest.mark.browser
@pytest.mark.parametrize("part", range(STAFF_PARTS))
def test_axe_finds_no_serious_violation_on_any_page_of_staff(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    staff_paths: list[str],
    pseudo_language: str,
) -> None:
    assert len(staff_paths) > 30
    make_user("nora", roles=["admin"])
    screen = open_screen()
    screen.sign_in("nora")
    screen.speak(pseudo_language)
    inspect_pages(screen, *staff_paths)


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_of_staff_without_rows_and_with_problems(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory, pseudo_language: str
) -> None:
    make_user("ada", roles=["admin"])
    feed_key = insert_feed(app, run_problem="a.example answers with HTTP 503.")
    screen = open_screen()
    screen.sign_in("ada")
    screen.speak(pseudo_language)
    inspect_pages(
        screen,
        "/fleet?city=seattle",
        "/fleet/vehicles?city=seattle",
        "/fleet/tasks?city=seattle",
        "/fleet/tasks/plan?city=seattle",
        "/fleet/reports?city=seattle",
        "/fleet/bulk-actions?city=seattle",
        "/fleet/exports?city=seattle",
        "/fleet/exports?table=rides&city=seattle",
        "/fleet/search?q=nothing",
        f"/fleet/feeds/{feed_key}",
        "/fleet/plans?type=",
        "/fleet/plans/new?type=other:human",
        "/users?name=nobody",
        "/events?since=x",
    )


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_about_a_report(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada", roles=["fleet"])
    vehicle = make_vehicle()
    screen = open_screen()
    page = screen.sign_in("ada")
    inspect_pages(screen, "/reports", "/fleet/reports", f"/vehicles/{vehicle.public_key}/report")
    page.get_by_role("button", name="Send report").click()
    screen.inspect()
    page.get_by_label("What is wrong?").select_option("damage")
    page.get_by_label("It is not safe to ride").check()
    page.get_by_role("button", name="Send report").click()
    page.wait_for_url("**/reports/*")
    path = page.url.removeprefix(screen.site)
    inspect_pages(screen, path, "/reports", "/fleet/reports", f"/fleet{path}")


@pytest.mark.browser
def test_axe_finds_no_serious_violation_on_pages_about_a_ride(
    open_screen: Callable[..., Screen], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_user("ada", roles=["admin"])
    vehicle = make_vehicle()
    screen = open_screen()
    page = screen.sign_in("ada", f"/login?next=/vehicles/{vehicle.public_key}")
    page.get_by_role("button", name="Start ride").click()
    page.wait_for_url("**/rides/*")
    screen.inspect()
    ride = page.url.rsplit("/", 1)[1]
    inspect_pages(screen, "/", "/rides", "/fleet/rides", f"/fleet/rides/{ride}/end")
    screen.go(f"/rides/{ride}")
    page.get_by_label("Without the map").select_option(label="Where I picked it up")
    page.get_by_label("Where did you leave it?").fill("Here")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_text("Thanks for riding!")).to_be_visible()
    screen.inspect()
    page.get_by_role("button", name="Save").click()
    screen.inspect()
    page.get_by_label("Good").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("4 of 5 stars")).to_be_visible()
    inspect_pages(screen, f"/rides/{ride}", "/rides", "/rides/use", f"/rides/{ride}/dispute")
    page.get_by_label("Details").fill("It never unlocked.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It never unlocked.")).to_be_visible()
    inspect_pages(screen, f"/rides/{ride}/dispute", "/fleet/disputes", f"/fleet/disputes/{ride}")


@pytest.mark.browser
def test_sign_in_works_with_the_keyboard_alone(
    open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada")
    page = open_screen(DESK).go("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
