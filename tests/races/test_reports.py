"""Concurrent reports, answers and rides of one vehicle."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.races.steps import ROUNDS
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.fleet.reports.services import ReportData, file_report
from webapp.fleet.reports.staff_services import ReportAnswer, ReportChanged, answer_report
from webapp.regions.geography import Place, Point
from webapp.rides.refusal_reasons import VehicleUnavailable
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(40.7359, -73.9911))
CRITICAL = ReportData(ReportKind.DAMAGE, True, "The brake is gone.", [b"photo"])
DONE = ReportAnswer(ReportState.RESOLVED, "Fixed.", returns_to_service=True)


def file_call(reporter: User, vehicle: Vehicle) -> Callable[[], RowKey]:
    return partial(file_report, reporter.key, vehicle.key, uuid4().hex, CRITICAL)


def read_report(key: RowKey) -> Report:
    report = db.session.get_one(Report, tuple(key), populate_existing=True)
    report.__dict__["reporter"] = None
    db.session.expunge(report)
    return report


def answer_call(key: RowKey, answer: ReportAnswer = DONE) -> Callable[[], None]:
    return partial(answer_report, read_report(key), "new", answer)


def test_one_form_sent_ten_times_at_once_is_one_report(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, vehicle = make_user(), make_vehicle()
    file = partial(file_report, ada.key, vehicle.key, "the same", CRITICAL)
    results = run_together(app, *[file] * 10)
    assert set(results) == {results[0]}
    assert isinstance(results[0], RowKey)
    for model in (Report, ReportPhoto):
        assert db.session.scalar(select(func.count()).select_from(model)) == 1


def test_a_vehicle_with_a_critical_report_is_not_available_after_its_ride(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, bob = make_user(), make_user()
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        ride = start_ride(ada.key, vehicle.public_key)
        ended, filed = run_together(
            app, partial(end_ride, ada.key, ride, HERE), file_call(bob, vehicle)
        )
        assert ended is None
        assert isinstance(filed, RowKey)
        assert row(Vehicle, vehicle.key).state == "non_operational"


def test_a_vehicle_reported_during_a_start_ends_out_of_service(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, bob = make_user(), make_user()
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        started, filed = run_together(
            app, partial(start_ride, ada.key, vehicle.public_key), file_call(bob, vehicle)
        )
        assert isinstance(filed, RowKey)
        if isinstance(started, RowKey):
            assert row(Vehicle, vehicle.key).state == "on_trip"
            end_ride(ada.key, started, HERE)
        else:
            assert isinstance(started, VehicleUnavailable)
        assert row(Vehicle, vehicle.key).state == "non_operational"


def test_of_five_concurrent_answers_one_is_saved(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    key = file_call(make_user(), vehicle)()
    answers = [ReportAnswer(ReportState.RESOLVED, f"Fixed by {n}.") for n in range(5)]
    results = run_together(app, *(answer_call(key, each) for each in answers))
    assert results.count(None) == 1
    assert {type(result) for result in results} == {type(None), ReportChanged}
    assert read_report(key).answer == answers[results.index(None)].text


def test_the_last_two_concurrent_answers_make_the_vehicle_available(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    """Without a lock, each would see the other report as open and leave the vehicle out of service."""
    ada, bob = make_user(), make_user()
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        keys = [file_call(reporter, vehicle)() for reporter in (ada, bob)]
        assert run_together(app, *(answer_call(key) for key in keys)) == [None, None]
        assert row(Vehicle, vehicle.key).state == "available"


def test_a_vehicle_reported_again_while_made_available_stays_out_of_service(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, bob = make_user(), make_user()
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        key = file_call(ada, vehicle)()
        answered, filed = run_together(app, answer_call(key), file_call(bob, vehicle))
        assert answered is None
        assert isinstance(filed, RowKey)
        assert row(Vehicle, vehicle.key).state == "non_operational"
