"""Reminders on the page of a running ride, on a phone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.screen import PHONE, Screen
from tests.factories import PlanFactory
from tests.rides.conftest import MakeOpenRide, make_open_ride  # noqa: F401 - a fixture


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_rider_sets_sees_and_removes_a_reminder(
    open_screen: Callable[..., Screen],
    make_open_ride: MakeOpenRide,  # noqa: F811 - the fixture
    make_plan: PlanFactory,
    java_script_enabled: bool,
) -> None:
    make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 25, "interval": 1}])
    key = make_open_ride("ada", timedelta(minutes=5))
    screen = open_screen(PHONE, java_script_enabled=java_script_enabled)
    page = screen.sign_in("ada", f"/login?next=/rides/{key}")
    page.get_by_text("Remind me", exact=True).first.click()
    page.get_by_label("At a price").fill("0.50")
    page.get_by_role("button", name="Remind me").click()
    expect(page.get_by_text("Your ride costs that much already.")).to_be_visible()
    if java_script_enabled:  # axe is a script
        screen.inspect("refused")
    page.get_by_label("At a price").fill("5")
    page.get_by_label("At a time").fill("17:00")
    page.get_by_role("button", name="Remind me").click()
    expect(page.get_by_text("E-mail at $5.00")).to_be_visible()
    if java_script_enabled:
        screen.inspect("reminders")
    page.get_by_role("button", name=re.compile(r"Remove.*\$5\.00")).click()
    expect(page.get_by_text("E-mail at $5.00")).to_have_count(0)
    if java_script_enabled:
        page.clock.install()
        page.reload()
        page.clock.fast_forward(24 * 3600 * 1000)
        expect(page.locator("[data-reminder-status]")).to_contain_text("Reminder: it's")
