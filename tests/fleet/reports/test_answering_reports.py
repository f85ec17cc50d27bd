"""Staff take and answer reports."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import find_link, read_audit_events, update_rows
from tests.factories import RowReader, VehicleFactory
from tests.fleet.reports.steps import AnswerReport, FileReport, read_reports
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.staff_services import ReportChanged
from webapp.fleet.vehicle_events.models import VehicleEvent


def test_staff_take_and_answer_a_report_and_the_reporter_gets_a_mail(
    app: Flask,
    visitor: Visitor,
    staff: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
) -> None:
    vehicle = make_vehicle()
    report_key = file_report(ada, vehicle, critical=True)
    page = f"/fleet/reports/{report_key}"
    assert "unsafe" in staff.get("/fleet/reports").text
    assert staff.send(f"{page}/assign", username="sam").location == page
    visitor.sign_in(ada)
    assert "In progress" in visitor.get(f"/reports/{report_key}").text
    assert read_mails(app) == []
    response = staff.send(
        f"{page}/answer",
        seen="in_progress",
        state="resolved",
        text="New brake.",
        returns_to_service="y",
    )
    assert response.location == page
    assert row(Vehicle, vehicle.key).state == "available"
    (letter,) = read_mails(app, "ada@example.org")
    answered = visitor.get(find_link(letter)).text
    assert "Solved" in answered
    assert "New brake." in answered
    assert "New brake." not in letter.body, "mails can be read by others"
    (event,) = read_audit_events(app, AuditKind.REPORT_ANSWERED)
    states = {"before": {"state": "in_progress"}, "after": {"state": "resolved"}}
    assert event.details == {**states, "state": "resolved"}
    assert len(read_audit_events(app, AuditKind.REPORT_ASSIGNED)) == 1
    assert read_reports(app)[0].answered_at


def test_an_answer_needs_a_text_and_a_state(
    staff: Visitor, ada: User, make_vehicle: VehicleFactory, file_report: FileReport
) -> None:
    page = f"/fleet/reports/{file_report(ada, make_vehicle())}/answer"
    response = staff.send(page, seen="new", text="We came and looked.")
    assert response.status_code == 422
    assert "We came and looked." in response.text
    assert staff.send(page, seen="new", state="resolved").status_code == 422
    assert staff.send(page, seen="new", state="new", text="x").status_code == 422


def test_the_second_of_two_answers_is_refused_and_overwrites_nothing(
    app: Flask,
    staff: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
) -> None:
    report_key = file_report(ada, make_vehicle())
    page = f"/fleet/reports/{report_key}"
    answer_report(report_key, "in_progress")
    late = staff.send(f"{page}/answer", seen="new", state="dismissed", text="Nothing there.")
    assert late.status_code == 409
    assert "A colleague has changed this report" in late.text
    assert "Nothing there." in late.text
    assert 'name="seen" type="hidden" value="in_progress"' in late.text
    answer_report(report_key, "resolved", text="Fixed.")
    late = staff.send(f"{page}/answer", seen="in_progress", state="dismissed", text="Nothing.")
    assert late.status_code == 409
    assert "Fixed." in late.text
    assert staff.send(f"{page}/assign", username="sam").status_code == 409
    (report,) = read_reports(app)
    assert (report.state, report.answer) == ("resolved", "Fixed.")


def test_an_answered_report_cannot_be_reopened(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
) -> None:
    report_key = file_report(ada, make_vehicle())
    answer_report(report_key, "resolved", text="Fixed.")
    for state in ReportState:
        if state is not ReportState.RESOLVED:
            with pytest.raises(ReportChanged):
                answer_report(report_key, state, seen="resolved")
    assert read_reports(app)[0].state == "resolved"


def test_the_same_answer_sent_again_has_no_further_effect(
    app: Flask, staff: Visitor, ada: User, make_vehicle: VehicleFactory, file_report: FileReport
) -> None:
    page = f"/fleet/reports/{file_report(ada, make_vehicle())}/answer"
    fields = {"seen": "new", "state": "resolved", "text": "Fixed."}
    assert [staff.send(page, **fields).status_code for _ in range(3)] == [303] * 3
    assert len(read_mails(app)) == len(read_audit_events(app, AuditKind.REPORT_ANSWERED)) == 1


def test_a_vehicle_returns_to_service_when_the_last_critical_report_is_answered(
    app: Flask,
    staff: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
    answer_report: AnswerReport,
) -> None:
    vehicle = make_vehicle()
    first, second = (file_report(ada, vehicle, critical=True) for _ in range(2))
    file_report(ada, vehicle)  # not critical
    answer_report(first, "resolved", returns_to_service=True)
    assert row(Vehicle, vehicle.key).state == "non_operational"
    assert (
        "Another report says it is unsafe. The vehicle stays out of service until that one is answered, too."
        in staff.get(f"/fleet/reports/{first}").text
    )
    answer_report(second, "dismissed", returns_to_service=True)
    assert row(Vehicle, vehicle.key).state == "available"
    with app.app_context():
        events = select(VehicleEvent.action).where(VehicleEvent.vehicle_id == vehicle.id)
        *_, action = db.session.scalars(events.order_by(VehicleEvent.number)).all()
    assert action == "return_to_service", "so its alerts end"


def test_an_answer_alone_does_not_return_the_vehicle_to_service(
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
    answer_report: AnswerReport,
) -> None:
    vehicle = make_vehicle()
    report_key = file_report(ada, vehicle, critical=True)
    answer_report(report_key, "in_progress", returns_to_service=True)
    assert row(Vehicle, vehicle.key).state == "non_operational"
    answer_report(report_key, "resolved")
    assert row(Vehicle, vehicle.key).state == "non_operational"


@pytest.mark.parametrize("state", ["on_trip", "removed", "missing", "reserved"])
def test_only_a_vehicle_out_of_service_returns_to_service(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file_report: FileReport,
    answer_report: AnswerReport,
    state: str,
) -> None:
    vehicle = make_vehicle()
    report_key = file_report(ada, vehicle)
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, state=state)
    answer_report(report_key, "resolved", returns_to_service=True)
    assert row(Vehicle, vehicle.key).state == state
