"""Staff tag reports with words of their own, and filter the queue by them."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import AnswerReport, FileReport, read_reports
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.reports.models import MAX_TAGS
from webapp.fleet.reports.tags import TagCache, list_tags
from webapp.regions.catalogue import catalogue


@pytest.fixture
def report_key(ada: User, make_vehicle: VehicleFactory, file_report: FileReport) -> RowKey:
    return file_report(ada, make_vehicle())


def test_a_tag_is_added_once_shown_and_removed(
    app: Flask, staff: Visitor, report_key: RowKey, round_trips: Callable[[], int]
) -> None:
    page = f"/fleet/reports/{report_key}"
    staff.get(page)
    round_trips()
    assert staff.send(f"{page}/tags", tag="  Winter   Wheel ").location == page
    assert round_trips() == 2
    staff.send(f"{page}/tags", tag="winter wheel")
    assert [report.tags for report in read_reports(app)] == [["winter wheel"]]
    assert "winter wheel" in staff.get(page).text
    for _ in range(2):
        assert staff.send(f"{page}/tags/remove", tag="winter wheel").location == page
    assert [report.tags for report in read_reports(app)] == [[]]
    added, removed = read_audit_events(app, AuditKind.REPORT_TAGGED)
    assert (added.details["after"], removed.details["before"]) == ({"tag": "winter wheel"},) * 2


def test_the_queue_is_filtered_by_a_tag_and_offers_those_of_the_city(
    app: Flask,
    staff: Visitor,
    ada: User,
    report_key: RowKey,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other, answered = file_report(ada, make_vehicle()), file_report(ada, make_vehicle())
    for key, tag in ((report_key, "wheel"), (other, "<b>"), (answered, "lamp")):
        staff.send(f"/fleet/reports/{key}/tags", tag=tag)
    answer_report(answered, "resolved")
    queue = staff.get("/fleet/reports?tag=wheel").text
    assert str(report_key) in queue
    assert str(other) not in queue
    assert "&lt;b&gt;" in staff.get("/fleet/reports").text
    assert str(answered) in staff.get("/fleet/reports?tag=lamp&state=resolved").text
    for unknown in ("nothing", "x" * 300):
        assert "No such reports" in staff.get(f"/fleet/reports?tag={unknown}").text
    monkeypatch.setitem(app.extensions, "movr_report_tags", TagCache(60))
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        assert list_tags(city) == ["<b>", "lamp", "wheel"]


def test_wrong_and_too_many_tags_are_refused_beside_the_field(
    staff: Visitor, report_key: RowKey, app: Flask
) -> None:
    path = f"/fleet/reports/{report_key}/tags"
    assert "Fill this in." in staff.send(path).text
    assert "Use at most 30 characters." in staff.send(path, tag="x" * 31).text
    for number in range(MAX_TAGS):
        assert staff.send(path, tag=f"tag {number}").status_code == 303
    refused = staff.send(path, tag="one more")
    assert (refused.status_code, "10 tags at most" in refused.text) == (422, True)
    assert [len(report.tags) for report in read_reports(app)] == [MAX_TAGS]


def test_staff_of_another_city_and_riders_tag_nothing(
    app: Flask, report_key: RowKey, make_user: UserFactory, ada: User, visitor: Visitor
) -> None:
    path = f"/fleet/reports/{report_key}/tags"
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    assert elsewhere.send(path, tag="wheel").status_code == 404
    assert visitor.sign_in(ada).send(path, tag="wheel").status_code == 403
    assert [report.tags for report in read_reports(app)] == [[]]
