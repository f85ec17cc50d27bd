"""The proof of work in a real browser: it is computed while the form is filled in again."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.auth.login_steps import fail_sign_ins
from tests.browser.screen import Screen
from tests.factories import PASSWORD, UserFactory


@pytest.mark.browser
def test_a_browser_computes_the_proof_after_failures_of_others(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "PROOF_OF_WORK_SHARE", 0.4)
    monkeypatch.setitem(app.config, "PROOF_OF_WORK_MAX_NUMBER", 2000)
    make_user("ada")
    fail_sign_ins(app, 4)
    screen = open_screen()
    page = screen.sign_in("ada", "/login?next=/account")
    expect(page.get_by_text("Your browser has finished. You can send the form.")).to_be_visible()
    screen.inspect("1-proof")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Ways to sign in")).to_be_visible()
