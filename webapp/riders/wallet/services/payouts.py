"""Payouts: money that riders paid in and did not use goes back to where it came from.

A payout is recorded in the ledger first, then sent to the provider, then marked as done; ``flask
wallet settle`` finishes what was interrupted. In another order a crash after the call to the
provider would leave the money on the card and in the wallet.

The provider is told how much of a payment goes back *in total*, so a repeated call pays once. For
the same reason nothing more is recorded on a payment before its pending payout is done.
"""

from uuid import UUID

from sqlalchemy import CTE, Update, false, literal, or_, select, update
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import release_connection
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.observability.metrics import PAYMENTS
from webapp.observability.runs import observe_call
from webapp.riders.wallet.entries import derive_entry_id, payout_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement, read_balances
from webapp.riders.wallet.models import Payment, WalletEntry
from webapp.riders.wallet.provider import current_provider
from webapp.riders.wallet.queries.payments import read_payout_amounts
from webapp.translations import lazy_gettext as _l


class NothingToPayOut(DomainError):
    message = _l("There is nothing to pay out.")


class DebtBlocksPayout(NothingToPayOut):
    message = _l("You owe money. Pay it in your wallet first.")


class RideBlocksPayout(NothingToPayOut):
    """A ride or a reservation is not over, and may still be charged."""

    message = _l("You have a ride or a reservation. End it first, then request a payout.")


def record_payout(rider_key: RowKey, currency: str, nonce: UUID) -> int:
    """Record the payout of all that can be paid out in a currency; return its amount.

    nonce: from the form; a second call with it records nothing and returns 0.
    Raises NothingToPayOut, DebtBlocksPayout, RideBlocksPayout.
    """
    entry_id = derive_entry_id(rider_key.id, f"payout {nonce}")
    entry_key = RowKey(rider_key.region, entry_id)

    def work(session: Session) -> int:
        if session.get(WalletEntry, tuple(entry_key)):
            return 0
        amount = read_payout_amounts(rider_key, session).get(currency, 0)
        if not amount:
            in_debt = min(read_balances(rider_key, session).values(), default=0) < 0
            raise DebtBlocksPayout if in_debt else NothingToPayOut
        entry = payout_entry(rider_key, entry_id, currency, amount)
        if not session.execute(entry_statement(entry, after=_permission_cte(rider_key))).all():
            raise RideBlocksPayout
        _allocate_to_payments(session, rider_key, currency, amount)
        session.execute(_audit_event_statement(rider_key, currency, amount))
        return amount

    return run_transaction(work, idempotent=True)


def _permission_cte(rider_key: RowKey) -> CTE:
    """It has one row, or none while something forbids payouts to the rider."""
    blockers = [condition(rider_key) for condition in get_hooks().payout_blockers]
    return select(literal(1).label("permission")).where(~or_(false(), *blockers)).cte("permission")


def _audit_event_statement(rider_key: RowKey, currency: str, amount: int) -> Insert:
    return account_event_statement(
        AuditKind.PAID_OUT, rider_key, actor=rider_key, amount=amount, currency=currency
    )


def _allocate_to_payments(session: Session, rider_key: RowKey, currency: str, amount: int) -> None:
    """Spread the amount over the rider's payments, newest first."""
    statement = (
        select(Payment)
        .where(key_condition(Payment, rider_key, id="rider_id"))
        .where(Payment.state == PaymentState.PAID.value, Payment.currency == currency)
        .where(Payment.paid_back < Payment.amount)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    for payment in session.scalars(statement):
        part = min(amount, payment.amount - payment.paid_back)
        payment.paid_back += part
        payment.state = PaymentState.PENDING
        amount -= part
        if not amount:
            return


def send_payouts(rider_key: RowKey) -> None:
    """Send the rider's recorded payouts to the provider. Raises ProviderUnavailable, NoProvider."""
    statement = (
        select(Payment)
        .where(key_condition(Payment, rider_key, id="rider_id"))
        .where(Payment.state == PaymentState.PENDING.value, Payment.settled_at.is_not(None))
    )
    for payment in db.session.scalars(statement).all():
        send_payout(payment)


def send_payout(payment: Payment) -> None:
    """Send the recorded payout of one payment to the provider and mark it as done. Idempotent.

    Raises ProviderUnavailable, NoProvider.
    """
    release_connection()
    with observe_call("payments"):
        current_provider().pay_out(payment, payment.paid_back)
    execute_write(_payout_done_statement(payment), idempotent=True)
    PAYMENTS.labels("payout", "paid").inc()


def _payout_done_statement(payment: Payment) -> Update:
    payments = table(Payment)
    return (
        update(payments)
        .where(
            key_condition(payments, payment.key),
            payments.c.state == PaymentState.PENDING.value,
            payments.c.settled_at.is_not(None),
            payments.c.paid_back == payment.paid_back,
        )
        .values(state=PaymentState.PAID.value)
    )
