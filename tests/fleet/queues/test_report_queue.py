"""The queue of reports: who looks after what, filters, and what is overdue."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import age_rows, new_browser, read_audit_events
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.reports.steps import AnswerReport, FileReport, read_reports
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.queues.assignment import AssigneeChanged, Assignment, NotStaffOfQueue
from webapp.fleet.reports.account_deletion import anonymise_reports_in_slices
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.queries import ReportFilter, list_queue
from webapp.fleet.reports.staff_services import assign_report

HOUR = timedelta(hours=1)
QUEUE = "/fleet/reports"


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def make_report(
    app: Flask, ada: User, make_vehicle: VehicleFactory, file_report: FileReport
) -> Callable[..., RowKey]:
    """File a report some time ago: ``make_report(3 * HOUR, critical=True)``."""

    def make(age: timedelta = timedelta(), **data: Any) -> RowKey:
        key = file_report(ada, make_vehicle(), **data)
        age_rows(app, Report, "created_at", age, Report.id == key.id)
        return key

    return make


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("sam", roles={"support": ["new york"]}))


@pytest.fixture
def max_(make_user: UserFactory) -> User:
    """A mechanic."""
    return make_user("max", roles={"mechanic": ["new york"]})


def list_keys(staff: Visitor, query: str = "") -> list[str]:
    page = staff.get(f"{QUEUE}?{query}").text
    return re.findall(r'href="/fleet/reports/([^"/?]+)"', page)


def test_staff_assign_a_report_to_themselves_to_a_colleague_and_to_nobody(
    app: Flask, staff: Visitor, max_: User, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    page = f"{QUEUE}/{key}"
    names = {"sam": "Sam L.", "Max": "Max L.", "": "nobody"}
    seen = ""
    for username, name in names.items():
        assert staff.send(f"{page}/assign", seen=seen, username=username).location == page
        text = staff.get(page).text
        assert re.search(rf"Assigned to</dt><dd>(<span[^>]*>)?{name}", text), username
        report = row(Report, key)
        assert report.first_action_at is not None
        assert report.state == "in_progress"
        seen = str(report.assignee_key or "")
    assert len(read_audit_events(app, AuditKind.REPORT_ASSIGNED)) == 3


def test_giving_a_report_that_nobody_has_to_nobody_is_no_first_action(
    staff: Visitor, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    staff.send(f"{QUEUE}/{key}/assign", seen="", username="")
    assert row(Report, key).first_action_at is None
    staff.send(f"{QUEUE}/{key}/assign", seen="", username="sam")
    assert row(Report, key).first_action_at is not None


@pytest.mark.usefixtures("max_")
def test_a_report_is_offered_and_goes_to_staff_of_its_city_only(
    staff: Visitor, make_user: UserFactory, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    make_user("pia", roles={"support": ["paris"]})
    make_user("ann", roles=["analyst"])
    offered = staff.get(f"{QUEUE}/{key}/assign").text
    assert re.findall(r'<option value="(\w+)">', offered) == ["max", "sam"]
    for username in ("pia", "ann", "ada", "nobody-at-all"):
        response = staff.send(f"{QUEUE}/{key}/assign", seen="", username=username)
        assert response.status_code == 422
        assert "no colleague with this username" in response.text
    assert row(Report, key).assignee_id is None
    assert row(Report, key).first_action_at is None


def test_who_was_slower_is_told_who_has_it(
    staff: Visitor, max_: User, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    staff.send(f"{QUEUE}/{key}/assign", seen="", username="max")
    late = staff.send(f"{QUEUE}/{key}/assign", seen="", username="sam")
    assert late.status_code == 409
    assert "Assigned to Max L." in late.text
    again = staff.send(f"{QUEUE}/{key}/assign", seen="", username="max")
    assert again.status_code == 303, "pressed twice"
    assert row(Report, key).assignee_key == max_.key


def test_of_two_who_take_a_report_at_once_one_gets_it(
    app: Flask, make_user: UserFactory, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    for name in ("sam", "sue"):
        make_user(name, roles=["support"])

    def take(username: str) -> None:
        assign_report(db.session.get_one(Report, tuple(key)), Assignment(None, username))

    results = run_together(app, lambda: take("sam"), lambda: take("sue"))
    assert sum(isinstance(each, AssigneeChanged) for each in results) == 1, results
    assert len(read_audit_events(app, AuditKind.REPORT_ASSIGNED)) == 1
    assert row(Report, key).assignee_id is not None


def test_an_answered_report_is_assigned_to_nobody_else(
    app: Flask, max_: User, make_report: Callable[..., RowKey], answer_report: AnswerReport
) -> None:
    key = make_report()
    answer_report(key, "resolved", text="Done.")
    with app.app_context(), pytest.raises((AssigneeChanged, NotStaffOfQueue)):
        assign_report(db.session.get_one(Report, tuple(key)), Assignment(None, "max"))
    assert read_reports(app)[0].first_action_at is not None


def test_the_filters_stand_in_the_address(
    staff: Visitor, max_: User, make_report: Callable[..., RowKey]
) -> None:
    parked, lost, unsafe = (
        make_report(2 * 24 * HOUR, kind=ReportKind.BAD_PARKING),
        make_report(kind=ReportKind.LOST),
        make_report(critical=True),
    )
    staff.send(f"{QUEUE}/{lost}/assign", seen="", username="sam")
    staff.send(f"{QUEUE}/{unsafe}/assign", seen="", username="max")
    for query, keys in [
        ("kind=bad_parking", [parked]),
        ("critical=yes", [unsafe]),
        ("assignee=me", [lost]),
        (f"assignee={max_.key}", [unsafe]),
        ("assignee=nobody", [parked]),
        ("age=1", [parked]),
        ("age=7", []),
        ("assignee=me&kind=lost&state=in_progress", [lost]),
    ]:
        assert list_keys(staff, query) == [str(key) for key in keys], query
    assert "No such reports" in staff.get(f"{QUEUE}?age=7").text
    page = staff.get(QUEUE).text
    assert f'href="/fleet/reports?city=new+york&amp;assignee={max_.key}"' in page
    assert ">max<" not in page, "names, but no usernames"
    for query in ("kind=x", "critical=x", "age=x", "assignee=max", f"assignee={'x' * 40}"):
        assert staff.get(f"{QUEUE}?{query}").status_code == 422


def test_what_is_due_first_is_first_and_overdue_reports_are_marked(
    staff: Visitor, max_: User, make_report: Callable[..., RowKey]
) -> None:
    """Staff act within 2 hours and answer within 24: what nobody has taken is due earlier."""
    in_progress, new, fresh = make_report(20 * HOUR), make_report(3 * HOUR), make_report()
    late = make_report(26 * HOUR)
    for key in (in_progress, late):
        staff.send(f"{QUEUE}/{key}/assign", seen="", username="max")
    ordered = [str(key) for key in (late, new, fresh, in_progress)]
    assert list_keys(staff) == ordered
    assert staff.get(QUEUE).text.split("<table")[1].count("overdue") == 2


@pytest.mark.slow
def test_pages_in_the_order_of_what_is_due_show_each_report_once(
    staff: Visitor, max_: User, make_report: Callable[..., RowKey]
) -> None:
    keys = [make_report(number * HOUR) for number in range(12)]
    for key in keys[::2]:
        staff.send(f"{QUEUE}/{key}/assign", seen="", username="max")
    listed, url = [], QUEUE
    while url:
        page = staff.get(url).text
        listed += re.findall(r'href="/fleet/reports/([^"/?]+)"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert sorted(listed) == sorted(map(str, keys))
    assert listed[0] == str(keys[11])


def test_a_deleted_colleague_looks_after_nothing(
    app: Flask, staff: Visitor, max_: User, make_report: Callable[..., RowKey], row: RowReader
) -> None:
    key = make_report()
    staff.send(f"{QUEUE}/{key}/assign", seen="", username="max")
    with app.app_context():
        anonymise_reports_in_slices(max_.key)
    assert row(Report, key).assignee_key is None


def test_the_queue_says_how_fast_staff_have_been_also_with_what_still_waits(
    app: Flask, staff: Visitor, make_report: Callable[..., RowKey], answer_report: AnswerReport
) -> None:
    assert "<td>24 h</td><td>–</td><td>–</td>" in staff.get(QUEUE).text
    for age in (1 * HOUR, 3 * HOUR, 5 * HOUR, 40 * 24 * HOUR):
        answer_report(make_report(age), "resolved", text="Done.")
    make_report(20 * HOUR)
    with app.app_context():
        _, times = list_queue(find_city(), ReportFilter(), None)
    assert times.first_action.median == pytest.approx(4 * HOUR, abs=HOUR / 10)
    assert times.answer.percentile_90 == pytest.approx(15.5 * HOUR, abs=HOUR / 10)
    assert "<td>24 h</td><td>4 h</td><td>15 h 30 min</td>" in staff.get(QUEUE).text
    empty = staff.get(f"{QUEUE}?state=dismissed").text
    assert "<td>24 h</td><td>4 h</td>" in empty
