"""Closing the wallet of an account that is deleted.

The ledger is kept, and no retention job deletes from it: accounting law wants it for years. So it
loses the person and nothing else.
"""

from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.riders.wallet.entries import credit_entry, derive_entry_id
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement, read_balances
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_payment_offered
from webapp.riders.wallet.queries.payments import unused_top_ups_query
from webapp.translations import lazy_gettext as _l


class DebtNotPaid(DomainError):
    message = _l("You still owe money for your rides. Pay it in your wallet first.")


class BalanceNotPaidOut(DomainError):
    message = _l("There is still money in your wallet. Request a payout first.")


class PaymentPending(DomainError):
    message = _l("One of your payments is still in progress. Try again later.")


def close_wallet(session: Session, rider_key: RowKey) -> None:
    """Take a person out of the ledger, in the transaction that deletes the account.

    Credit that was given and not used is taken back. A debt is waived, but only where riders cannot
    pay in. The stored balances are deleted with the account.
    Raises DebtNotPaid, BalanceNotPaidOut, PaymentPending.
    """
    amounts = read_balances(rider_key, session)
    if is_payment_offered() and min(amounts.values(), default=0) < 0:
        raise DebtNotPaid
    if session.execute(unused_top_ups_query(rider_key)).first():
        raise BalanceNotPaidOut
    if session.scalar(_pending_payment_query(rider_key)):
        raise PaymentPending
    for currency, amount in amounts.items():
        entry_id = derive_entry_id(rider_key.id, f"left in {currency}")
        session.execute(entry_statement(credit_entry(rider_key, entry_id, currency, -amount)))
    for model in (WalletLine, WalletEntry, Payment):
        rows = table(model)
        is_riders = key_condition(rows, rider_key, id="rider_id")
        session.execute(update(rows).where(is_riders).values(rider_id=None))


def _pending_payment_query(rider_key: RowKey) -> Select[tuple[UUID]]:
    """A pending payout counts too: a refund that follows can be paid out only after it."""
    return (
        select(Payment.id)
        .where(key_condition(Payment, rider_key, id="rider_id"))
        .where(Payment.state == PaymentState.PENDING.value)
        .limit(1)
    )
