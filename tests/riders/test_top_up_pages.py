"""The pages that top up a wallet."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.lent_connections import watch_calls
from tests.riders import wallet_steps
from tests.riders.wallet_steps import (
    RunInApp,
    charge,
    press_checkout_button,
    read_text,
    submit_top_up,
    use_unreliable_provider,
)
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.riders.wallet import ledger
from webapp.riders.wallet.provider import PROVIDER, DisabledProvider
from webapp.riders.wallet.queries import overview
from webapp.riders.wallet.services import payments

pytestmark = pytest.mark.usefixtures("empty_provider")


def test_the_fake_checkout_says_that_it_is_a_test(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    response = submit_top_up(paris_browser, "12,50")
    assert re.fullmatch(r"/wallet/checkout/[0-9a-f-]{36}", response.location)
    page = paris_browser.get(response.location)
    assert "This is a test." in read_text(page)
    assert "€12.50" in read_text(page)
    assert "card" not in "".join(re.findall(r"<input[^>]+>", page.text))
    back = press_checkout_button(paris_browser, response.location)
    assert back.location == "/wallet"
    assert "€12.50 has been added to your wallet." in read_text(paris_browser.get("/wallet"))
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1250}


def test_who_waits_for_the_provider_holds_no_connection(
    app: Flask, paris_browser: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = watch_calls(app, monkeypatch, payments)
    press_checkout_button(paris_browser, submit_top_up(paris_browser).location)
    assert len(lent) == 4, "it starts, and its state is asked for"
    assert set(lent) == {0}


def test_a_rider_who_cancels_has_paid_nothing(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    press_checkout_button(paris_browser, submit_top_up(paris_browser).location, "cancel")
    assert "The payment was not completed. You can try again at any time." in read_text(
        paris_browser.get("/wallet")
    )
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}


def test_returning_from_the_checkout_again_writes_one_entry(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    checkout = submit_top_up(paris_browser).location
    back = paris_browser.send(checkout, pay="y").location
    for _ in range(3):
        assert paris_browser.get(back).location == "/wallet"
    assert paris_browser.send(checkout, pay="y").location == back, "the page is of no more use"
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_a_pending_payment_is_in_the_wallet_and_can_be_resumed(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    checkout = submit_top_up(paris_browser).location
    page = paris_browser.get("/wallet")
    assert "Pending" in read_text(page)
    assert "Continue or cancel" in read_text(page)
    (path,) = re.findall(r'href="(/wallet/top-up/[^"]+)"', page.text)
    assert "Payment pending" in read_text(paris_browser.get(path))
    assert paris_browser.send(path).location == checkout
    press_checkout_button(paris_browser, checkout)
    assert "Pending" not in paris_browser.get("/wallet").text
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("", "Fill this in."),
        (" ", "Fill this in."),
        ("ten", "Enter an amount like"),
        ("0.99", "Enter at least €1.00."),
        ("500.01", "Enter at most €500.00."),
        ("1.0055", "The smallest unit is €0.01."),
        ("1,000", "no thousands separators"),
        ("-5", "Enter at least €1.00."),
        ("9" * 40, "Enter at most €500.00."),
    ],
)
def test_an_invalid_amount_shows_its_error_at_the_field(
    paris_browser: Visitor, amount: Any, message: str
) -> None:
    response = submit_top_up(paris_browser, amount)
    assert response.status_code == 422
    assert message in read_text(response)
    if amount.strip():
        assert f'value="{amount}"' in response.text, "what was typed stays"


def test_too_many_top_ups_in_an_hour_are_refused_with_a_retry_time(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOP_UP", (2, 3600))
    responses = [submit_top_up(paris_browser, "12.50") for _ in range(3)]
    assert [response.status_code for response in responses] == [303, 303, 429]
    assert responses[2].headers["Retry-After"]
    assert 'value="12.50"' in responses[2].text
    assert len(run_in_app(wallet_steps.payment_states, paris_rider.key)) == 2


def test_the_wallet_shows_the_newest_pending_payments(
    app: Flask, paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    for amount in range(101, 101 + app.config["PAGE_SIZE"] + 2):
        run_in_app(wallet_steps.start_top_up, paris_rider.key, amount)
    pending_top_ups = run_in_app(overview.read_wallet, paris_rider.key, None).pending_top_ups
    assert [each.amount for each in pending_top_ups] == list(range(103, 108))


def test_riders_pay_in_their_citys_currency_or_in_one_that_they_owe(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    assert submit_top_up(paris_browser, currency="USD").status_code == 404
    assert submit_top_up(paris_browser, currency="EUR' OR 1=1").status_code == 404
    run_in_app(charge, paris_rider.key, 320, "USD")
    assert submit_top_up(paris_browser, currency="USD").status_code == 303
    page = paris_browser.get("/wallet/top-up?currency=USD")
    assert 'value="3.20"' in page.text
    assert "You owe $3.20" in read_text(page)
    assert "Pay in EUR instead" in read_text(page)


def test_without_a_provider_no_top_up_is_offered(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    run_in_app(charge, paris_rider.key, 320)
    page = read_text(paris_browser.get("/wallet"))
    assert "Top up" not in page
    assert "Please contact us." in page
    response = submit_top_up(paris_browser)
    assert response.status_code == 409
    assert "t top up here" in read_text(response)
    assert paris_browser.get(f"/wallet/checkout/{uuid4()}").status_code == 404


def test_a_top_up_fails_while_the_provider_is_unavailable_and_works_later(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = "before"
    response = submit_top_up(paris_browser)
    assert response.status_code == 503
    assert "Nothing is lost. Wait a minute, then check your wallet again." in read_text(response)
    provider.fails = ""
    checkout = submit_top_up(paris_browser).location
    back = paris_browser.send(checkout, pay="y").location
    provider.fails = "after"
    assert paris_browser.get(back).status_code == 503
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}
    provider.fails = ""
    assert paris_browser.get(back).status_code == 303
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_an_unknown_checkout_is_not_found(paris_browser: Visitor) -> None:
    response = paris_browser.get(f"/wallet/checkout/{uuid4()}", follow_redirects=True)
    assert response.status_code == 404
