"""A reserved vehicle is taken away: its rider is told, and is free to take another one."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import new_browser
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.gbfs.feeds import feed, vehicle, write_files
from tests.fleet.reports.steps import make_report_data
from tests.fleet.tasks.steps import change_of, insert_task, start_task
from tests.job_steps import forget_mails, read_mails, run_jobs
from tests.ledger_audit import check_ledger
from tests.races.steps import ROUNDS
from tests.rides.steps import age_times, read_reservation
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write, run_transaction
from webapp.extensions import db
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.services import start_bulk_action
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import file_report
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import ActionNotPossible, act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.jobs.kinds import RunningJob
from webapp.jobs.models import Job
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import credit_entry
from webapp.riders.wallet.queries.own_money import own_money_query
from webapp.rides.reservations.job_kinds import RESERVATION_WITHDRAWN, Withdrawal
from webapp.rides.reservations.jobs import settle_withdrawn_reservation
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.queries import read_refund
from webapp.rides.reservations.services import (
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")

SUBJECT = "Your reserved vehicle was taken out of service"
#: Takes a vehicle away, or tries to: the application, a member of staff, the vehicle, a folder.
Way = Callable[[Flask, User, Vehicle, Path], object]


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", city="paris")  # a guest: vehicle and rider are in different regions


@pytest.fixture
def staff(make_user: UserFactory) -> User:
    return make_user("nora", roles=["fleet"])


@pytest.fixture
def reserved(app: Flask, ada: User, make_vehicle: VehicleFactory) -> Vehicle:
    """An imported vehicle that Ada has reserved."""
    stored: Vehicle = make_vehicle(
        feed_system="acme_nyc", feed_vehicle="v1", feed_source="file", address=None
    )
    reserve_vehicle(ada.key, stored.public_key)
    forget_mails(app)
    return stored


def act(action: VehicleAction, _: Flask, staff: User, vehicle: Vehicle, __: Path) -> None:
    act_on_vehicle(staff, vehicle.key, action, ActionDetails())


def try_to_act(action: VehicleAction, app: Flask, staff: User, vehicle: Vehicle, _: Path) -> None:
    with pytest.raises(ActionNotPossible):
        act_on_vehicle(staff, vehicle.key, action, ActionDetails())


def start_task_of(app: Flask, staff: User, vehicle: Vehicle, _: Path) -> None:
    start_task(insert_task(app, vehicle.key), change_of(staff))


def report(_: Flask, staff: User, vehicle: Vehicle, __: Path) -> None:
    file_report(staff.key, vehicle.key, "nonce", make_report_data(critical=True))


def act_in_bulk(_: Flask, staff: User, vehicle: Vehicle, __: Path) -> None:
    selection = Selection(find_city(), {vehicle.id})
    action = VehicleAction.TAKE_OUT_OF_SERVICE
    start_bulk_action(staff, uuid4(), action, ActionDetails(), selection)


def import_vehicles(vehicles: list[object], app: Flask, _: User, __: Vehicle, path: Path) -> None:
    others = [vehicle(f"other{number}") for number in range(5)]
    source = str(write_files(path, feed([*others, *vehicles])))
    arguments = ["fleet", "import-gbfs", source, "--city", "new york"]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0


TAKING: dict[str, Way] = {
    "out of service": partial(act, VehicleAction.TAKE_OUT_OF_SERVICE),
    "pick up": partial(act, VehicleAction.PICK_UP),
    "task": start_task_of,
    "critical report": report,
    "bulk action": act_in_bulk,
}
#: A vehicle that somebody uses stays as it is.
KEEPING: dict[str, Way] = {
    "mark missing": partial(try_to_act, VehicleAction.MARK_MISSING),
    "retire": partial(try_to_act, VehicleAction.RETIRE),
    "feed says out of service": partial(import_vehicles, [vehicle(is_disabled=True)]),
    "feed without it": partial(import_vehicles, []),
}


def read_notices(app: Flask) -> list[str]:
    """Do what is due; return the mails to Ada about it."""
    run_jobs(app)  # which writes the mail
    db.session.expire_all()
    mails = read_mails(app, "ada@example.org")
    return [mail.body for mail in mails if mail.subject == SUBJECT]


@pytest.mark.parametrize("way", TAKING.values(), ids=TAKING)
def test_whatever_takes_a_reserved_vehicle_away_its_rider_is_told_and_free_again(
    app: Flask,
    ada: User,
    staff: User,
    reserved: Vehicle,
    make_vehicle: VehicleFactory,
    row: RowReader,
    tmp_path: Path,
    way: Way,
) -> None:
    way(app, staff, reserved, tmp_path)
    (notice,) = read_notices(app)
    assert "Nothing was charged." in notice
    reservation, stored = read_reservation(ada.key), row(Vehicle, reserved.key)
    assert stored.state in ("non_operational", "removed")
    assert reservation.is_withdrawn
    assert not reservation.is_active
    assert stored.reserved_until <= reservation.until
    reserve_vehicle(ada.key, make_vehicle().public_key)
    assert not read_reservation(ada.key).is_withdrawn


@pytest.mark.parametrize("way", KEEPING.values(), ids=KEEPING)
def test_what_leaves_a_reserved_vehicle_to_its_rider_changes_no_reservation(
    app: Flask, ada: User, staff: User, reserved: Vehicle, row: RowReader, tmp_path: Path, way: Way
) -> None:
    way(app, staff, reserved, tmp_path)
    assert read_notices(app) == []
    reservation, stored = read_reservation(ada.key), row(Vehicle, reserved.key)
    assert reservation.is_active
    assert (stored.state, stored.reserved_until) == ("reserved", reservation.until)


def test_a_reservation_that_has_expired_is_not_ended_again(
    app: Flask, ada: User, staff: User, reserved: Vehicle
) -> None:
    age_times(11)
    act_on_vehicle(staff, reserved.key, VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails())
    assert read_notices(app) == []
    assert not read_reservation(ada.key).is_withdrawn


@pytest.fixture
def extended(ada: User, make_vehicle: VehicleFactory, make_plan: PlanFactory) -> Vehicle:
    """A vehicle that Ada, who has 10.00, has reserved for ten free minutes and ten that cost 2.50."""
    make_plan(
        reserve_min=10, reservation_rate=20, reserve_max_min=30, tax_ppm=250_000, tax_included=False
    )
    execute_write(ledger.entry_statement(credit_entry(ada.key, uuid4(), "USD", 1_000)))
    scooter = make_vehicle()
    reserve_vehicle(ada.key, scooter.public_key)
    for _ in range(2):
        current = read_reservation(ada.key)
        extend_reservation(ada.key, current, current.until)
    assert ledger.read_balances(ada.key) == {"USD": 750}
    return scooter


def check_balance(rider: User, cents: int) -> None:
    assert ledger.read_balances(rider.key) == {"USD": cents}
    with db.engines["write"].connect() as connection:
        check_ledger(connection)


def let_reservations_expire() -> None:
    age = timedelta(minutes=25)
    columns = {name: getattr(Reservation, name) - age for name in ("reserved_at", "until")}
    execute_write(update(Reservation).values(columns))
    db.session.expire_all()


@pytest.mark.parametrize("is_cancelled_meanwhile", [False, True])
def test_what_an_extension_cost_comes_back_once(
    app: Flask,
    ada: User,
    staff: User,
    extended: Vehicle,
    monkeypatch: pytest.MonkeyPatch,
    is_cancelled_meanwhile: bool,
) -> None:
    act(VehicleAction.TAKE_OUT_OF_SERVICE, app, staff, extended, Path())
    if is_cancelled_meanwhile:
        cancel_reservation(ada.key)
        assert read_reservation(ada.key).is_withdrawn
    _run_jobs_twice(monkeypatch)
    (notice,) = read_notices(app)
    assert "$2.50" in notice
    assert read_reservation(ada.key).is_withdrawn
    assert read_refund(read_reservation(ada.key)) == "$2.50"
    check_balance(ada, 1_000)


def _run_jobs_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each job that settles a reservation run twice."""

    def run(withdrawal: Withdrawal, job: RunningJob) -> None:
        for _ in range(2):
            settle_withdrawn_reservation(withdrawal, job)

    monkeypatch.setattr("webapp.rides.reservations.jobs.settle_withdrawn_reservation", run)


@pytest.mark.parametrize("next_step", ["nothing", "reservation", "ride", "the same vehicle"])
def test_what_an_extension_cost_comes_back_however_late_the_job_is(
    app: Flask,
    ada: User,
    staff: User,
    extended: Vehicle,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
    next_step: str,
) -> None:
    act(VehicleAction.TAKE_OUT_OF_SERVICE, app, staff, extended, Path())
    if next_step == "the same vehicle":  # back within the second, and the rider starts
        act(VehicleAction.RETURN_TO_SERVICE, app, staff, extended, Path())
        start_ride(ada.key, extended.public_key)
    else:
        let_reservations_expire()
    if next_step == "reservation":
        reserve_vehicle(ada.key, make_vehicle().public_key)
    if next_step == "ride":
        start_ride(ada.key, make_vehicle().public_key)
    _run_jobs_twice(monkeypatch)
    (notice,) = read_notices(app)
    assert "$2.50" in notice
    check_balance(ada, 1_000)
    if next_step == "reservation":
        assert read_reservation(ada.key).is_active


def test_several_workers_and_a_rider_who_takes_another_vehicle_refund_once(
    app: Flask, ada: User, staff: User, extended: Vehicle, make_vehicle: VehicleFactory
) -> None:
    act(VehicleAction.TAKE_OUT_OF_SERVICE, app, staff, extended, Path())
    let_reservations_expire()
    job = _read_withdrawal_job()
    settle = partial(settle_withdrawn_reservation, *job)
    reserve = partial(reserve_vehicle, ada.key, make_vehicle().public_key)
    assert run_together(app, settle, reserve, settle, settle) == [None] * 4
    assert len(read_notices(app)) == 1
    assert read_reservation(ada.key).is_active
    check_balance(ada, 1_000)


def _read_withdrawal_job() -> tuple[Withdrawal, RunningJob]:
    """Return the arguments of the handler."""
    stored = db.session.scalars(select(Job).where(Job.kind == RESERVATION_WITHDRAWN.name)).one()
    job = RunningJob(
        RowKey(stored.region, stored.id), stored.kind, stored.payload, "", 1, stored.created_at
    )
    return RESERVATION_WITHDRAWN.load(stored.payload), job


def test_a_job_of_the_release_before_this_one_settles_the_reservation_of_its_vehicle(
    app: Flask, ada: User, staff: User, extended: Vehicle
) -> None:
    act(VehicleAction.TAKE_OUT_OF_SERVICE, app, staff, extended, Path())
    key_only = func.jsonb_build_object("region", extended.region, "id", str(extended.id))
    execute_write(
        update(Job).where(Job.kind == RESERVATION_WITHDRAWN.name).values(payload=key_only)
    )
    assert "$2.50" in read_notices(app)[0]
    check_balance(ada, 1_000)


@pytest.mark.parametrize(
    ("minutes_used", "balance", "words", "words_for_staff"),
    [
        (0, 1_000, "$2.50", "$2.50 was returned."),
        (12, 875, "$1.25 for the time that was left", "$1.25 was returned."),
        (17, 750, "was charged", "There was nothing to return."),
    ],
)
def test_who_reports_the_own_reserved_vehicle_pays_for_the_extensions_that_had_begun(
    app: Flask,
    ada: User,
    extended: Vehicle,
    minutes_used: int,
    balance: int,
    words: str,
    words_for_staff: str,
    staff: User,
) -> None:
    # The charges follow from the end of the reservation: the report is later, not the end earlier.
    report_key = file_report(ada.key, extended.key, "nonce", make_report_data(critical=True))
    for model in (Job, Report):
        later = model.created_at + timedelta(minutes=minutes_used)
        execute_write(update(model).values(created_at=later))
    (notice,) = read_notices(app)
    assert words in notice
    check_balance(ada, balance)
    page = new_browser(app).sign_in(staff).get(f"/fleet/reports/{report_key}").text
    ended = "The reporter had reserved the vehicle. The reservation has ended."
    assert f"{ended} {words_for_staff}" in page


def test_the_report_of_another_rider_gives_all_back(
    app: Flask, ada: User, staff: User, extended: Vehicle, make_user: UserFactory
) -> None:
    first, later = (
        file_report(make_user(name).key, extended.key, "nonce", make_report_data(critical=True))
        for name in ("bob", "eve")
    )
    assert "$2.50" in read_notices(app)[0]
    check_balance(ada, 1_000)
    browser = new_browser(app).sign_in(staff)
    ended = "Another rider had reserved the vehicle. The reservation has ended. $2.50 was returned."
    assert ended in browser.get(f"/fleet/reports/{first}").text
    assert "had reserved the vehicle" not in browser.get(f"/fleet/reports/{later}").text


def test_free_minutes_that_were_not_used_are_given_back_to_the_vehicle(
    app: Flask, staff: User, reserved: Vehicle, row: RowReader
) -> None:
    assert row(Vehicle, reserved.key).free_reserved_min == 10
    act(VehicleAction.TAKE_OUT_OF_SERVICE, app, staff, reserved, Path())
    read_notices(app)
    assert row(Vehicle, reserved.key).free_reserved_min <= 1  # the minute that has begun


def test_a_withdrawal_gives_no_minutes_of_a_later_reservation_back(
    app: Flask, staff: User, reserved: Vehicle, make_user: UserFactory, row: RowReader
) -> None:
    for action in (VehicleAction.TAKE_OUT_OF_SERVICE, VehicleAction.RETURN_TO_SERVICE):
        act(action, app, staff, reserved, Path())
    start_ride(make_user("bob").key, reserved.public_key)
    execute_write(update(Vehicle).values(free_reserved_min=5))
    read_notices(app)
    assert row(Vehicle, reserved.key).free_reserved_min == 5


def test_credit_that_paid_for_an_extension_comes_back_as_credit(
    app: Flask, ada: User, staff: User, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    entry = credit_entry(ada.key, uuid4(), "USD", 500)
    execute_write(ledger.entry_statement(entry))
    scooter = make_vehicle()
    reserve_vehicle(ada.key, scooter.public_key)
    current = read_reservation(ada.key)
    extend_reservation(ada.key, current, current.until)
    act_on_vehicle(staff, scooter.key, VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails())
    assert len(read_notices(app)) == 1
    (money,) = db.session.execute(own_money_query(ada.key))
    assert tuple(money) == ("USD", 500, 0)


def test_a_vehicle_that_is_back_and_reserved_by_another_is_not_taken_from_them(
    app: Flask, ada: User, staff: User, reserved: Vehicle, make_user: UserFactory
) -> None:
    for action in (VehicleAction.TAKE_OUT_OF_SERVICE, VehicleAction.RETURN_TO_SERVICE):
        act_on_vehicle(staff, reserved.key, action, ActionDetails())
    execute_write(update(Vehicle).values(reserved_until=func.now() - timedelta(days=1)))
    bob = make_user("bob")
    reserve_vehicle(bob.key, reserved.public_key)
    assert len(read_notices(app)) == 1  # only now the job has run
    assert read_reservation(ada.key).is_withdrawn
    assert read_reservation(bob.key).is_active


def test_a_ride_that_starts_meanwhile_is_ridden_or_its_rider_is_told_once(
    app: Flask,
    make_user: UserFactory,
    staff: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes = set()
    for number in range(ROUNDS):
        rider, scooter = make_user(f"rider{number}"), make_vehicle()
        reserve_vehicle(rider.key, scooter.public_key)
        forget_mails(app)
        action = partial(
            act_on_vehicle, staff, scooter.key, VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails()
        )
        started, *_ = run_together(
            app, partial(start_ride, rider.key, scooter.public_key), action, action
        )
        is_ridden = isinstance(started, RowKey)
        assert row(Vehicle, scooter.key).state == ("on_trip" if is_ridden else "non_operational")
        run_jobs(app)
        mails = [mail.subject for mail in read_mails(app, rider.email)]
        assert mails == ([] if is_ridden else [SUBJECT])
        reservation = run_transaction(lambda session: session.get(Reservation, rider.key))  # noqa: B023
        assert reservation is None if is_ridden else reservation and reservation.is_withdrawn
        outcomes.add(is_ridden)
    assert outcomes
