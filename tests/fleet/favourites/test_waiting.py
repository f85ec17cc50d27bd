"""Riders who wait for a vehicle get a mail when it is available."""

from datetime import timedelta
from functools import partial
from types import NoneType
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import age_rows, read_rows
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.favourites.conftest import RESERVED
from tests.job_steps import read_mails
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.services.vehicles import (
    NothingToWaitFor,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.favourites.services.waiting import end_waits_cte, free_vehicle_jobs_query
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.jobs.kinds import KeyPayload
from webapp.jobs.models import Job
from webapp.jobs.writing import insert_jobs_cte, job_statement
from webapp.rides.reservations.job_kinds import RESERVATION_EXPIRY
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import reserve_vehicle


def make_available(app: Flask, vehicle: Vehicle) -> None:
    """Make a vehicle available and mail the waiting riders, as the end of a ride does."""
    vehicles = table(Vehicle)
    available = (
        update(vehicles)
        .where(vehicles.c.id == vehicle.id)
        .values(state="available", public_id=uuid4(), address="2 New Street")
        .returning(vehicles.c.region, vehicles.c.id.label("vehicle_id"))
        .cte("available")
    )
    notices = insert_jobs_cte(free_vehicle_jobs_query(end_waits_cte(available)))
    with app.app_context():
        execute_write(select(available.c.vehicle_id).add_cte(notices))


def test_a_waiting_rider_gets_one_mail_when_the_vehicle_is_available(
    app: Flask, ada_browser: Visitor, make_vehicle: VehicleFactory
) -> None:
    """The mail does not say where the vehicle is, because others may read it; the list does."""
    vehicle = make_vehicle(**RESERVED)
    assert ada_browser.send(f"/saved/{vehicle.public_key}/wait").status_code == 303
    assert "t notify me" in ada_browser.get(f"/vehicles/{vehicle.public_key}").text
    assert "ll e-mail you when it" in ada_browser.get("/saved").text
    make_available(app, vehicle)
    [letter] = read_mails(app)
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "The vehicle you saved is free"
    assert "Okai Scooter" in letter.body
    for secret in ("Street", "/vehicles/", str(vehicle.id)):
        assert secret not in letter.body
    listed = ada_browser.get("/saved").text
    assert "2 New Street" in listed
    page = ada_browser.get(listed.split('title" href="')[1].split('"')[0]).text
    assert "2 New Street" in page
    assert "Remove from saved" in page
    make_available(app, vehicle)
    assert len(read_mails(app)) == 1


def test_only_waiting_riders_who_can_sign_in_get_a_mail(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle, other = make_vehicle(**RESERVED), make_vehicle(**RESERVED)
    columns: dict[str, dict[str, Any]] = {
        "waits": {},
        "saved": {},
        "stopped": {},
        "disabled": {"disabled_at": func.now()},
        "unconfirmed": {"email_confirmed_at": None},
        "elsewhere": {},
    }
    users = {name: make_user(name, city="paris", **columns[name]) for name in columns}
    with app.app_context():
        for name, user in users.items():
            public_key = (other if name == "elsewhere" else vehicle).public_key
            save = save_vehicle if name == "saved" else start_waiting
            save(user.key, public_key)
        stop_waiting(users["stopped"].key, vehicle.public_key)
    make_available(app, vehicle)
    assert [letter.to for letter in read_mails(app)] == [["waits@example.org"]]


@pytest.mark.parametrize("state", ["available", "non_operational", "missing"])
def test_riders_can_wait_only_for_a_vehicle_that_is_in_use(
    ada_browser: Visitor, make_vehicle: VehicleFactory, app: Flask, state: str
) -> None:
    vehicle = make_vehicle(state=state)
    assert "Notify me when it" not in ada_browser.get(f"/vehicles/{vehicle.public_key}").text
    response = ada_browser.send(f"/saved/{vehicle.public_key}/wait")
    assert response.status_code == 409
    assert "s either free now or out of service, so there is nothing to wait for." in response.text
    assert read_rows(app, SavedVehicle) == []


def test_waiting_while_the_ride_ends_gives_a_mail_or_an_error(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """No rider waits for a vehicle that is already available."""
    for number in range(6):
        rider, vehicle = make_user(f"rider{number}"), make_vehicle(**RESERVED)

        error, end_error = run_together(
            app,
            partial(start_waiting, rider.key, vehicle.public_key),
            partial(make_available, app, vehicle),
        )
        assert end_error is None
        # The vehicle is available, or has a new public id.
        assert isinstance(error, (NothingToWaitFor, VehicleNotFound, NoneType))
        has_mail = bool(read_mails(app, f"rider{number}@example.org"))
        assert has_mail == (error is None)


def test_a_waiting_rider_gets_a_mail_when_a_reservation_lapses(
    app: Flask, ada_browser: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle, other = make_vehicle(), make_user()
    with app.app_context():
        reserve_vehicle(other.key, vehicle.public_key)
    ada_browser.send(f"/saved/{vehicle.public_key}/wait")
    assert read_mails(app) == [], "the job is not due"
    age_rows(app, Job, "due_at", timedelta(hours=1))
    assert read_mails(app) == [], "the reservation was extended meanwhile"
    with app.app_context():
        reservation = db.session.get_one(Reservation, tuple(other.key))
        job = job_statement(
            RESERVATION_EXPIRY,
            KeyPayload(*vehicle.key),
            region=vehicle.region,
            due_at=reservation.until,
        )
        execute_write(job)
    age_rows(app, Vehicle, "reserved_until", timedelta(hours=1))
    age_rows(app, Job, "due_at", timedelta(hours=1))
    [letter] = read_mails(app)
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "The vehicle you saved is free"
