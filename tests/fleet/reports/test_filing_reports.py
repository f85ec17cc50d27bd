"""Filing a report about a vehicle, and what it does to the vehicle."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import (
    FileReport,
    MakeRide,
    make_photo,
    make_report_data,
    read_reports,
    report_path,
)
from tests.untranslated import BracketTranslations, use_translations
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports import services
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.models import ReportPhoto
from webapp.regions.geography import Place
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride


def test_a_rider_reports_a_vehicle_with_photos_and_sees_its_state(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    visitor.sign_in(ada)
    assert f'href="{report_path(vehicle)}"' in visitor.get(f"/vehicles/{vehicle.public_key}").text
    response = visitor.send(
        report_path(vehicle), kind="damage", note="The brake\r\nis gone.", nonce="n",
        photo1=(make_photo(), "a.jpg"), photo2=(BytesIO(), ""), photo3=(make_photo("blue", "PNG"), "b.png"),
    )  # fmt: skip
    assert response.status_code == 303, response.text
    page = visitor.get(response.location).text
    for words in ("Damaged", "The brake\nis gone.", "Received", "Photo 2"):
        assert words in page
    assert "Photo 3" not in page
    (report,) = read_reports(app)
    assert (report.vehicle_id, report.city, report.state) == (vehicle.id, "new york", "new")
    assert not report.critical
    assert row(Vehicle, vehicle.key).state == "available"
    assert "Damaged" in visitor.get("/reports").text
    (event,) = read_audit_events(app, AuditKind.REPORT_FILED)
    assert (event.actor, event.subject) == (ada.key, audit_subject("report", report.key))


def test_pages_of_the_reporter_do_not_identify_the_vehicle(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, file_report: FileReport
) -> None:
    """Otherwise the reporter could track the vehicle."""
    vehicle = make_vehicle()
    report_key = file_report(ada, vehicle)
    visitor.sign_in(ada)
    for page in (visitor.get("/reports").text, visitor.get(f"/reports/{report_key}").text):
        assert "Okai scooter" in page
        for name in (vehicle.id, vehicle.public_id, vehicle.code, vehicle.address):
            assert str(name) not in page


@pytest.mark.parametrize("state", ["available", "reserved"])
def test_a_critical_report_takes_the_vehicle_out_of_service(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: RowReader, state: str
) -> None:
    vehicle = make_vehicle(state=state, reserved_until=func.now() if state == "reserved" else None)
    visitor.sign_in(ada).send(report_path(vehicle), kind="damage", critical="y", nonce="n")
    reported_vehicle = row(Vehicle, vehicle.key)
    assert reported_vehicle.state == "non_operational"
    assert reported_vehicle.reserved_until == vehicle.reserved_until
    assert reported_vehicle.changed_at > vehicle.changed_at


@pytest.mark.parametrize("state", ["on_trip", "missing", "non_operational"])
def test_a_critical_report_does_not_change_other_states(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
    state: str,
) -> None:
    vehicle = make_vehicle(state=state)
    file_report(ada, vehicle, critical=True)
    assert row(Vehicle, vehicle.key).state == state
    assert read_reports(app)[0].critical


def test_a_report_of_a_lost_vehicle_does_not_change_its_state(
    ada: User, make_vehicle: VehicleFactory, row: RowReader, file_report: FileReport
) -> None:
    vehicle = make_vehicle()
    file_report(ada, vehicle, critical=True, kind=ReportKind.LOST)
    assert row(Vehicle, vehicle.key).state == "available"


def test_the_same_form_sent_twice_is_one_report(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    page = report_path(make_vehicle())
    visitor.sign_in(ada)
    nonces = [re.findall(r'name="nonce"[^>]*value="(\w+)"', visitor.get(page).text) for _ in "ab"]
    assert nonces[0] != nonces[1]
    fields = {"kind": "damage", "nonce": nonces[0][0]}
    locations = {
        visitor.send(page, **fields, photo1=(make_photo(), "a.jpg")).location for _ in range(3)
    }
    assert len(locations) == 1
    assert len(read_reports(app)) == len(read_audit_events(app, AuditKind.REPORT_FILED)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportPhoto)) == 1


def test_a_form_that_is_sent_again_with_other_values_is_kept_and_becomes_another_report(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    page = report_path(make_vehicle())
    visitor.sign_in(ada)
    fields = {"kind": "damage", "note": "A flat tyre.", "nonce": "n"}
    visitor.send(page, **fields)
    for values in ({"note": "And no bell."}, {"kind": "other"}, {"critical": "y"}):
        response = visitor.send(page, **fields | values)
        assert response.status_code == 409
        assert "This form was saved before, with other data" in response.text
    assert visitor.send(page, **fields, photo1=(make_photo(), "a.jpg")).status_code == 409
    assert visitor.send(page, **fields).status_code == 303  # the same again
    assert len(read_reports(app)) == 1
    other = fields | {"note": "And no bell."}
    nonce = re.findall(r'name="nonce"[^>]*value="(\w+)"', visitor.send(page, **other).text)[0]
    assert visitor.send(page, **other | {"nonce": nonce}).status_code == 303
    assert len(read_reports(app)) == 2


def test_an_unsafe_report_sent_twice_at_the_limit_is_one(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    vehicle, report = make_vehicle(), make_report_data(critical=True)
    limited = replace(report, critical=False, is_limited=True)
    with app.test_request_context():
        for sent in (report, limited, report):
            services.file_report(ada.key, vehicle.key, "n", sent)
        for sent in (limited, report, limited):
            services.file_report(ada.key, vehicle.key, "m", sent)
    assert [each.critical for each in read_reports(app)].count(True) == 1
    assert len(read_reports(app)) == 2


def test_the_same_nonce_of_two_people_is_two_reports(
    app: Flask, ada: User, bob: User, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    with app.app_context():
        for reporter in (ada, bob):
            services.file_report(reporter.key, vehicle.key, "same", make_report_data())
    assert len(read_reports(app)) == 2


def test_a_rider_reports_the_vehicle_of_an_ended_ride(
    app: Flask,
    visitor: Visitor,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_ride: MakeRide,
) -> None:
    vehicle = make_vehicle()
    ride = make_ride(ada, vehicle)
    page = f"/rides/{ride}/report"
    assert new_browser(app).sign_in(make_user()).get(page).status_code == 404
    visitor.sign_in(ada)
    assert "Okai scooter" in visitor.get(page).text
    assert visitor.send(page, kind="bad_parking", nonce="n").status_code == 303
    assert read_reports(app)[0].vehicle_id == vehicle.id


def test_each_page_of_reports_costs_two_round_trips(
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    round_trips: Callable[[], int],
) -> None:
    vehicle = make_vehicle()
    report_key = file_report(ada, vehicle, photos=[b"x"])
    visitor.sign_in(ada)
    for path in (
        report_path(vehicle),
        "/reports",
        f"/reports/{report_key}",
        f"/reports/{report_key}/photos/1",
    ):
        round_trips()
        assert visitor.get(path).status_code == 200
        assert round_trips() == 2, path


# --- refused reports ---------------------------------------------------------------------------


def test_errors_are_shown_beside_the_field_and_input_is_kept(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    page = report_path(make_vehicle())
    visitor.sign_in(ada)
    forms: dict[str, dict[str, Any]] = {
        "Fill this in.": {"note": "It squeaks."},
        "Choose an option from the list.": {"note": "It squeaks.", "kind": "dragons"},
        "Tell us briefly what is wrong.": {"kind": "other"},
        "Use at most": {"kind": "damage", "note": "x" * 1001},
        "t read this photo. Send a JPEG, PNG or WebP file.": {
            "kind": "damage", "note": "It squeaks.", "photo2": (BytesIO(b"<html>"), "a.jpg"),
        },
    }  # fmt: skip
    for words, fields in forms.items():
        response = visitor.send(page, **fields)
        assert response.status_code == 422
        assert words in response.text
        assert fields.get("note", "") in response.text
    assert 'id="photo2-error"' in response.text
    assert "Please choose your photos again. Your browser can" in response.text
    assert read_reports(app) == []


def test_text_in_a_photo_field_is_ignored(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    page = report_path(make_vehicle())
    assert visitor.sign_in(ada).send(page, kind="damage", photo1="text").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportPhoto)) == 0


def test_only_accounts_with_a_confirmed_address_can_report(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    page = report_path(make_vehicle())
    assert visitor.get(page).location.startswith("/login")
    visitor.sign_in(make_user(email_confirmed_at=None))
    assert "Open the link that we sent" in visitor.get(page).text
    assert visitor.send(page, kind="damage").status_code == 403
    assert read_reports(app) == []


def test_too_many_reports_are_refused_with_a_time_to_retry(
    app: Flask,
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_REPORTS", (2, 3600))
    page = report_path(make_vehicle())
    visitor.sign_in(ada)
    responses = [visitor.send(page, kind="damage", note="Flat.", nonce=n) for n in "abc"]
    assert [response.status_code for response in responses] == [303, 303, 429]
    assert responses[2].headers["Retry-After"]
    assert "Flat." in responses[2].text
    assert len(read_reports(app)) == 2


def test_an_account_can_take_only_a_few_vehicles_a_day_out_of_service(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Beyond the limit staff decide; reports that are not critical do not count."""
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (2, 86400))
    vehicles = [make_vehicle() for _ in range(4)]
    visitor.sign_in(ada).send(report_path(vehicles[3]), kind="damage", nonce="d")
    words = "so our staff will decide whether it goes out of service."
    for number, vehicle in enumerate(vehicles[:3]):
        fields = {"kind": "damage", "critical": "y", "note": "x" * 990, "nonce": str(number)}
        response = visitor.send(report_path(vehicle), **fields)
        assert (words in visitor.get(response.location).text) == (number == 2)
    states = [row(Vehicle, vehicle.key).state for vehicle in vehicles]
    assert states == ["non_operational", "non_operational", "available", "available"]
    report = read_reports(app)[-1]
    assert (report.vehicle_id, report.critical) == (vehicles[2].id, False)
    assert (report.called_unsafe, report.note) == (True, "x" * 990)


def test_staff_read_that_a_vehicle_was_called_unsafe_in_their_language(
    app: Flask, visitor: Visitor, ada: User, staff: Visitor, make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (1, 86400))
    visitor.sign_in(ada)
    for nonce in "ab":
        fields = {"kind": "damage", "critical": "y", "nonce": nonce}
        visitor.send(report_path(make_vehicle()), **fields)
    limited = read_reports(app)[-1]
    assert (limited.critical, limited.note) == (False, "")
    use_translations(monkeypatch, BracketTranslations())
    assert "⟦It is not safe to ride.⟧" in staff.get(f"/fleet/reports/{limited.key}").text


def test_a_recent_rider_takes_the_vehicle_out_of_service_beyond_the_limit(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, make_ride: MakeRide, row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (1, 86400))
    visitor.sign_in(ada).send(report_path(make_vehicle()), kind="damage", critical="y", nonce="n")
    fresh, old = make_vehicle(), make_vehicle()
    rides = [make_ride(ada, fresh), make_ride(ada, old, timedelta(days=2))]
    for number, ride in enumerate(rides):
        visitor.send(f"/rides/{ride}/report", kind="damage", critical="y", nonce=str(number))
    assert row(Vehicle, fresh.key).state == "non_operational"
    assert row(Vehicle, old.key).state == "available"


@pytest.mark.parametrize(
    ("cities", "state"), [(["new york"], "non_operational"), (["boston"], "available")]
)
def test_staff_of_the_city_take_any_number_of_vehicles_out_of_service(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader,
    monkeypatch: pytest.MonkeyPatch, cities: list[str], state: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (1, 86400))
    visitor.sign_in(make_user(roles={"fleet": cities}))
    vehicles = [make_vehicle() for _ in range(2)]
    for number, vehicle in enumerate(vehicles):
        fields = {"kind": "damage", "critical": "y", "nonce": str(number)}
        visitor.send(report_path(vehicle), **fields)
    assert row(Vehicle, vehicles[1].key).state == state


def test_a_removed_vehicle_cannot_be_reported(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, make_ride: MakeRide
) -> None:
    vehicle = make_vehicle(state="removed")
    visitor.sign_in(ada)
    assert visitor.get(report_path(vehicle)).status_code == 404
    ride = make_ride(ada, vehicle)
    assert visitor.send(f"/rides/{ride}/report", kind="damage").status_code == 404
    assert read_reports(app) == []


def test_a_deleted_account_cannot_report(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    deleted_key = RowKey(ada.region, uuid4())
    with app.app_context(), pytest.raises(NotFound):
        services.file_report(deleted_key, make_vehicle().key, "n", make_report_data())
    assert read_reports(app) == []


# --- during a ride -----------------------------------------------------------------------------


def test_a_vehicle_reported_during_a_ride_is_out_of_service_after_it(
    app: Flask,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
) -> None:
    vehicle, rider = make_vehicle(), make_user()
    with app.app_context():
        ride = start_ride(rider.key, vehicle.public_key)
    file_report(ada, vehicle, critical=True)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    with app.app_context():
        end_ride(rider.key, ride, Place("here", vehicle.point))
    assert row(Vehicle, vehicle.key).state == "non_operational"
