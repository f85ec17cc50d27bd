"""``flask rides remind``: one mail for each long ride."""

from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy.engine import URL

from tests.auth.steps import update_rows
from tests.database_proxy import open_proxied_context
from tests.factories import RowReader, UserFactory
from tests.job_steps import forget_mails, read_mails, run_jobs
from tests.rides.conftest import MakeOpenRide
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.ops.jobs.running import JobOutcome
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.services import batches, long_rides
from webapp.rides.services.end import end_ride

LONG = timedelta(hours=2, minutes=5, seconds=30)
SHORT = timedelta(hours=1, minutes=55)


def send_reminders(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["rides", "remind"])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("_minute_price")
def test_the_mail_says_how_long_what_it_costs_and_how_to_end(
    app: Flask, make_open_ride: MakeOpenRide
) -> None:
    key = make_open_ride("ada", LONG)
    assert send_reminders(app) == "1 reminded\n"
    (mail,) = read_mails(app, "ada@example.org")
    assert mail.subject == "Are you still riding?"
    assert "Your ride has been going on for 2 h 05 min" in mail.body
    assert "Okai scooter" in mail.body
    assert "$32.50 so far" in mail.body, "1.00, and 126 minutes of 0.25"
    assert f"/rides/{key}#end" in mail.body


def test_where_riding_is_free_the_reminder_has_no_price(
    app: Flask, make_open_ride: MakeOpenRide
) -> None:
    make_open_ride("ada", LONG)
    send_reminders(app)
    assert "so far" not in read_mails(app)[0].body


def test_each_ride_has_one_reminder(app: Flask, make_open_ride: MakeOpenRide) -> None:
    make_open_ride("ada", LONG)
    make_open_ride("bob", LONG, "paris")
    assert send_reminders(app) == "2 reminded\n"
    make_open_ride("eve", LONG)
    assert send_reminders(app) == "1 reminded\n"
    assert send_reminders(app) == "0 reminded\n"
    assert sorted(mail.to[0][:3] for mail in read_mails(app)) == ["ada", "bob", "eve"]


def test_short_and_ended_rides_have_no_reminder(
    app: Flask, make_open_ride: MakeOpenRide, row: RowReader, make_user: UserFactory
) -> None:
    short, ended = make_open_ride("ada", SHORT), make_open_ride("bob", LONG)
    ride = row(Ride, ended)
    with app.app_context():
        end_ride(
            RowKey(ride.rider_region, ride.rider_id), ended, Place("here", Point(40.7359, -73.9911))
        )
    forget_mails(app)
    assert send_reminders(app) == "0 reminded\n"
    assert read_mails(app) == []
    assert row(Ride, short).reminded_at is None


def test_riders_of_more_rides_than_one_batch_are_all_reminded(
    app: Flask, make_open_ride: MakeOpenRide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    for number in range(5):
        make_open_ride(f"rider{number}", LONG)
    assert send_reminders(app) == "5 reminded\n"
    assert len({mail.to[0] for mail in read_mails(app)}) == len(read_mails(app)) == 5


def test_concurrent_reminders_send_each_mail_once(
    app: Flask, make_open_ride: MakeOpenRide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    for number in range(4):
        make_open_ride(f"rider{number}", LONG)
    reminded = run_together(app, *[long_rides.ask_riders] * 4)
    assert sum(reminded) == 4
    assert len({mail.to[0] for mail in read_mails(app)}) == len(read_mails(app)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("drop", ["drop_result_of", "drop_query"])
def test_a_lost_connection_loses_no_reminder(
    server: URL, database: URL, make_open_ride: MakeOpenRide, drop: str
) -> None:
    make_open_ride("ada", LONG)
    with open_proxied_context(server, database) as proxy:
        getattr(proxy, drop)("WITH marked")
        assert long_rides.ask_riders() == 1
        assert proxy.pending_cut is None
        assert len(read_mails(current_app._get_current_object())) == 1  # type: ignore[attr-defined]


def test_one_failed_mail_does_not_stop_the_others(
    app: Flask, make_open_ride: MakeOpenRide, make_user: UserFactory
) -> None:
    make_open_ride("ada", LONG)
    make_open_ride("bob", LONG)
    update_rows(app, User, User.username == "ada", email="no address\n")
    assert send_reminders(app) == "2 reminded\n"
    assert sorted(run_jobs(app)) == [JobOutcome.DONE, JobOutcome.POSTPONED]
    assert [mail.to for mail in read_mails(app)] == [["bob@example.org"]]
