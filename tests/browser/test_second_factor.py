"""The second factor on a real screen: set up with the app's code, kept, and asked for at the next sign-in."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory


@pytest.mark.browser
def test_a_second_factor_from_the_first_code_to_the_next_sign_in(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.sign_in("ada")
    expect(page.locator(".sheet")).to_be_visible()
    screen.go("/account")
    screen.inspect("1-account")
    page.get_by_role("link", name="Set up two-factor authentication").click()
    screen.inspect("2-why")
    page.get_by_role("button", name="Set up").click()
    screen.inspect("3-app")
    picture = page.get_by_role("img", name="QR code")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    link = page.get_by_role("link", name="Open in app").get_attribute("href")
    app = pyotp.parse_uri(link or "")
    assert isinstance(app, pyotp.TOTP)
    page.get_by_label("Authentication code", exact=True).fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_label("Authentication code", exact=True)).to_be_focused()
    screen.inspect("4-wrong")
    page.get_by_label("Authentication code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    screen.inspect("5-codes")
    spare = codes.all_inner_texts()
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){5}", each.strip()) for each in spare)
    page.get_by_role("link", name="I've saved them").click()
    screen.inspect("6-account")
    page.get_by_role("link", name="Manage").click()
    screen.inspect("7-on")
    page.get_by_role("link", name="Turn off").click()
    screen.inspect("8-off")
    screen.open_menu()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("re signed out. Ride safely!")).to_be_visible()

    screen.sign_in("ada")
    screen.inspect("9-code")
    page.get_by_text("Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill("nonsense")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(
        page.get_by_text("This recovery code is wrong or has already been used.")
    ).to_be_visible()
    screen.inspect("10-wrong-recovery-code")
    page.get_by_label("Recovery code").fill(spare[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(
        page.get_by_text("You have 9 recovery codes left. Create new ones on your account page.")
    ).to_be_visible()
