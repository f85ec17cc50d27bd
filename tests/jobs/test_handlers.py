"""What runs the jobs of each kind: at least once, with the effect of one run."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask, current_app
from sqlalchemy import delete, func, insert, select, text, update

import webapp
from tests.auth.steps import age_rows
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.job_steps import end_leases, run_jobs
from tests.killing import Killed, kill_at_statement, statement_numbers
from tests.regions.conftest import MoveCity, move, run  # noqa: F401 - fixtures
from tests.rides.earnings.steps import insert_share
from tests.rides.steps import MakeEndedRide, make_ended_ride  # noqa: F401 - a fixture
from webapp import mail
from webapp.auth.models import User
from webapp.auth.services.password_reset import RESET_MAIL
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.favourites.services.vehicles import start_waiting
from webapp.fleet.favourites.services.waiting import VEHICLE_FREE
from webapp.fleet.models import Vehicle
from webapp.fleet.services.ownership import OWNER_CHANGED, OwnerChange
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.fleet.vehicle_offers.services.offers import OFFER_WITHDRAWN, withdraw_offer
from webapp.hooks import get_hooks
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.jobs.models import Job
from webapp.jobs.queue import is_open_condition
from webapp.jobs.writing import job_statement
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
from webapp.regions.geography import Place, Point
from webapp.riders.data_exports.services import request_data_export
from webapp.riders.data_exports.statements import DATA_EXPORT
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.services import choose_digests
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.rides.digests.kinds import DIGEST, DIGEST_PAGE, DigestMail, DigestPage
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.services.shares import SHARE_MAIL
from webapp.rides.models import Ride
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.models import RideReminder
from webapp.rides.reminders.statements import REMINDER, Reminder, set_reminders_statement
from webapp.rides.reservations.job_kinds import RESERVATION_ENDING, RESERVATION_EXPIRY
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services import long_rides, overdue
from webapp.rides.services.end import end_ride
from webapp.rides.services.receipts import RECEIPT
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context", "_staff")

COMMON = Place("Boston Common", Point(42.355, -71.066))
REGION = "us-east1"


#: Of a week whose digests are all due.
MONDAY = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday() + 7)


@pytest.fixture
def _staff(make_user: UserFactory) -> None:
    make_user("staff", "seattle", roles={"fleet": ["boston"]})


#: Write a job of a kind for a rider of Boston.
WriteJob = Callable[[str, User], None]


@pytest.fixture
def write_job(
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_ended_ride: MakeEndedRide,  # noqa: F811 - the fixture
) -> WriteJob:
    def start_long_ride(rider: User, duration: timedelta) -> None:
        ride_key = start_ride(rider.key, make_vehicle("boston").public_key)
        age_rows(
            current_app._get_current_object(),  # type: ignore[attr-defined]
            Ride,
            "started_at",
            duration,
            Ride.id == ride_key.id,
        )

    def write_vehicle_free(rider: User) -> None:
        vehicle = make_vehicle("boston")
        payload = KeyPayload(vehicle.region, vehicle.id)
        region = vehicle.region
        execute_write(job_statement(VEHICLE_FREE, payload, region=region, account_key=rider.key))

    def write_owner_change(rider: User) -> None:
        vehicle = make_vehicle("boston")
        payload = OwnerChange(vehicle.region, vehicle.id)
        region = vehicle.region
        execute_write(job_statement(OWNER_CHANGED, payload, region=region, account_key=rider.key))

    def write_long_ride(rider: User) -> None:
        start_long_ride(rider, timedelta(hours=3))
        long_rides.ask_riders()

    def write_reminder(rider: User) -> None:
        ride_key = start_ride(rider.key, make_vehicle("boston").public_key)
        due_at = datetime.now(UTC) - timedelta(seconds=1)
        reminder = Reminder(ReminderKind.TIME, due_at)
        execute_write(set_reminders_statement(rider.key, ride_key, [reminder]))

    def have_week(rider: User) -> None:
        """The rider wants a digest, and has ridden in the week of it."""
        ride_key = make_ended_ride(rider.key, "boston")
        execute_write(delete(Job).where(Job.kind == RECEIPT.name, is_open_condition()))
        ended_at = datetime.combine(MONDAY, time(), UTC) - timedelta(days=3)
        moments = {"started_at": ended_at - timedelta(minutes=10), "ended_at": ended_at}
        execute_write(update(Ride).where(Ride.id == ride_key.id).values(moments))
        choose_digests(rider.key, rider=True, owner=False)

    def write_digest(rider: User) -> None:
        have_week(rider)
        payload = DigestMail(MONDAY, Digest.RIDER, "America/New_York")
        execute_write(job_statement(DIGEST, payload, region=rider.region, account_key=rider.key))

    def write_digest_page(rider: User) -> None:
        have_week(rider)
        payload = DigestPage(MONDAY, UUID(int=0))
        execute_write(job_statement(DIGEST_PAGE, payload, region=rider.region))

    def write_overdue(rider: User) -> None:
        start_long_ride(rider, timedelta(hours=73))
        overdue.report_all()

    def write_expiry(rider: User) -> None:
        vehicle = make_vehicle("boston")
        reserve_vehicle(make_user(city="boston").key, vehicle.public_key)
        is_about_its_end = Job.kind == RESERVATION_ENDING.name
        execute_write(delete(Job).where(is_about_its_end))  # it is due later
        start_waiting(rider.key, vehicle.public_key)
        expired_at = func.now() - timedelta(seconds=1)
        is_vehicle = Vehicle.id == vehicle.id
        execute_write(update(Vehicle).where(is_vehicle).values(reserved_until=expired_at))
        is_expiry = Job.kind == RESERVATION_EXPIRY.name
        execute_write(update(Job).where(is_expiry, is_open_condition()).values(due_at=expired_at))

    def write_share(rider: User) -> None:
        insert_share(current_app._get_current_object(), rider, city="boston")  # type: ignore[attr-defined]
        (share,) = db.session.scalars(select(RevenueShare).where(RevenueShare.owner_id == rider.id))
        payload, region = KeyPayload(share.region, share.id), share.region
        execute_write(job_statement(SHARE_MAIL, payload, region=region, account_key=rider.key))

    def write_withdrawal(rider: User) -> None:
        owner = make_user(city="boston")
        vehicle = make_vehicle("boston", owner=owner)
        offer = RowKey(vehicle.region, uuid4())
        row = {"vehicle_id": vehicle.id, "email": rider.email, "digest": "0" * 64}
        row |= {"owner_region": owner.region, "owner_id": owner.id}
        expires_at = func.now() + timedelta(days=1)
        execute_write(insert(VehicleOffer).values(**offer._asdict(), **row, expires_at=expires_at))
        withdraw_offer(owner.key, offer)

    writers: dict[str, Callable[[User], object]] = {
        mail.MAIL.name: lambda rider: execute_write(
            mail.mail_statement("password_changed", rider.key)
        ),
        RESET_MAIL.name: lambda rider: execute_write(
            mail.mail_statement("reset_password", rider.key, kind=RESET_MAIL, secret="s3cret")
        ),
        RECEIPT.name: lambda rider: make_ended_ride(rider.key, "boston"),
        VEHICLE_FREE.name: write_vehicle_free,
        long_rides.LONG_RIDE.name: write_long_ride,
        REMINDER.name: write_reminder,
        DIGEST.name: write_digest,
        DIGEST_PAGE.name: write_digest_page,
        overdue.OVERDUE_RIDES.name: write_overdue,
        RESERVATION_EXPIRY.name: write_expiry,
        OWNER_CHANGED.name: write_owner_change,
        SHARE_MAIL.name: write_share,
        OFFER_WITHDRAWN.name: write_withdrawal,
        DATA_EXPORT.name: lambda rider: request_data_export(rider.key),
    }

    def write(kind: str, rider: User) -> None:
        writers[kind](rider)

    return write


KINDS = [
    mail.MAIL.name,
    RESET_MAIL.name,
    RECEIPT.name,
    VEHICLE_FREE.name,
    long_rides.LONG_RIDE.name,
    REMINDER.name,
    DIGEST.name,
    DIGEST_PAGE.name,
    RESERVATION_EXPIRY.name,
    DATA_EXPORT.name,
    OWNER_CHANGED.name,
    SHARE_MAIL.name,
    OFFER_WITHDRAWN.name,
    overdue.OVERDUE_RIDES.name,
]
#: They send no mail; and the tests like those here.
WITHOUT_MAIL = {
    "bulk_action": "tests/fleet/bulk_actions/test_bulk_actions.py",
    "vehicle_import": "tests/fleet/vehicle_import/test_vehicle_import.py",
    "feed_import": "tests/fleet/feed_subscriptions/test_jobs.py",
    "reservation_withdrawn": "tests/rides/test_withdrawn_reservations.py",
    "push": "tests/riders/test_push.py",
    "reservation_ending": "tests/rides/test_reservation_endings.py",
    "notification": "tests/riders/test_notifications.py",
    "city_closed": "tests/ops/test_closing_cities.py",
    "city_reopened": "tests/ops/test_closing_cities.py",
    "account_deletion": "tests/riders/test_account_deletion_jobs.py",
    "sms": "tests/riders/test_phones.py",
    "followed": "tests/rides/following/test_follows.py",
}
FOR_AN_ACCOUNT = KINDS[:-1]
#: The pages of the other region find an account that has moved there.
OF_ANY_REGION = [kind for kind in KINDS if kind != DIGEST_PAGE.name]


def test_every_kind_that_is_declared_has_a_handler_and_is_tested_here(app: Flask) -> None:
    """A new kind: add it to KINDS and to ``write_job``."""
    files = Path(webapp.__file__).parent.rglob("*.py")
    declared = {
        name
        for path in files
        for name in re.findall(r'JobKind\(\s*(?:name=)?"(\w+)"', path.read_text())
    }
    assert declared == set(get_hooks(app).job_kinds)
    schedules = {schedule.kind.name for schedule in get_hooks(app).schedules}
    assert declared == {*KINDS, *WITHOUT_MAIL} | schedules
    assert all(Path(path).exists() for path in WITHOUT_MAIL.values())


def list_message_ids(app: Flask) -> set[str]:
    return {mail.extra_headers["Message-ID"] for mail in app.extensions["mailman"].outbox}


def run_all(app: Flask) -> None:
    outcomes = run_jobs(app)
    assert set(outcomes) <= {JobOutcome.DONE}, outcomes


def count_open() -> int:
    return len(db.session.scalars(select(Job.id).where(Job.done_at.is_(None))).all())


def claim_job(kind: str) -> RunningJob:
    """Take the only job, as a worker does that is slow to begin."""
    (job,) = claim_jobs(REGION, "slow", 10)
    assert job.kind == kind
    return job


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_job_that_is_killed_before_any_of_its_statements_has_one_effect(
    app: Flask, make_user: UserFactory, write_job: WriteJob, kind: str
) -> None:
    """Two of the same mail have one Message-ID. What was done may not have been recorded."""
    for written, number in enumerate(statement_numbers(), 1):
        write_job(kind, make_user(city="boston"))
        is_killed = True
        with kill_at_statement(number):
            run_all(app)
            is_killed = False
        end_leases()
        run_all(app)
        assert count_open() == 0
        assert len(list_message_ids(app)) == written
        if not is_killed:
            break
    assert number > 3, "a claim, a read and a record"


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_that_is_killed_while_its_mail_is_sent_has_one_effect(
    app: Flask,
    make_user: UserFactory,
    write_job: WriteJob,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    send = type(app.extensions["mailman"].get_connection()).send_messages

    def send_and_die(*arguments: Any) -> None:
        send(*arguments)
        raise Killed

    write_job(kind, make_user(city="boston"))
    with monkeypatch.context() as patch:
        patch.setattr(
            type(app.extensions["mailman"].get_connection()), "send_messages", send_and_die
        )
        with pytest.raises(Killed):
            run_jobs(app)
    end_leases()
    run_all(app)
    assert count_open() == 0
    assert len(app.extensions["mailman"].outbox) == 2
    assert len(list_message_ids(app)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_two_workers_that_run_the_same_job_have_one_effect(
    app: Flask, make_user: UserFactory, write_job: WriteJob, kind: str
) -> None:
    write_job(kind, make_user(city="boston"))
    slow = claim_job(kind)
    end_leases()
    run_all(app)
    run_job(app, slow)
    run_all(app)
    assert count_open() == 0
    assert len(list_message_ids(app)) == 1


@pytest.mark.parametrize("kind", FOR_AN_ACCOUNT)
@pytest.mark.parametrize("is_taken", [False, True])
def test_nothing_is_sent_to_an_account_that_is_deleted_meanwhile(
    app: Flask, make_user: UserFactory, write_job: WriteJob, kind: str, is_taken: bool
) -> None:
    rider = make_user(city="boston")
    write_job(kind, rider)
    if kind in (long_rides.LONG_RIDE.name, REMINDER.name):
        end_open_ride(rider)
    job = claim_jobs(REGION, "slow", 10)[0] if is_taken else None
    delete_account(rider)
    if job:
        assert run_job(app, job) is JobOutcome.DONE
    run_all(app)
    assert {message.subject for message in app.extensions["mailman"].outbox} <= {
        "Your account has been deleted"
    }
    assert count_open() == 0


def test_nothing_is_sent_to_staff_who_are_deleted_meanwhile(
    app: Flask, make_user: UserFactory, write_job: WriteJob
) -> None:
    write_job(overdue.OVERDUE_RIDES.name, make_user(city="boston"))
    run_job(app, claim_job(overdue.OVERDUE_RIDES.name))
    delete_account(db.session.scalars(select(User).where(User.username == "staff")).unique().one())
    run_all(app)
    assert [message.to for message in app.extensions["mailman"].outbox] == [["staff@example.org"]]
    assert "deleted" in app.extensions["mailman"].outbox[0].subject


def end_open_ride(rider: User) -> None:
    ride = db.session.scalars(select(Ride).where(Ride.rider_id == rider.id)).one()
    end_ride(rider.key, ride.key, COMMON)


@pytest.mark.parametrize("kind", OF_ANY_REGION)
def test_an_account_that_moves_to_another_region_meanwhile_still_gets_its_mail(
    app: Flask, make_user: UserFactory, write_job: WriteJob, kind: str
) -> None:
    rider = make_user(city="boston")
    write_job(kind, rider)
    save_profile(rider.key, ProfileData(find_city("seattle"), "Ada", "Lovelace", ""))
    run_all(app)
    assert len(list_message_ids(app)) == 1


@pytest.mark.parametrize("kind", OF_ANY_REGION)
def test_a_job_about_a_city_that_moves_to_another_region_meanwhile_still_has_its_effect(
    app: Flask,
    make_user: UserFactory,
    write_job: WriteJob,
    move: MoveCity,  # noqa: F811 - the fixture
    kind: str,
) -> None:
    write_job(kind, make_user(city="boston"))
    result = move()
    assert result.exit_code == 0, result.output
    run_all(app)
    assert len(list_message_ids(app)) == 1


@pytest.mark.parametrize("kind", [long_rides.LONG_RIDE.name, REMINDER.name])
def test_a_ride_that_ends_meanwhile_needs_no_reminder(
    app: Flask, make_user: UserFactory, write_job: WriteJob, kind: str
) -> None:
    rider = make_user(city="boston")
    write_job(kind, rider)
    end_open_ride(rider)
    run_all(app)
    subjects = [message.subject for message in app.extensions["mailman"].outbox]
    assert subjects == ["Your ride in Boston"], "the receipt"
    assert db.session.scalars(select(RideReminder)).all() == []


def test_a_vehicle_that_is_removed_meanwhile_is_not_announced(
    app: Flask, make_user: UserFactory, write_job: WriteJob
) -> None:
    write_job(VEHICLE_FREE.name, make_user(city="boston"))
    with db.engines["write"].begin() as connection:
        connection.execute(text("DELETE FROM vehicles"))
    run_all(app)
    assert list_message_ids(app) == set()


def test_a_payload_that_does_not_fit_is_kept_for_another_release(
    app: Flask, make_user: UserFactory, write_job: WriteJob
) -> None:
    """It is postponed, since a newer release may have written it; its error names no data."""
    write_job(RECEIPT.name, make_user(city="boston"))
    with db.engines["write"].begin() as connection:
        connection.execute(text("""UPDATE jobs SET payload = '{"region": 5}'"""))
    assert run_jobs(app) == [JobOutcome.POSTPONED]
    (job,) = db.session.scalars(select(Job)).all()
    assert "ValidationError" in (job.last_error or "")
    assert job.payload == {"region": 5}
