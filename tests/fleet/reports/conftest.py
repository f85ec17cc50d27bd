"""Staff, reports, answers and ended rides."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.fleet.reports.steps import AnswerReport, FileReport, MakeRide, make_report_data
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports import services, staff_services
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.staff_services import ReportAnswer
from webapp.rides.models import Ride


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    """A member of staff for the fleet of New York only."""
    return new_browser(app).sign_in(make_user("sam", roles={"fleet": ["new york"]}))


@pytest.fixture
def file_report(app: Flask) -> FileReport:
    """File a report: ``file_report(user, vehicle, critical=True)``."""

    def file_report(reporter: User, vehicle: Vehicle, **data: Any) -> RowKey:
        with app.app_context():
            report = make_report_data(**data)
            return services.file_report(reporter.key, vehicle.key, uuid4().hex, report)

    return file_report


@pytest.fixture
def answer_report(app: Flask) -> AnswerReport:
    """Answer a report: ``answer_report(report_key, "resolved", returns_to_service=True)``.

    seen: the state that the form shows; without it the current state.
    """

    def answer_report(report_key: RowKey, state: str, seen: str = "", **answer: Any) -> None:
        with app.app_context():
            report = db.session.get(Report, tuple(report_key))
            assert report
            report.__dict__["reporter"] = None
            text = answer.pop("text", "")
            staff_services.answer_report(
                report, seen or report.state, ReportAnswer(ReportState(state), text, **answer)
            )

    return answer_report


@pytest.fixture
def make_ride(app: Flask) -> MakeRide:
    """Make a ride that has ended; return its key."""

    def make_ride(rider: User, vehicle: Vehicle, age: timedelta = timedelta(0)) -> RowKey:
        time, ride_key = func.now() - age, RowKey(vehicle.region, uuid4())
        columns = {"region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id}
        columns |= {"rider_region": rider.region, "rider_id": rider.id, "id": ride_key.id}
        with app.app_context():
            execute_write(insert(Ride).values(started_at=time, ended_at=time, **columns))
        return ride_key

    return make_ride
