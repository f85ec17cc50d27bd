"""Steps that tests of the wallet share: top up, charge, pay out, check the ledger."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.ledger_audit import check_ledger
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, credit_entry, reservation_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider.checkouts import FakeProvider, close_checkout
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import PROVIDER, ProviderUnavailable
from webapp.riders.wallet.queries.payments import find_payment
from webapp.riders.wallet.services import payments, payouts

T = TypeVar("T")


#: Runs a function in an application context; it returns what the function returns.
RunInApp = Callable[..., Any]


def write_entry(entry: LedgerEntry) -> None:
    run_transaction(lambda session: session.execute(ledger.entry_statement(entry)))


def charge(rider_key: RowKey, amount: int, currency: str = "EUR") -> UUID:
    """Charge the rider for a reservation; return the id of the entry."""
    entry = reservation_entry(rider_key, uuid4(), currency, amount, amount // 6)
    write_entry(entry)
    return entry.id


def charge_ride(rider_key: RowKey, price: int) -> UUID:
    """Charge the rider as for a ride, without a row in ``rides``; return the ride's id."""
    ride_id = uuid4()
    refund_ride(rider_key, ride_id, -price)
    return ride_id


def refund_ride(rider_key: RowKey, ride_id: UUID, amount: int) -> None:
    """Refund the ride of ``charge_ride``. Its kind is that of a reservation, because the checks of
    the ledger look for the rows of rides."""
    write_entry(replace(reservation_entry(rider_key, uuid4(), "EUR", -amount, 0), ride_id=ride_id))


def give_credit(rider_key: RowKey, amount: int, currency: str = "EUR") -> None:
    write_entry(credit_entry(rider_key, uuid4(), currency, amount))


def start_top_up(rider_key: RowKey, amount: int = 1000, currency: str = "EUR") -> UUID:
    """Start a top-up; return the id of the payment."""
    url = payments.start_payment(
        rider_key, payments.TopUp(amount, currency), lambda id_: f"/wallet/top-up/{id_}"
    )
    return UUID(url.rsplit("/", 1)[1])


def complete_top_up(rider_key: RowKey, amount: int = 1000, currency: str = "EUR") -> UUID:
    """Top up from the start to the ledger entry; return the id of the payment."""
    id_ = start_top_up(rider_key, amount, currency)
    close_checkout(id_, PaymentState.PAID)
    assert payments.settle_payment(load_payment(rider_key, id_)) is PaymentState.PAID
    return id_


def pay_out(rider_key: RowKey, currency: str = "EUR", nonce: UUID | None = None) -> int:
    return payouts.record_payout(rider_key, currency, nonce or uuid4())


def load_payment(rider_key: RowKey, payment_id: UUID) -> Payment:
    row = find_payment(rider_key, payment_id)
    db.session.expunge(row)
    return row


def payment_states(rider_key: RowKey) -> list[tuple[str, int]]:
    """Return state and payout of each payment, oldest first."""
    rows = select(Payment.state, Payment.paid_back).where(Payment.rider_id == rider_key.id)
    return [(s, n) for s, n in db.session.execute(rows.order_by(Payment.created_at)).all()]


def assert_consistent_ledger() -> None:
    with db.engines["write"].begin() as connection:
        check_ledger(connection)


class UnreliableProvider(FakeProvider):
    """A provider that is unavailable before or after it has done what a call asks for."""

    def __init__(self) -> None:
        self.fails = ""  # "before" or "after" each call
        self.payouts: list[tuple[UUID, int]] = []

    def start_payment(self, payment: Payment, return_url: str) -> str:
        return self._call(
            lambda: super(UnreliableProvider, self).start_payment(payment, return_url)
        )

    def read_state(self, payment: Payment) -> PaymentState:
        return self._call(lambda: super(UnreliableProvider, self).read_state(payment))

    def pay_out(self, payment: Payment, total: int) -> None:
        self._call(lambda: self._record_payout(payment, total))

    def _record_payout(self, payment: Payment, total: int) -> None:
        self.payouts.append((payment.id, total))
        super().pay_out(payment, total)

    def _call(self, act: Callable[[], T]) -> T:
        if self.fails == "before":
            raise ProviderUnavailable
        result = act()
        if self.fails == "after":
            raise ProviderUnavailable
        return result


def use_unreliable_provider(app: Flask, monkeypatch: pytest.MonkeyPatch) -> UnreliableProvider:
    provider = UnreliableProvider()
    monkeypatch.setitem(app.extensions, PROVIDER, provider)
    return provider


def submit_top_up(client: Visitor, amount: str = "10", currency: str = "EUR") -> Any:
    return client.send("/wallet/top-up", amount=amount, currency=currency)


def press_checkout_button(client: Visitor, checkout: str, button: str = "pay") -> Any:
    """Press a button of the checkout, and come back; return the last answer."""
    back = client.send(checkout, **{button: "y"})
    assert re.fullmatch(r"/wallet/top-up/[0-9a-f-]{36}", back.location)
    return client.get(back.location)


def submit_payout(client: Visitor, **fields: Any) -> Any:
    """Send the form of the payout page, with other values for some of its fields."""
    page = client.get("/wallet/pay-out").text
    hidden_fields = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', page))
    return client.send("/wallet/pay-out", **{**hidden_fields, **fields})


def read_text(response: Any) -> str:
    """Return the text of a page, without its tags."""
    text = re.sub(r"<[^>]+>", " ", response.text.split("<main", 1)[1])
    return " ".join(text.split())


def run_wallet_command(app: Flask, command: str) -> Result:
    """Run a command of ``flask wallet``."""
    return app.test_cli_runner().invoke(args=["wallet", *command.split()])
