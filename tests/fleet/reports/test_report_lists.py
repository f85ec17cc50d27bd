"""The lists of reports: the queue of staff, and a rider's own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import VehicleFactory, find_city
from tests.fleet.pages import find_next_page
from tests.fleet.reports.steps import AnswerReport, FileReport
from tests.visitor import Visitor
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.paging import page_size
from webapp.fleet.queues.filters import ME, QueueFilter
from webapp.fleet.queues.service_times import PERIOD
from webapp.fleet.reports.enums import OPEN_STATES, ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.queries import (
    ReportFilter,
    find_report_for_staff,
    list_own_reports,
    list_queue,
)


@pytest.mark.slow
def test_the_queue_of_a_city_lists_open_reports_in_the_order_in_which_they_are_due(
    staff: Visitor, ada: User, make_vehicle: VehicleFactory, file_report: FileReport, answer_report: AnswerReport,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    report_keys = [file_report(ada, make_vehicle()) for _ in range(8)]
    boston_key = file_report(ada, make_vehicle("boston"))
    answer_report(report_keys[2], "resolved")
    answer_report(report_keys[5], "in_progress")
    staff.get("/fleet/reports")
    round_trips()
    page = staff.get("/fleet/reports").text
    assert round_trips() == 2
    first_page_keys = find_report_keys(page)
    page = staff.get(find_next_page(page)).text
    in_progress, new = report_keys[5], [*report_keys[:2], *report_keys[3:5], *report_keys[6:]]
    assert [*first_page_keys, *find_report_keys(page)] == [str(key) for key in (*new, in_progress)]
    assert str(boston_key) not in page
    assert find_report_keys(staff.get("/fleet/reports?state=in_progress").text) == [
        str(report_keys[5])
    ]
    answer_report(report_keys[0], "resolved")
    resolved_keys = find_report_keys(staff.get("/fleet/reports?state=resolved").text)
    assert resolved_keys == [str(report_keys[2]), str(report_keys[0])]
    for query in ("city=atlantis", "after=x"):
        assert staff.get(f"/fleet/reports?{query}").status_code == 404
    assert "No such reports" in staff.get("/fleet/reports?state=dismissed").text


def find_report_keys(page: str) -> list[str]:
    return re.findall(r'href="/fleet/reports/([^"/?]+)"', page)


def test_an_empty_queue_and_an_empty_list_say_so(staff: Visitor) -> None:
    assert "Nothing to do" in staff.get("/fleet/reports").text
    assert "No reports" in staff.get("/reports").text


def test_the_reports_of_a_rider_are_paged_without_duplicates(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, file_report: FileReport
) -> None:
    filed = [str(file_report(ada, make_vehicle(city))) for city in ("paris", "boston") * 4]
    visitor.sign_in(ada)
    page = visitor.get("/reports").text
    listed_keys = re.findall(r'href="/reports/([^"/?]+)"', page)
    page = visitor.get(find_next_page(page)).text
    listed_keys += re.findall(r'href="/reports/([^"/?]+)"', page)
    assert listed_keys == filed[::-1]


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_queries_of_reports_use_their_indexes(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    vehicles = [make_vehicle() for _ in range(100)]
    reports = text(
        """INSERT INTO reports (region, id, city, vehicle_id, reporter_region, reporter_id, kind,
           critical, note, state, answer, created_at, assignee_region, assignee_id)
           SELECT :region, gen_random_uuid(), 'new york', (CAST(:vehicles AS uuid[]))[n % 100 + 1],
           :region, CASE WHEN n % 50 = 0 THEN CAST(:reporter AS uuid) END, 'damage', false, '',
           CASE n % 20 WHEN 1 THEN 'new' WHEN 2 THEN 'in_progress' ELSE 'resolved' END, '',
           now() - n * interval '1 hour', :region,
           CASE WHEN n % 70 = 1 THEN CAST(:reporter AS uuid) END FROM generate_series(1, 10000) n"""
    )
    values = {"region": "us-east1", "vehicles": [v.id for v in vehicles], "reporter": ada.id}
    with app.app_context():
        with connect_to_fill_tables() as connection:
            connection.execute(reports, values)
            report_id = connection.execute(select(Report.id).limit(1)).scalar_one()
        vacuum("reports", "vehicles", "users")
        city = find_city()
        report_key, staff = RowKey("us-east1", report_id), ada
        staff.__dict__["role_grants"] = [RoleGrant(role="fleet", cities=None)]
        mine = ReportFilter(queue=QueueFilter(ada.key, ME))
        for read, index in [
            (lambda: list_queue(city, ReportFilter(), None), "ix_reports_queue"),
            (
                lambda: list_queue(city, ReportFilter([ReportState.RESOLVED]), None),
                "ix_reports_queue",
            ),
            (lambda: list_queue(city, mine, None), "ix_reports_assignee"),
            (lambda: list_own_reports(ada.key, None), "ix_reports_reporter"),
            (lambda: find_report_for_staff(staff, report_key), "ix_reports_vehicle"),
        ]:
            plan = explain_plan(read)
            assert index in plan.indexes, index
            # The first page of a queue has the times of the reports of 30 days, too, one an hour:
            # a node that joins both has the rows of the page as well.
            assert plan.most_rows <= 30 * 24 + 2 * (page_size() + 1), index
        for states in (OPEN_STATES, [ReportState.RESOLVED]):
            report_filter, later = ReportFilter(states), (datetime.now(UTC) - PERIOD, uuid4())
            plan = explain_plan(partial(list_queue, city, report_filter, later))
            assert plan.most_rows <= 200
