"""Rides on the vehicles of one owner that end at the same moment."""

from datetime import timedelta

from flask import Flask

from tests.auth.steps import read_rows
from tests.factories import PlanFactory, UserFactory
from tests.riders.wallet_steps import assert_consistent_ledger
from tests.rides.conftest import MakeOpenRide
from tests.rides.earnings.steps import insert_share, read_earnings, read_sums
from tests.rides.steps import PRICE
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride

RIDES = 6


def test_each_is_earned_once_and_is_in_the_sums(
    app: Flask, make_user: UserFactory, make_plan: PlanFactory, make_open_ride: MakeOpenRide
) -> None:
    make_plan(**PRICE)
    olga = make_user("olga", roles=["owner"])
    insert_share(app, olga)
    for number in range(RIDES):
        make_open_ride(f"rider{number}", timedelta(seconds=570), owner=olga)

    def end(ride: Ride) -> None:
        rider_key = RowKey(ride.rider_region or "", ride.rider_id or ride.id)
        end_ride(rider_key, ride.key, ride.start)

    rides = read_rows(app, Ride)
    outcomes = run_together(app, *(lambda ride=ride: end(ride) for ride in rides * 2))
    assert outcomes == [None] * 2 * RIDES
    assert read_earnings(app) == [("ride", 292, 88)] * RIDES
    assert read_sums(app) == (RIDES, RIDES * 292, RIDES * 88, 0)
    with app.app_context():
        assert_consistent_ledger()
