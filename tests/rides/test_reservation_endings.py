"""Riders are told when their reservation is about to end."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import run_jobs
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome
from webapp.riders.notifications.models import Notification
from webapp.rides.reservations.job_kinds import RESERVATION_ENDING
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.notification_kinds import END_LEAD_TIME
from webapp.rides.reservations.services import cancel_reservation, reserve_vehicle

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ada(make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """Has reserved a vehicle."""
    user = make_user("ada")
    reserve_vehicle(user.key, make_vehicle().public_key)
    return user


def set_end(left: timedelta) -> None:
    execute_write(update(Reservation).values(until=func.now() + left))
    until = select(Reservation.until).scalar_subquery()
    execute_write(update(Vehicle).values(reserved_until=until))
    db.session.expire_all()


def run_ending_jobs(app: Flask) -> list[JobOutcome]:
    is_ending = (Job.kind == RESERVATION_ENDING.name) & Job.done_at.is_(None)
    execute_write(update(Job).where(is_ending).values(due_at=func.now()))
    return run_jobs(app)


def list_notifications() -> list[str]:
    return list(db.session.scalars(select(Notification.kind)))


def test_the_job_is_due_shortly_before_the_end(ada: User) -> None:
    due_at = db.session.scalar(select(Job.due_at).where(Job.kind == RESERVATION_ENDING.name))
    assert due_at == db.session.scalars(select(Reservation.until)).one() - END_LEAD_TIME


def test_the_rider_is_told_once(app: Flask, ada: User) -> None:
    set_end(timedelta(minutes=1))
    assert set(run_ending_jobs(app)) == {JobOutcome.DONE}
    assert list_notifications() == ["reservation_ending"]


def test_a_reservation_that_was_extended_is_told_of_later(app: Flask, ada: User) -> None:
    set_end(timedelta(minutes=20))
    run_ending_jobs(app)
    assert list_notifications() == []
    set_end(timedelta(minutes=1))
    run_ending_jobs(app)
    assert list_notifications() == ["reservation_ending"]


def test_one_that_was_cancelled_is_not_told_of(app: Flask, ada: User) -> None:
    cancel_reservation(ada.key)
    assert set(run_ending_jobs(app)) == {JobOutcome.DONE}
    assert list_notifications() == []
