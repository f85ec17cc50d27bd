"""A rider takes a report back, while nobody has acted on it."""

from collections.abc import Callable

from flask import Flask

from tests.api.client import ApiClient
from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import AnswerReport, FileReport, make_photo, read_reports
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.reports.models import ReportPhoto

TOO_LATE = "looking into this report"


def test_a_new_report_is_taken_back_once_and_its_photos_are_deleted(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, staff: Visitor
) -> None:
    page = f"/vehicles/{make_vehicle().public_key}/report"
    visitor.sign_in(ada)
    fields = {"kind": "damage", "note": "The bell.", "nonce": "n"}
    report = visitor.send(page, **fields, photo1=(make_photo(), "a.jpg")).location
    for _ in range(2):
        assert visitor.send(f"{report}/withdraw").location == report
    shown = visitor.get(report).text
    assert "Taken back" in shown
    assert "Take this report back" not in shown
    (stored,) = read_reports(app)
    assert (stored.state, stored.answered_at, stored.first_action_at) == ("dismissed", None, None)
    with app.app_context():
        assert db.session.query(ReportPhoto).count() == 0
    assert len(read_audit_events(app, AuditKind.REPORT_WITHDRAWN)) == 1
    seen_by_staff = staff.get(f"/fleet{report}").text
    assert "Taken back by the reporter" in seen_by_staff
    assert "Send answer" not in seen_by_staff
    assert report not in staff.get("/fleet/reports").text
    answer = {"seen": "new", "state": "resolved", "text": "Done."}
    assert (
        "A colleague has changed this report" in staff.send(f"/fleet{report}/answer", **answer).text
    )


def test_what_staff_have_begun_or_was_called_unsafe_stays(
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
) -> None:
    visitor.sign_in(ada)
    taken, unsafe = (
        file_report(ada, make_vehicle()),
        file_report(ada, make_vehicle(), critical=True),
    )
    answer_report(taken, "in_progress")
    for report_key in (taken, unsafe):
        assert "Take this report back" not in visitor.get(f"/reports/{report_key}").text
        visitor.send(f"/reports/{report_key}/withdraw")
        assert TOO_LATE in visitor.get(f"/reports/{report_key}").text


def test_a_report_of_another_is_not_taken_back(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    make_user: UserFactory,
    file_report: FileReport,
) -> None:
    path = f"/reports/{file_report(ada, make_vehicle())}/withdraw"
    stranger = new_browser(app).sign_in(make_user())
    assert stranger.send(path).status_code == 404
    (stored,) = read_reports(app)
    assert stored.withdrawn_at is None


def test_the_api_takes_a_report_back(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
    round_trips: Callable[[], int],
) -> None:
    program = ApiClient.of(app, ada)
    report_key, taken = file_report(ada, make_vehicle()), file_report(ada, make_vehicle())
    answer_report(taken, "in_progress")
    path = f"/api/v1/reports/{report_key}"
    program.get(path)  # the first request of a token is noted
    round_trips()
    assert program.post(f"{path}/withdraw").status_code == 204
    assert round_trips() == 2
    assert program.get(path).get_json()["withdrawn_at"]
    refused = program.post(f"/api/v1/reports/{taken}/withdraw")
    assert (refused.status_code, TOO_LATE in refused.text) == (409, True)
