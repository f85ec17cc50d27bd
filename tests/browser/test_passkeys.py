"""Passkeys in a real browser, with the virtual authenticator of Chromium."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.auth.steps import expire_authentication
from tests.browser.screen import Screen
from tests.factories import UserFactory


def add_virtual_authenticator(page: Page) -> None:
    """Give the browser a device with a fingerprint reader whose user always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.browser
def test_a_passkey_from_the_account_page_to_the_next_sign_in(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At ``localhost``, because an IP address cannot have passkeys."""
    monkeypatch.setitem(app.config, "PUBLIC_URL", f"http://localhost:{urlsplit(site).port}")
    make_user("ada")
    screen = open_screen()
    screen.site = app.config["PUBLIC_URL"]
    page = screen.sign_in("ada")
    add_virtual_authenticator(page)
    screen.go("/account")
    page.get_by_role("link", name="Add a passkey").click()
    screen.inspect("1-none")
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    screen.inspect("2-codes")
    page.get_by_role("link", name="I've saved them").click()
    expect(page.get_by_role("strong").filter(has_text="My phone")).to_be_visible()
    screen.inspect("3-passkeys")
    page.get_by_role("link", name="Rename My phone").click()
    screen.inspect("4-rename")
    page.get_by_label("Name").fill("My new phone")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("strong").filter(has_text="My new phone")).to_be_visible()
    page.get_by_label("Name").fill("The same phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("This device has a passkey of your account already.")).to_be_visible()
    screen.open_menu()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("re signed out. Ride safely!")).to_be_visible()
    screen.go("/login?next=/account")
    screen.inspect("5-login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("1 passkey")).to_be_visible()
    expire_authentication(app)
    screen.go("/account/passkeys")
    screen.inspect("6-reauthentication")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    screen.go("/login/passkey")
    screen.inspect("7-use")
