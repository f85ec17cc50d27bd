"""Paying money back to where it came from.

First it is booked, then the provider is told, then the payment is marked as done. Whatever breaks
off is finished by ``flask wallet settle``. The other way round, a crash after the provider was told
would leave the money on the card and in the wallet. And as the provider is told how much of a
payment has gone back *in all*, telling it twice pays once; so a payment of which something is on
its way takes no second order before the first is done.
"""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, cast, func, select, update
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment, WalletEntry
from webapp.riders.wallet.provider import provider


class NothingToPayOut(DomainError):
    message = _l("There is nothing that could be paid out.")


class OwedFirst(NothingToPayOut):
    message = _l("You owe something. Pay that first, in your wallet.")


def payable_of(rider: RowKey) -> Any:
    """Return the question for what can be paid out: currency and amount. It is what is left of the
    money that was paid in, and nothing as long as anything is to be paid first, in whatever
    currency."""
    return unspent_of(rider).where(~ledger.must_pay_first(rider))


def unspent_of(rider: RowKey) -> Any:
    """Return the question for what is left, as far as it was paid in and has not gone back:
    currency and amount."""
    rows = table(Payment).c
    unspent = (
        select(
            rows.currency,
            cast(func.sum(rows.amount - rows.paid_back), BigInteger).label("amount"),
        )
        .where(rows.region == rider.region, rows.rider_id == rider.id)
        .where(rows.state == PaymentState.PAID.value)
        .group_by(rows.currency)
        .subquery("unspent")
    )
    left = ledger.balances_of(rider).subquery("left_over")
    amount = func.least(left.c.amount, unspent.c.amount)
    return (
        select(left.c.currency, amount.label("amount"))
        .join_from(left, unspent, left.c.currency == unspent.c.currency)
        .where(amount > 0)
    )


def payable(rider: RowKey, session: Any = None) -> dict[str, int]:
    """Return what can be paid out to the rider, by currency, in minor units."""
    rows = (session or db.session).execute(payable_of(rider)).all()
    return {row.currency: row.amount for row in rows}


def pay_out(rider: RowKey, currency: str, nonce: UUID) -> int:
    """Book that all that can be paid out goes back, the newest payments first; return how much.

    nonce: of the form, so that pressing its button twice books once.
    Raises NothingToPayOut, OwedFirst.
    """
    key = RowKey(rider.region, ledger.cause_id(rider.id, f"payout {nonce}"))

    def work(session: Session) -> int:
        if session.get(WalletEntry, tuple(key)):
            return 0
        amount = payable(rider, session).get(currency, 0)
        if not amount:
            owes = min(ledger.balances(rider, session).values(), default=0) < 0
            raise OwedFirst if owes else NothingToPayOut
        _take_from_payments(session, rider, currency, amount)
        session.execute(ledger.writing(ledger.payout(rider, key.id, currency, amount)))
        about = audit_subject("account", rider)
        session.execute(
            audit_event_statement(
                AuditKind.PAID_OUT, actor=rider, subject=about, amount=amount, currency=currency
            )
        )
        return amount

    return run_transaction(work, idempotent=True)


def _take_from_payments(session: Session, rider: RowKey, currency: str, amount: int) -> None:
    left = (
        select(Payment)
        .where(Payment.region == rider.region, Payment.rider_id == rider.id)
        .where(Payment.state == PaymentState.PAID.value, Payment.currency == currency)
        .where(Payment.paid_back < Payment.amount)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    for payment in session.scalars(left):
        part = min(amount, payment.amount - payment.paid_back)
        payment.paid_back += part
        payment.state = PaymentState.BEGUN
        amount -= part
        if not amount:
            return


def finish_all(rider: RowKey) -> None:
    """Tell the provider what goes back to the rider. Raises ProviderAway, NoProvider."""
    statement = (
        select(Payment)
        .where(Payment.region == rider.region, Payment.rider_id == rider.id)
        .where(Payment.state == PaymentState.BEGUN.value, Payment.settled_at.is_not(None))
    )
    for payment in db.session.scalars(statement).all():
        finish(payment)


def finish(payment: Payment) -> None:
    """Tell the provider what goes back of a payment, and note that it knows. Twice is once.

    Raises ProviderAway, NoProvider.
    """
    provider().pay_back(payment, payment.paid_back)
    statement = _gone_back(payment)
    run_transaction(lambda s: s.execute(statement), idempotent=True, one_statement=True)


def _gone_back(payment: Payment) -> Any:
    rows = table(Payment)
    return (
        update(rows)
        .where(
            rows.c.region == payment.region,
            rows.c.id == payment.id,
            rows.c.state == PaymentState.BEGUN.value,
            rows.c.settled_at.is_not(None),
            rows.c.paid_back == payment.paid_back,
        )
        .values(state=PaymentState.PAID.value)
    )
