"""A ride has a longest length: its price stops there, staff are told, and it can always end."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import PlanFactory, RowReader, UserFactory
from tests.job_steps import read_mails
from tests.riders.wallet_steps import assert_consistent_ledger
from tests.rides.conftest import MakeOpenRide
from tests.rides.test_long_rides import send_reminders
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.rides.models import Ride
from webapp.rides.services import overdue
from webapp.rides.services.end import end_ride

HERE = Place("here", Point(40.7359, -73.9911))
#: Unlock fee 1.00, and three days at 0.25 a minute; minor units.
LONGEST_RIDE_PRICE = 100 + 3 * 24 * 60 * 25


@pytest.mark.usefixtures("_minute_price")
@pytest.mark.parametrize("days", [3, 45])
def test_the_price_stops_at_the_longest_length(
    app: Flask, make_open_ride: MakeOpenRide, row: RowReader, days: int
) -> None:
    key = make_open_ride("ada", timedelta(days=days, minutes=1))
    ride = row(Ride, key)
    with app.app_context():
        end_ride(RowKey(ride.rider_region, ride.rider_id), key, HERE)
    assert row(Ride, key).price == LONGEST_RIDE_PRICE


def test_a_price_of_more_than_32_bits_can_be_charged(
    app: Flask, make_open_ride: MakeOpenRide, make_plan: PlanFactory, row: RowReader
) -> None:
    rate = 2_000_000
    make_plan(segments=[{"start": 0, "rate": rate, "interval": 1}], currency="IDR")
    key = make_open_ride("ada", timedelta(days=45))
    rider_key = RowKey(row(Ride, key).rider_region, row(Ride, key).rider_id)
    with app.app_context():
        end_ride(rider_key, key, HERE)
        price = row(Ride, key).price
        assert price == 3 * 24 * 60 * rate > 2**31
        assert ledger.read_balances(rider_key) == {"IDR": -price}
        assert_consistent_ledger()


@pytest.mark.usefixtures("_minute_price")
@pytest.mark.parametrize(("days", "is_shown"), [(2, False), (4, True)])
def test_the_receipt_says_that_the_price_had_stopped(
    app: Flask, make_open_ride: MakeOpenRide, row: RowReader, days: int, is_shown: bool
) -> None:
    key = make_open_ride("ada", timedelta(days=days))
    ride = row(Ride, key)
    with app.app_context():
        overdue.report_all()
        end_ride(RowKey(ride.rider_region, ride.rider_id), key, HERE)
    rider = new_browser(app).sign_in(row(User, (ride.rider_region, ride.rider_id)))
    assert ("its price no longer grew" in rider.get(f"/rides/{key}").text) == is_shown


@pytest.mark.usefixtures("_minute_price")
def test_staff_of_the_city_get_one_mail(
    app: Flask, make_open_ride: MakeOpenRide, make_user: UserFactory
) -> None:
    make_user("fleet", "paris", roles={"fleet": ["new york"]})
    make_user("everywhere", roles={"fleet": None, "support": ["new york"]})
    make_user("sara", roles={"support": ["new york"]})
    make_user("milo", roles={"mechanic": ["new york"]})
    make_user("boss", roles=["admin"])
    make_user("elsewhere", roles={"fleet": ["paris"]})
    make_open_ride("ada", timedelta(days=3, minutes=1))
    make_open_ride("bob", timedelta(days=2))
    assert send_reminders(app) == "2 reminded\n1 reported to staff\n"
    mails = [mail for mail in read_mails(app) if mail.subject == "A ride has not ended"]
    told = ["everywhere@example.org", "fleet@example.org", "sara@example.org"]
    assert sorted(mail.to[0] for mail in mails) == told
    assert "/fleet/rides?city=new" in mails[0].body
    assert send_reminders(app) == "0 reminded\n"


def test_concurrent_reports_report_each_ride_once(app: Flask, make_open_ride: MakeOpenRide) -> None:
    for name in ("ada", "bob", "eve"):
        make_open_ride(name, timedelta(days=4))
    assert sum(run_together(app, *[overdue.report_all] * 4)) == 3


@pytest.mark.usefixtures("_minute_price")
def test_the_pages_of_rider_and_staff_say_that_the_price_has_stopped(
    app: Flask, make_open_ride: MakeOpenRide, make_user: UserFactory, row: RowReader
) -> None:
    make_open_ride("ada", timedelta(days=4))
    staff = make_user("fleet", roles={"fleet": ["new york"]})
    browser = new_browser(app).sign_in(staff)
    page = browser.get("/fleet/rides?city=new+york").text
    assert "maximum price reached" in page
    assert "$1,081.00" in page
    [end_page] = re.findall(r'href="(/fleet/rides/[^"]+/end)"', page)
    end_text = browser.get(end_page).text
    assert "The price no longer rises, because the ride has exceeded" in end_text
