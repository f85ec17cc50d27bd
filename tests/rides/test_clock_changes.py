"""Rides at night, when the clocks of a city change."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.auth.steps import update_rows
from tests.factories import PlanFactory, UserFactory
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.pricing.quotes import quote_ride
from webapp.rides.models import Ride


@pytest.mark.parametrize(
    ("started_at", "start", "end"),
    [
        # The hour that comes twice: by the clocks the ride ends before it starts.
        (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "02:50 UTC+02:00", "02:10 UTC+01:00"),
        # The hour that does not exist.
        (datetime(2026, 3, 29, 0, 50, tzinfo=UTC), "01:50", "03:10"),
    ],
)
def test_a_ride_over_a_change_of_the_clocks_costs_what_it_lasted(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_ended_ride: MakeEndedRide, make_plan: PlanFactory,
    started_at: datetime, start: str, end: str,
) -> None:  # fmt: skip
    ada, plan = make_user(city="paris"), make_plan("paris", **PRICE)
    visitor.sign_in(ada)
    ride_key = make_ended_ride(ada.key, "paris")
    ended_at = started_at + timedelta(minutes=20)
    update_rows(app, Ride, started_at=started_at, ended_at=ended_at)
    page = visitor.get(f"/rides/{ride_key}").text
    assert all(text in page for text in (start, end, "20 min"))
    with app.app_context():
        ride = db.session.get_one(Ride, ride_key)
        assert ride.ended_at
        assert quote_ride(plan.tariff, ride.ended_at - ride.started_at).total == 100 + 20 * 25
