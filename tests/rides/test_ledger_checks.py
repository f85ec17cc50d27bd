"""``flask wallet audit`` finds rides that contradict the ledger."""

from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import update_rows
from tests.factories import PlanFactory, UserFactory
from tests.rides.steps import PRICE, MakeEndedRide
from webapp.rides.disputes.models import Dispute
from webapp.rides.disputes.services import write_message
from webapp.rides.models import Ride


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "columns", "wrong"),
    [
        (Ride, {"price": None}, "have no price"),
        (Ride, {"price": 351}, "not in the ledger"),
        (Ride, {"currency": "EUR"}, "not in the ledger"),
        (Dispute, {"refunded": 100}, "refunds differ"),
    ],
)
def test_a_ride_that_contradicts_the_ledger_is_found(
    app: Flask,
    make_user: UserFactory,
    make_plan: PlanFactory,
    make_ended_ride: MakeEndedRide,
    model: Any,
    columns: Any,
    wrong: str,
) -> None:
    ada = make_user("ada", "paris").key  # who rides in New York: another region
    make_plan(**PRICE)
    ride = make_ended_ride(ada)
    run = app.test_cli_runner().invoke
    with app.app_context():
        write_message(ada, ride, "1", "It never unlocked.")
    assert run(args=["wallet", "audit"]).output == "The ledger is consistent.\n"
    update_rows(app, model, **columns)
    result = run(args=["wallet", "audit"])
    assert result.exit_code == 1
    (line, *_) = result.output.splitlines()
    assert wrong in line
    assert str(ride.id) in line
