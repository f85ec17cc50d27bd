"""What people do with their account, in a browser: in, out, back in, and kept safe."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Screen
from tests.factories import PASSWORD, UserFactory, VehicleFactory

NEW_PASSWORD = "five words make another one"


def register(screen: Screen) -> Page:
    page = screen.go("/register")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Welcome to MovR, Ada!")).to_be_visible()
    return page


@pytest.mark.browser
def test_a_new_rider_confirms_the_address_and_rides(
    open_screen: Callable[..., Screen],
    make_vehicle: VehicleFactory,
    last_link: Callable[..., str],
    size: tuple[int, int],
) -> None:
    vehicle = make_vehicle()
    screen = open_screen(size)
    page = register(screen)
    screen.shoot("1-welcome")
    screen.go(f"/vehicles/{vehicle.public_key}")
    page.get_by_role("button", name=re.compile("Start")).click()
    expect(page.get_by_role("heading", name="One more step before your first ride")).to_be_visible()
    screen.shoot("2-unconfirmed")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("We sent a link to ada@example.org.")).to_be_visible()
    screen.shoot("3-sent-again")
    screen.go(last_link())
    screen.shoot("4-confirm")
    page.get_by_role("button", name="Confirm").click()
    expect(
        page.get_by_text("Your e-mail address is confirmed. Find a vehicle and ride.")
    ).to_be_visible()
    screen.go(f"/vehicles/{vehicle.public_key}")
    page.get_by_role("button", name=re.compile("Start")).click()
    expect(page.locator(".clock")).to_be_visible()


@pytest.mark.browser
def test_a_forgotten_password_is_reset_by_mail(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    last_link: Callable[..., str],
    size: tuple[int, int],
) -> None:
    make_user("ada")
    screen = open_screen(size)
    page = screen.sign_in("ada", password="not the password")
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    screen.shoot("1-wrong")
    page.get_by_role("link", name="Forgot your password?").click()
    screen.shoot("2-forgotten")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    screen.shoot("3-sent")
    link = last_link()
    screen.go(link)
    page.get_by_label("Password", exact=True).fill("ada12345")
    page.get_by_label("Repeat password").fill("ada12345")
    page.get_by_role("button", name="Set password").click()
    expect(page.locator(".field-error")).to_be_visible()
    screen.shoot("4-weak")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Repeat password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    screen.go(link)
    expect(page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    screen.shoot("5-spent")


@pytest.mark.browser
def test_a_rider_changes_account_settings(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    last_link: Callable[..., str],
    size: tuple[int, int],
) -> None:
    make_user("ada")
    elsewhere = open_screen(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/605")
    elsewhere.sign_in("ada")
    expect(elsewhere.page.locator(".sheet")).to_be_visible()
    screen = open_screen(size)
    page = screen.sign_in("ada", "/account")
    expect(page.get_by_text("Safari on iPhone").first).to_be_visible()
    screen.shoot("1-account")
    page.get_by_role("link", name="Change e-mail").click()
    page.get_by_label("E-mail").fill("new@example.org")
    screen.shoot("2-email")
    page.get_by_role("button", name="Send link").click()
    expect(
        page.get_by_text(
            "Check your e-mail and open the link we sent. Nothing changes until you do."
        )
    ).to_be_visible()
    old, new = last_link(2), last_link(1)
    for link, words in ((old, "Now open the link"), (new, "Your e-mail address has been changed.")):
        screen.go(link)
        screen.shoot("3-confirm" if link == new else "3-agree")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text(words)).to_be_visible()
    screen.go("/account/password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Repeat password").fill(NEW_PASSWORD)
    screen.shoot("4-password")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed.")).to_be_visible()
    screen.shoot("5-changed")
    elsewhere.go("/account")
    expect(elsewhere.page.get_by_role("heading", name="Sign in")).to_be_visible()
