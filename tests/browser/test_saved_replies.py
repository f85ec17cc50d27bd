"""Managers save replies, and staff use them in answers, in a browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.auth.steps import age_rows
from tests.browser.screen import Screen
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_report_data
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import file_report


@pytest.mark.browser
def test_a_saved_reply_goes_into_an_answer_without_loading_the_page(
    app: Flask,
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("nora", roles={"fleet": ["new york"]})
    vehicle = make_vehicle(brand="Pegasus")
    with app.app_context():
        ada = make_user("ada")
        report_key = file_report(ada.key, vehicle.key, "n", make_report_data(language="fr"))
    age_rows(app, Report, "created_at", timedelta(days=2))
    screen = open_screen()
    screen.sign_in("nora")
    page = screen.go("/fleet/queues?city=new+york")
    screen.inspect("settings-empty")
    for title, language, text in [
        ("Thanks", "English", "Hello {first_name},\nthank you. We look after your {vehicle}."),
        ("Merci", "French", "Bonjour {first_name},\nmerci. Nous nous en occupons."),
    ]:
        page.get_by_role("link", name="Add a saved reply").click()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Language").select_option(label=language)
        page.get_by_label("Text").fill(text)
        screen.inspect("reply")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name=title)).to_be_visible()
    page.get_by_label("Hours until the first action").fill("4")
    page.get_by_role("button", name="Save").click()
    screen.inspect("settings")
    page = screen.go(f"/fleet/reports/{report_key}")
    page.get_by_label("Outcome").select_option("resolved")
    answer = page.get_by_label("Message to the reporter")
    page.get_by_role("button", name="Use").click()
    expect(answer).to_have_value("Bonjour Ada,\nmerci. Nous nous en occupons.")
    page.get_by_label("Saved reply").select_option(label="Thanks")
    page.get_by_role("button", name="Use").click()
    expect(answer).to_have_value(
        "Bonjour Ada,\nmerci. Nous nous en occupons.\n\n"
        "Hello Ada,\nthank you. We look after your Pegasus scooter."
    )
    expect(answer).to_be_focused()
    expect(page.get_by_label("Outcome")).to_have_value("resolved")
    screen.inspect("answer")
    screen.go("/fleet/reports?city=new+york&overdue=yes")
    screen.inspect("queue")
