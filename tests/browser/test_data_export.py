"""The page of a data export in a browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.factories import UserFactory
from tests.job_steps import run_jobs
from webapp.riders.data_exports.services import request_data_export


@pytest.mark.browser
def test_the_page_shows_that_the_file_is_ready_without_being_loaded_again(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    ada = make_user("ada")
    with app.app_context():
        request_data_export(ada.key)
    screen = open_screen()
    screen.sign_in("ada")
    page = screen.go("/users/me/data/export")
    page.evaluate("window.loadedOnce = true")
    cancel = page.get_by_role("button", name="Cancel")
    cancel.focus()
    with page.expect_response("**/users/me/data/export", timeout=60_000):
        pass
    expect(cancel).to_be_focused()
    run_jobs(app)
    expect(page.get_by_role("status").filter(has_text="Your file is ready")).to_be_visible(
        timeout=60_000
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "movr.zip"
    assert page.evaluate("window.loadedOnce")
    assert screen.errors == []
