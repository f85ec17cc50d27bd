"""What the tests of the wallet do again and again: pay in, ride, look at the books."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Visitor
from tests.ledger_audit import audit_books
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, credit_entry, reservation_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider import FakeProvider, close_checkout
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import PROVIDER, ProviderUnavailable
from webapp.riders.wallet.queries.payments import find_payment
from webapp.riders.wallet.services import payments, payouts


def write(entry: LedgerEntry) -> None:
    run_transaction(lambda session: session.execute(ledger.entry_statement(entry)))


def charge(rider: RowKey, amount: int, currency: str = "EUR") -> UUID:
    """Let a ride cost the rider something; return its id."""
    entry = reservation_entry(rider, uuid4(), currency, amount, amount // 6)
    write(entry)
    return entry.id


def give(rider: RowKey, amount: int, currency: str = "EUR") -> None:
    write(credit_entry(rider, uuid4(), currency, amount))


def begin(rider: RowKey, amount: int = 1000, currency: str = "EUR") -> UUID:
    """Begin a payment; return its id."""
    there = payments.start_payment(
        rider, payments.TopUp(amount, currency), lambda id_: f"/wallet/top-up/{id_}"
    )
    return UUID(there.rsplit("/", 1)[1])


def pay_in(rider: RowKey, amount: int = 1000, currency: str = "EUR") -> UUID:
    """Pay in, from the beginning to the books; return the payment's id."""
    id_ = begin(rider, amount, currency)
    close_checkout(id_, PaymentState.PAID)
    assert payments.settle_payment(payment(rider, id_)) is PaymentState.PAID
    return id_


def pay_out(rider: RowKey, currency: str = "EUR", nonce: UUID | None = None) -> int:
    return payouts.book_payout(rider, currency, nonce or uuid4())


def payment(rider: RowKey, id_: UUID) -> Payment:
    found = find_payment(rider, id_)
    db.session.expunge(found)
    return found


def states(rider: RowKey) -> list[tuple[str, int]]:
    """Return state and what goes back of each payment, the oldest first."""
    rows = select(Payment.state, Payment.paid_back).where(Payment.rider_id == rider.id)
    return [(s, n) for s, n in db.session.execute(rows.order_by(Payment.created_at)).all()]


def books_hold() -> None:
    with db.engines["write"].begin() as connection:
        audit_books(connection)


class Moody(FakeProvider):
    """A provider that is away, or breaks the line before or after it has done what it was told."""

    def __init__(self) -> None:
        self.breaks = ""  # "before", "after"
        self.told: list[tuple[UUID, int]] = []

    def start_payment(self, payment: Payment, return_url: str) -> str:
        return self._do(lambda: super(Moody, self).start_payment(payment, return_url))

    def read_state(self, payment: Payment) -> PaymentState:
        return self._do(lambda: super(Moody, self).read_state(payment))

    def pay_out(self, payment: Payment, total: int) -> None:
        self._do(lambda: self._note(payment, total))

    def _note(self, payment: Payment, total: int) -> None:
        self.told.append((payment.id, total))
        super().pay_out(payment, total)

    def _do(self, act: Any) -> Any:
        if self.breaks == "before":
            raise ProviderUnavailable
        done = act()
        if self.breaks == "after":
            raise ProviderUnavailable
        return done


def moody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Moody:
    found = Moody()
    monkeypatch.setitem(app.extensions, PROVIDER, found)
    return found


def top_up(client: Visitor, amount: str = "10", currency: str = "EUR") -> Any:
    return client.send("/wallet/top-up", amount=amount, currency=currency)


def press(client: Visitor, checkout: str, button: str = "pay") -> Any:
    """Press a button of the provider's page, and come back; return the last answer."""
    back = client.send(checkout, **{button: "y"})
    assert re.fullmatch(r"/wallet/top-up/[0-9a-f-]{36}", back.location)
    return client.get(back.location)
