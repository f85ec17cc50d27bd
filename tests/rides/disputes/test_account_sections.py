"""What staff see on the page of an account of its rides, disputes and reports."""

from flask import Flask
from sqlalchemy import select

from tests.auth.steps import account_path, new_browser
from tests.factories import UserFactory
from tests.riders.wallet_steps import give_credit
from tests.rides.disputes.steps import send_message, staff_dispute_path
from tests.rides.steps import MakeEndedRide
from tests.visitor import Visitor
from webapp.account_sections import ROWS_SHOWN
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle


def test_staff_see_the_newest_rides_disputes_and_reports_of_their_cities(
    app: Flask,
    visitor: Visitor,
    ada: User,
    ride: RowKey,
    make_ended_ride: MakeEndedRide,
    make_user: UserFactory,
) -> None:
    send_message(visitor, ride)
    with app.app_context():
        give_credit(ada.key, 1000, "USD")  # who owes cannot ride
        ridden = db.session.scalars(select(Vehicle)).one()
    visitor.send(f"/vehicles/{ridden.public_key}/report", kind="damage", note="Brakes")
    make_ended_ride(ada.key, "paris", brand="Bruxelles")
    pages = {
        city: new_browser(app)
        .sign_in(make_user(roles={"support": [city, "new york"]}))
        .get(account_path(ada))
        .text
        for city in ("new york", "paris")
    }
    for page in pages.values():
        assert staff_dispute_path(ride) in page
        assert "Charge of $3.50" in page
        assert "To answer" in page
        assert "/fleet/reports/" in page
        assert "Damaged" in page
    assert "Bruxelles" not in pages["new york"], "the ride was in another city"
    assert "Bruxelles" in pages["paris"]


def test_the_page_of_an_account_shows_some_rides_in_one_statement(
    app: Flask, ada: User, make_ended_ride: MakeEndedRide, staff: Visitor, round_trips: object
) -> None:
    for _ in range(ROWS_SHOWN + 1):
        make_ended_ride(ada.key)
    assert callable(round_trips)
    round_trips()
    page = staff.get(account_path(ada)).text
    assert round_trips() == 2
    assert page.count('/rides">Okai') == ROWS_SHOWN
