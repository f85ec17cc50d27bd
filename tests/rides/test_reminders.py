"""Reminders that riders set on a running ride."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import new_browser, update_rows
from tests.factories import PlanFactory, RowReader, UserFactory, find_city
from tests.job_steps import forget_mails, read_mails
from tests.rides.conftest import MakeOpenRide
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.labels import describe_reminder
from webapp.rides.reminders.models import RideReminder
from webapp.rides.reminders.services import find_next_moment
from webapp.rides.reminders.statements import Reminder, set_reminders_statement
from webapp.rides.services.end import end_ride

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
HERE = Place("here", Point(40.7359, -73.9911))

pytestmark = pytest.mark.usefixtures("_minute_price")


class Rider:
    """A rider with a running ride, and what became of the reminders."""

    def __init__(self, app: Flask, ride_key: RowKey, browser: Visitor) -> None:
        self.app = app
        self.ride_key = ride_key
        self.browser = browser

    @property
    def page(self) -> str:
        return f"/rides/{self.ride_key}"

    def remind(self, **fields: str) -> Any:
        return self.browser.send(f"{self.page}/reminders", **fields)

    def remove(self, kind: str) -> Any:
        return self.browser.send(f"{self.page}/reminders/{kind}/remove")

    def reminders(self) -> dict[str, RideReminder]:
        with self.app.app_context():
            rows = db.session.scalars(select(RideReminder)).all()
            return {row.kind: row for row in rows}

    def let_time_come(self) -> None:
        """Let the reminders and their jobs be due."""
        with self.app.app_context():
            for model in (RideReminder, Job):
                execute_write(update(model).values(due_at=func.now()))

    def mails(self) -> list[Any]:
        return read_mails(self.app, "ada@example.org")


@pytest.fixture
def ada(app: Flask, make_open_ride: MakeOpenRide, row: RowReader) -> Rider:
    """Ada has ridden for ten minutes and a half, which costs 3.75."""
    ride_key = make_open_ride("ada", timedelta(minutes=10, seconds=30))
    ride = row(Ride, ride_key)
    browser = new_browser(app).sign_in(row(User, (ride.rider_region, ride.rider_id)))
    return Rider(app, ride_key, browser)


def in_city(minutes: int) -> str:
    """Return what the clocks of New York show in some minutes."""
    return f"{datetime.now(NEW_YORK) + timedelta(minutes=minutes):%H:%M}"


def test_a_mail_comes_when_the_price_is_reached(ada: Rider, row: RowReader) -> None:
    response = ada.remind(amount="5.00")
    assert response.status_code == 303
    assert response.location == f"{ada.page}#top"
    reminder = ada.reminders()["price"]
    assert reminder.amount == 500
    started_at = row(Ride, ada.ride_key).started_at
    assert reminder.due_at == started_at + 15 * MINUTE + timedelta(seconds=1)
    page = ada.browser.get(ada.page).text
    assert "We&#39;ll e-mail you when it costs $5.00, " in page
    assert "E-mail at $5.00" in page
    assert ada.mails() == [], "not before its time"
    update_rows(ada.app, Ride, started_at=Ride.started_at - 5 * MINUTE)
    ada.let_time_come()
    (mail,) = ada.mails()
    assert mail.subject == "Your ride costs $5.00 now"
    assert "Okai scooter" in mail.body
    assert ada.page in mail.body
    assert ada.reminders() == {}
    assert len(ada.mails()) == 1


def test_a_mail_comes_when_the_clocks_of_the_city_show_the_time(ada: Rider) -> None:
    clock = in_city(90)
    assert ada.remind(time=clock).status_code == 303
    due_at = ada.reminders()["time"].due_at.astimezone(NEW_YORK)
    assert f"{due_at:%H:%M:%S}" == f"{clock}:00"
    assert timedelta(minutes=88) < due_at - datetime.now(UTC) <= timedelta(minutes=90)
    assert clock in ada.browser.get(ada.page).text
    ada.let_time_come()
    (mail,) = ada.mails()
    assert mail.subject.endswith("and you are riding")
    assert "It costs $3.75 now." in mail.body


@pytest.mark.parametrize(
    ("days", "words"), [(0, "at 23:59."), (1, "tomorrow at 23:59."), (2, "at 23:59, {day}.")]
)
@pytest.mark.parametrize(
    ("amount", "start"),
    [(None, "We'll e-mail you "), (500, "We'll e-mail you when it costs $5.00, ")],
)
@pytest.mark.usefixtures("app_context")
def test_a_time_of_another_day_is_confirmed_with_the_day(
    days: int, words: str, amount: int | None, start: str
) -> None:
    day = datetime.now(NEW_YORK).date() + timedelta(days=days)
    due_at = datetime.combine(day, time(23, 59), NEW_YORK)
    reminder = Reminder(ReminderKind.TIME, due_at, amount)
    text = describe_reminder(reminder, find_city("new york"), "USD")
    assert text == start + words.format(day=f"{day:%A}")


def test_both_can_be_set_and_a_new_one_replaces_the_one_before(ada: Rider) -> None:
    ada.remind(amount="5", time=in_city(60))
    ada.remind(amount="6")
    reminders = ada.reminders()
    assert set(reminders) == {"price", "time"}
    assert reminders["price"].amount == 600
    ada.let_time_come()
    subjects = sorted(mail.subject for mail in ada.mails())
    assert len(subjects) == 2
    assert subjects[1] == "Your ride costs $3.75 now", "one mail of the price"


def test_a_removed_reminder_sends_nothing(ada: Rider) -> None:
    ada.remind(amount="5", time=in_city(60))
    for kind in ("price", "time", "time"):
        assert ada.remove(kind).location == f"{ada.page}#reminders"
    assert ada.reminders() == {}
    ada.let_time_come()
    assert ada.mails() == []


def count_jobs() -> int:
    return db.session.scalar(select(func.count()).select_from(Job)) or 0


@pytest.mark.usefixtures("app_context")
def test_a_reminder_that_is_set_again_and_again_has_one_job_and_without_it_none(ada: Rider) -> None:
    for minutes in range(60, 70):
        ada.remind(amount="5", time=in_city(minutes))
        assert count_jobs() == 2
    assert set(db.session.scalars(select(Job.due_at))) == {
        reminder.due_at for reminder in ada.reminders().values()
    }
    ada.remove("price")
    ada.remove("price")
    assert count_jobs() == 1
    ada.remove("time")
    assert count_jobs() == 0
    ada.remind(amount="5")
    ada.let_time_come()
    assert len(ada.mails()) == 1


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("is_removed", [False, True])
def test_a_worker_that_has_the_job_already_leaves_a_reminder_that_is_set_anew(
    ada: Rider, is_removed: bool
) -> None:
    """Its mail may have been sent. The next one has another Message-ID."""
    ada.remind(amount="5")
    ada.let_time_come()
    (taken,) = claim_jobs("us-east1", "slow", 10)
    if is_removed:
        ada.remove("price")
    ada.remind(amount="6")
    assert run_job(ada.app, taken) is JobOutcome.DONE
    assert ada.reminders()["price"].amount == 600
    assert ada.mails() == []
    ada.let_time_come()
    (mail,) = ada.mails()
    assert str(taken.key.id) not in mail.extra_headers["Message-ID"]


@pytest.mark.slow
@pytest.mark.usefixtures("app_context")
def test_a_rider_who_sets_a_reminder_in_several_tabs_has_one_job(
    ada: Rider, row: RowReader
) -> None:
    ride = row(Ride, ada.ride_key)
    rider_key = RowKey(ride.rider_region, ride.rider_id)
    due_at = datetime.now(UTC) + 60 * MINUTE

    def set_reminder() -> None:
        reminder = Reminder(ReminderKind.TIME, due_at)
        statement = set_reminders_statement(rider_key, ada.ride_key, [reminder])
        execute_write(statement, idempotent=True)

    run_together(ada.app, *[set_reminder] * 8)
    assert count_jobs() == 1
    assert db.session.scalars(select(Job.id)).all() == [ada.reminders()["time"].job_id]


def test_a_ride_that_has_ended_is_not_reminded_of(ada: Rider, row: RowReader) -> None:
    ada.remind(amount="5")
    ride = row(Ride, ada.ride_key)
    with ada.app.app_context():
        end_ride(RowKey(ride.rider_region, ride.rider_id), ada.ride_key, HERE)
    forget_mails(ada.app)
    ada.let_time_come()
    assert ada.mails() == []
    assert ada.reminders() == {}
    response = ada.remind(amount="5")
    assert response.status_code == 303, "its receipt is shown"
    assert ada.reminders() == {}


def test_a_pause_does_not_move_a_reminder_because_the_price_goes_on(ada: Rider) -> None:
    ada.remind(amount="5")
    due_at = ada.reminders()["price"].due_at
    ada.browser.send(ada.page.replace("/rides/", "/rides/pause/"))
    assert ada.reminders()["price"].due_at == due_at
    ada.let_time_come()
    assert len(ada.mails()) == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "Enter a time or an amount."),
        ({"time": " ", "amount": " "}, "Enter a time or an amount."),
        ({"time": "17 o'clock"}, "Enter a time like 17:00."),
        ({"time": "25:00"}, "Enter a time like 17:00."),
        ({"amount": "much"}, "Enter an amount like 2.50."),
        ({"amount": "0"}, "Enter at least $0.01."),
        ({"amount": "3.75"}, "Your ride costs that much already."),
        ({"amount": "1081.01"}, "This ride costs $1,081.00 at most."),
        ({"amount": "9" * 17}, "This ride costs $1,081.00 at most."),
    ],
)
def test_what_was_typed_stays_with_an_error_beside_it(
    ada: Rider, fields: dict[str, str], error: str
) -> None:
    response = ada.remind(**fields)
    assert response.status_code == 422
    page = response.text
    assert error in page.replace("&#39;", "'")
    for value in fields.values():
        assert f'value="{value.strip()}"'.replace("'", "&#39;") in page or not value.strip()
    assert re.search(r'<details class="disclosure" open>\s*<summary>Remind me', page)
    assert ada.reminders() == {}


def test_a_time_after_the_longest_ride_is_refused(ada: Rider) -> None:
    update_rows(ada.app, Ride, started_at=func.now() - timedelta(days=3) + 30 * MINUTE)
    response = ada.remind(time=in_city(60))
    assert response.status_code == 422
    assert "Choose an earlier time" in response.text
    assert ada.remind(time=in_city(20)).status_code == 303


def test_where_riding_is_free_there_is_only_a_time(
    app: Flask, make_open_ride: MakeOpenRide, row: RowReader
) -> None:
    ride_key = make_open_ride("bob", MINUTE, "paris")
    ride = row(Ride, ride_key)
    browser = new_browser(app).sign_in(row(User, (ride.rider_region, ride.rider_id)))
    bob = Rider(app, ride_key, browser)
    assert 'name="amount"' not in browser.get(bob.page).text
    assert bob.remind(amount="5").status_code == 422
    clock = f"{datetime.now(ZoneInfo('Europe/Paris')) + 60 * MINUTE:%H:%M}"
    assert bob.remind(time=clock).status_code == 303
    bob.let_time_come()
    (mail,) = read_mails(app, "bob@example.org")
    assert "It costs" not in mail.body


def test_nobody_sets_or_removes_reminders_of_others(
    ada: Rider, app: Flask, make_user: UserFactory
) -> None:
    ada.remind(amount="5")
    eve = Rider(app, ada.ride_key, new_browser(app).sign_in(make_user("eve")))
    assert eve.remind(amount="6").status_code == 404
    eve.remove("price")
    assert ada.reminders()["price"].amount == 500


def test_the_price_of_a_ride_is_that_of_the_plan_it_started_with(
    ada: Rider, make_plan: PlanFactory, row: RowReader
) -> None:
    make_plan(version=2, unlock_fee=100, segments=[{"start": 0, "rate": 50, "interval": 1}])
    ada.remind(amount="5")
    elapsed = ada.reminders()["price"].due_at - row(Ride, ada.ride_key).started_at
    assert elapsed == 15 * MINUTE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clock", "now", "expected"),
    [
        ("17:00", "2026-07-01T16:59:59-04:00", "2026-07-01T17:00-04:00"),
        ("17:00", "2026-07-01T17:00:00-04:00", "2026-07-02T17:00-04:00"),
        ("00:00", "2026-12-31T23:59:00-05:00", "2027-01-01T00:00-05:00"),
        # Summer time begins: clocks show no 02:30 on that day.
        ("02:30", "2026-03-08T01:00:00-05:00", "2026-03-09T02:30-04:00"),
        ("03:30", "2026-03-08T01:00:00-05:00", "2026-03-08T03:30-04:00"),
        # It ends: they show 01:30 twice.
        ("01:30", "2026-11-01T01:00:00-04:00", "2026-11-01T01:30-04:00"),
        ("01:30", "2026-11-01T01:40:00-04:00", "2026-11-01T01:30-05:00"),
        ("01:30", "2026-11-01T01:40:00-05:00", "2026-11-02T01:30-05:00"),
    ],
)
def test_a_time_is_the_next_moment_at_which_clocks_show_it(
    clock: str, now: str, expected: str
) -> None:
    moment = find_next_moment(time.fromisoformat(clock), NEW_YORK, datetime.fromisoformat(now))
    assert moment == datetime.fromisoformat(expected)
