"""No money is paid out during a ride or a reservation, which may still be charged."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import UserFactory, VehicleFactory
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    complete_top_up,
    pay_out,
    read_text,
)
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.riders.wallet.queries.payments import read_payout_amounts
from webapp.riders.wallet.services.payouts import RideBlocksPayout
from webapp.rides.reservations.services import cancel_reservation, reserve_vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(40.7359, -73.9911))


@pytest.fixture(autouse=True)
def _provider(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


@pytest.mark.usefixtures("app_context", "_minute_price")
def test_nothing_is_paid_out_during_a_ride(ada_key: RowKey, make_vehicle: VehicleFactory) -> None:
    complete_top_up(ada_key, 2000, "USD")
    ride_key = start_ride(ada_key, make_vehicle().public_key)
    with pytest.raises(RideBlocksPayout):
        pay_out(ada_key, "USD")
    assert ledger.read_balances(ada_key) == {"USD": 2000}
    end_ride(ada_key, ride_key, HERE)
    balance = ledger.read_balances(ada_key)["USD"]
    assert 0 < balance < 2000
    assert pay_out(ada_key, "USD") == balance
    assert_consistent_ledger()


@pytest.mark.usefixtures("app_context")
def test_nothing_is_paid_out_during_a_reservation(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    complete_top_up(ada_key, 2000, "USD")
    reserve_vehicle(ada_key, make_vehicle().public_key)
    with pytest.raises(RideBlocksPayout):
        pay_out(ada_key, "USD")
    assert read_payout_amounts(ada_key) == {"USD": 2000}
    cancel_reservation(ada_key)
    assert pay_out(ada_key, "USD") == 2000


def test_the_payout_page_explains_why_nothing_is_paid_out(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada")
    with app.app_context():
        complete_top_up(ada.key, 2000, "USD")
    visitor.sign_in(ada)
    form = visitor.get("/wallet/pay-out").text
    with app.app_context():
        start_ride(ada.key, make_vehicle().public_key)
    page = read_text(visitor.get("/wallet/pay-out"))
    assert "You have a ride or a reservation. End it first, then request a payout." in page
    assert "Pay out $" not in page, "no button that would be refused"
    assert "There is nothing to pay out" not in page
    shown = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', form))
    response = visitor.send("/wallet/pay-out", **shown)
    assert response.status_code == 409
    assert (
        read_text(response).count(
            "You have a ride or a reservation. End it first, then request a payout."
        )
        == 1
    )
