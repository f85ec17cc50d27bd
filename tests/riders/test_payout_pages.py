"""The page that pays a wallet out."""

import re
from uuid import uuid4

import pytest
from flask import Flask

from tests.auth.steps import expire_authentication
from tests.riders import wallet_steps
from tests.riders.wallet_steps import (
    RunInApp,
    charge,
    press_checkout_button,
    read_text,
    submit_payout,
    submit_top_up,
    use_unreliable_provider,
)
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.riders.wallet import ledger

pytestmark = pytest.mark.usefixtures("empty_provider")


def test_a_rider_is_paid_out_unused_top_ups(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    run_in_app(charge, paris_rider.key, 320)
    assert "Request a payout" in read_text(paris_browser.get("/wallet"))
    assert "Pay out €6.80" in read_text(paris_browser.get("/wallet/pay-out"))
    assert submit_payout(paris_browser).location == "/wallet"
    page = read_text(paris_browser.get("/wallet"))
    assert "Your payout is on its way to the card or account you paid from." in page
    assert "-€6.80" in page
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 0}
    assert "There is nothing to pay out" in read_text(paris_browser.get("/wallet/pay-out"))


def test_a_debt_blocks_payouts(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    form = paris_browser.get("/wallet/pay-out").text
    run_in_app(charge, paris_rider.key, 320, "USD")
    assert "Request a payout" not in read_text(paris_browser.get("/wallet"))
    assert "pay that first" in read_text(paris_browser.get("/wallet/pay-out"))
    fields = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', form))
    response = paris_browser.send("/wallet/pay-out", **fields)
    assert response.status_code == 409
    assert "You owe money. Pay it in your wallet first." in read_text(response)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000, "USD": -320}
    press_checkout_button(paris_browser, submit_top_up(paris_browser, "3.20", "USD").location)
    assert "Pay out €10.00" in read_text(paris_browser.get("/wallet/pay-out"))


def test_a_payout_needs_a_fresh_login(
    app: Flask, paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    expire_authentication(app)
    assert paris_browser.get("/wallet/pay-out").location.startswith("/login/again")
    assert paris_browser.send("/wallet/pay-out", currency="EUR").location.startswith("/login/again")
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_two_clicks_pay_out_once(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    nonce = str(uuid4())
    assert [
        submit_payout(paris_browser, nonce=nonce, currency="EUR").status_code for _ in range(2)
    ] == [
        303,
        303,
    ]
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 0}


@pytest.mark.parametrize("currency", ["USD", "", "EUR' OR 1=1"])
def test_a_currency_without_a_balance_is_not_paid_out(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp, currency: str
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    response = submit_payout(paris_browser, currency=currency, nonce=str(uuid4()))
    assert response.status_code == 409
    assert "There is nothing to pay out." in read_text(response)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_an_invalid_nonce_is_refused(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    assert submit_payout(paris_browser, currency="EUR", nonce="7").status_code == 400
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_a_payout_is_recorded_while_the_provider_is_unavailable(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    use_unreliable_provider(app, monkeypatch).fails = "before"
    submit_payout(paris_browser)
    assert (
        "Your payout is booked. It is sent as soon as the payment service responds."
        in read_text(paris_browser.get("/wallet"))
    )
    assert run_in_app(wallet_steps.payment_states, paris_rider.key) == [("begun", 1000)]


def test_account_deletion_says_what_to_do_with_the_wallet_first(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(charge, paris_rider.key, 320)
    response = paris_browser.send("/users/me/delete", sure="y")
    assert response.status_code == 409
    assert "You still owe money for your rides. Pay it in your wallet first." in read_text(response)
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    assert "There is still money in your wallet. Request a payout first." in read_text(
        paris_browser.send("/users/me/delete", sure="y")
    )
    submit_payout(paris_browser)
    assert paris_browser.send("/users/me/delete", sure="y").status_code == 303
