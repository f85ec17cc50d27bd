"""How staff sign in to a browser: with a password and a code."""

from flask import Flask
from playwright.sync_api import Page, expect

from tests.auth.second_factor_steps import enable_second_factor, totp_code
from tests.browser.screen import Screen
from webapp.auth.models import User


def sign_in_with_code(app: Flask, screen: Screen, staff: User, path: str) -> Page:
    """Sign in, with the code of an authenticator app, to the page of that path."""
    secret = enable_second_factor(app, staff)
    page = screen.sign_in(staff.username, f"/login?next={path}")
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    screen.shoot("0-code")
    page.get_by_label("Authentication code", exact=True).fill(totp_code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{path}*")
    return page
