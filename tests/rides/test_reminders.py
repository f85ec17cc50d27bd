"""``flask rides remind``: one mail for each long ride."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app

from tests.auth.steps import age_rows, read_mails, update_rows
from tests.database_proxy import open_proxied_context
from tests.factories import PlanFactory, RowReader, UserFactory
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place
from webapp.rides.models import Ride
from webapp.rides.services import reminders
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

LONG, SHORT = timedelta(hours=2, minutes=5, seconds=30), timedelta(hours=1, minutes=55)


@pytest.fixture
def riding(
    app: Flask, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> Callable[..., RowKey]:
    """Let somebody ride for a while: ``riding("ada", LONG, "paris")``."""

    def start(name: str, so_long: timedelta, city: str = "new york") -> RowKey:
        with app.app_context():
            key = start_ride(make_user(name).key, make_vehicle(city).public_key)
        age_rows(app, Ride, "started_at", so_long, Ride.id == key.id)
        return key

    return start


@pytest.fixture
def priced(make_plan: PlanFactory) -> None:
    """In New York unlocking costs a dollar, and a minute 25 cents."""
    make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 25, "interval": 1, "end": None}])


def remind(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["rides", "remind"])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_mail_says_how_long_what_it_costs_and_how_to_end(
    app: Flask, priced: None, riding: Callable[..., RowKey]
) -> None:
    key = riding("ada", LONG)
    assert remind(app) == "1 reminded\n"
    (letter,) = read_mails(app, "ada@example.org")
    assert letter.subject == "Are you still riding?"
    assert "Your ride has lasted 2 h 05 min" in letter.body
    assert "Okai scooter" in letter.body
    assert "$32.50 so far" in letter.body, "a dollar, and 126 begun minutes"
    assert f"/rides/{key}#end" in letter.body


def test_where_riding_is_free_the_reminder_has_no_price(
    app: Flask, riding: Callable[..., RowKey]
) -> None:
    riding("ada", LONG)
    remind(app)
    assert "so far" not in read_mails(app)[0].body


def test_each_ride_has_one_reminder(app: Flask, riding: Callable[..., RowKey]) -> None:
    riding("ada", LONG)
    riding("bob", LONG, "paris")
    assert remind(app) == "2 reminded\n"
    riding("eve", LONG)
    assert remind(app) == "1 reminded\n"
    assert remind(app) == "0 reminded\n"
    assert sorted(letter.to[0][:3] for letter in read_mails(app)) == ["ada", "bob", "eve"]


def test_short_and_ended_rides_have_no_reminder(
    app: Flask, riding: Callable[..., RowKey], row: RowReader, make_user: Any
) -> None:
    short, ended = riding("ada", SHORT), riding("bob", LONG)
    rider = row(Ride, ended)
    with app.app_context():
        end_ride(RowKey(rider.rider_region, rider.rider_id), ended, Place("here"))
    app.extensions["mailman"].outbox.clear()
    assert remind(app) == "0 reminded\n"
    assert read_mails(app) == []
    assert row(Ride, short).reminded_at is None


def test_riders_of_more_rides_than_one_batch_are_all_reminded(
    app: Flask, riding: Callable[..., RowKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "BATCH_SIZE", 2)
    for number in range(5):
        riding(f"rider{number}", LONG)
    assert remind(app) == "5 reminded\n"
    assert len({letter.to[0] for letter in read_mails(app)}) == len(read_mails(app)) == 5


def test_concurrent_reminders_send_each_mail_once(
    app: Flask, riding: Callable[..., RowKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "BATCH_SIZE", 2)
    for number in range(4):
        riding(f"rider{number}", LONG)
    reminded = run_together(app, *[reminders.remind_all] * 4)
    assert sum(reminded) == 4
    assert len({letter.to[0] for letter in read_mails(app)}) == len(read_mails(app)) == 4


@pytest.mark.parametrize("lost", ["drop_result_of", "drop_query"])
def test_a_lost_connection_loses_no_reminder(
    server: Any, database: Any, riding: Callable[..., RowKey], lost: str
) -> None:
    riding("ada", LONG)
    with open_proxied_context(server, database) as wire:
        getattr(wire, lost)("WITH asked")
        assert reminders.remind_all() == 1
        assert wire.pending_cut is None
        assert len(read_mails(current_app._get_current_object())) == 1  # type: ignore[attr-defined]


def test_one_failed_mail_does_not_stop_the_others(
    app: Flask, riding: Callable[..., RowKey], make_user: Any
) -> None:
    riding("ada", LONG)
    riding("bob", LONG)
    update_rows(app, User, User.username == "ada", email="no address\n")
    assert remind(app) == "2 reminded\n"
    assert [letter.to for letter in read_mails(app)] == [["bob@example.org"]]
