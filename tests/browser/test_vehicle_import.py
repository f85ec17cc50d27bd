"""An owner adds many vehicles from a file: errors, preview, progress."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.screen import Screen
from tests.factories import UserFactory
from tests.fleet.vehicle_import.steps import BIKE, make_csv
from tests.job_steps import run_jobs

WRONG = ("spaceship", "", "green", "12 Main Street beside the old station", "95", "north")


def choose_file(page: Page, content: bytes) -> None:
    file = {"name": "vehicles.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("File with vehicles").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").click()


@pytest.mark.browser
def test_a_file_is_corrected_looked_at_and_added(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("olga")
    screen = open_screen()
    page = screen.sign_in("olga", "/vehicles/import")
    screen.inspect("import-empty")
    choose_file(page, make_csv(BIKE, WRONG, (*BIKE[:4], "", "")))
    expect(page.get_by_role("heading", name="2 rows need a correction")).to_be_visible()
    screen.inspect("import-errors")
    choose_file(page, make_csv(*[BIKE] * 30))
    expect(page.get_by_role("heading", name="30 vehicles")).to_be_visible()
    screen.inspect("import-preview")
    page.get_by_role("button", name="Add 30 vehicles").click()
    expect(page.get_by_text("They are being added")).to_be_visible()
    screen.inspect("import-running")
    run_jobs(app)
    expect(page.get_by_text("All of them are on the map of New York.")).to_be_visible()
    screen.inspect("import-added")
