"""Connected accounts, through a real browser, a real issuer, and our policy between them."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.auth.issuer import Issuer, run_issuer
from tests.browser.screen import Screen
from tests.factories import PASSWORD
from webapp.auth.models import User
from webapp.auth.oidc.providers import create_providers


@pytest.fixture
def issuer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with run_issuer() as issuer:
        monkeypatch.setitem(app.config, "OIDC_PROVIDERS", {"example": issuer.settings})
        monkeypatch.setitem(app.extensions, "oidc", create_providers(app.config))
        yield issuer


@pytest.fixture
def public_site(site: str, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site knows its own address: issuers send people back there."""
    monkeypatch.setitem(app.config, "PUBLIC_URL", site)


def sign_in_there(page: Page, email: str = "ada@example.org") -> None:
    expect(page.get_by_role("heading", name="Example ID", exact=True)).to_be_visible()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.browser
@pytest.mark.usefixtures("issuer", "public_site")
def test_an_identity_registers_connects_and_signs_in(
    open_screen: Callable[..., Screen],
) -> None:
    screen = open_screen()
    page = screen.go("/login?next=/account")

    screen.inspect("1-login")
    page.get_by_role("link", name="Continue with Example ID").click()
    sign_in_there(page)
    expect(page.get_by_role("heading", name="Create an account")).to_be_visible()
    screen.inspect("2-register")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Welcome to MovR, Ada!")).to_be_visible()
    screen.inspect("3-account")

    page.get_by_role("link", name="Connected accounts").click()
    screen.inspect("4-mine")
    page.get_by_role("link", name="Connect Example ID").click()
    sign_in_there(page, "countess@example.org")
    expect(page.get_by_role("heading", name="Connect Example ID?")).to_be_visible()
    screen.inspect("5-connect")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("You can now sign in with Example ID.")).to_be_visible()
    screen.inspect("6-connected")

    screen.open_menu()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("re signed out. Ride safely!")).to_be_visible()
    screen.go("/login")
    page.get_by_role("link", name="Continue with Example ID").click()
    sign_in_there(page, "countess@example.org")
    expect(page.locator(".sheet")).to_be_visible()
    screen.open_menu()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.browser
@pytest.mark.usefixtures("issuer", "public_site")
def test_an_identity_with_a_taken_address_requires_sign_in_before_it_connects(
    open_screen: Callable[..., Screen], make_user: Callable[..., User]
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.go("/login")
    page.get_by_role("link", name="Continue with Example ID").click()
    sign_in_there(page)
    expect(page.get_by_role("heading", name="You already have an account")).to_be_visible()
    screen.inspect("1-known")
    page.get_by_role("link", name="Sign in").last.click()
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Connect Example ID").click()
    sign_in_there(page)
    expect(page.get_by_role("heading", name="Connect Example ID?")).to_be_visible()
