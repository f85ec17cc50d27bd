"""The audit trail calls people, vehicles, rides, reports and prices by their names."""

from flask import Flask

from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.pricing.plans import TERMS
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, audit_event_statement
from webapp.db.transactions import execute_write
from webapp.fleet.pricing.services import publish_plan
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.services import ReportData, file_report
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.riders.services.account_deletion import delete_account
from webapp.rides.services.start import start_ride


def test_events_name_what_they_are_about(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, okai, other = make_user("ada"), make_vehicle(), make_vehicle()
    with app.app_context():
        publish_plan(find_city(), TERMS, 0)
        start_ride(ada.key, okai.public_key)
        report = ReportData(ReportKind.DAMAGE, critical=False, note="", photos=[])
        report_key = file_report(ada.key, other.key, "nonce", report)
        execute_write(
            audit_event_statement(
                AuditKind.VEHICLE_CHANGED, actor=ada.key, subject=f"vehicle {okai.key}"
            ),
            idempotent=True,
        )
    page = visitor.sign_in(make_user("boss", roles=["admin"])).get("/events").text
    for name in (
        f'href="/users/{ada.key}/account">Ada Lovelace<',
        f'href="/fleet/vehicles/{okai.key}">Okai scooter {format_code(okai.code)}<',
        "Ride on Okai scooter",
        f'href="/fleet/reports/{report_key}">Report: ',
        "Scooter, version 1",
    ):
        assert name in page, name


def test_an_event_of_a_row_that_is_gone_shows_a_part_of_its_key(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    with app.app_context():
        execute_write(
            account_event_statement(AuditKind.SIGNED_IN, ada.key, actor=ada.key), idempotent=True
        )
        delete_account(ada)
    page = visitor.sign_in(make_user("boss", roles=["admin"])).get("/events").text
    assert f">account {str(ada.id)[:8]}<" in page
    assert "Lovelace" not in page


def test_admins_of_some_cities_read_no_names_of_other_cities(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada, pia = make_user("ada"), make_user("pia", city="paris", last_name="Parisot")
    with app.app_context():
        execute_write(
            account_event_statement(
                AuditKind.DATA_EXPORTED, ada.key, actor=pia.key, region=ada.region
            ),
            idempotent=True,
        )
    admin = visitor.sign_in(make_user("boss", roles={"admin": ["new york"]}))
    page = admin.get(f"/users/{ada.key}/account").text
    assert "Parisot" not in page
    assert f"account {str(pia.id)[:8]}" in page
