"""Closing the wallet of an account that is deleted.

The ledger is kept, and no retention job deletes from it: accounting law wants it for years. So it
loses the person and nothing else.
"""

from uuid import UUID, uuid4

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import SLICE, execute_in_slices, set_null_in_slices
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.riders.wallet.entries import credit_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement, read_balances
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_payment_offered
from webapp.riders.wallet.queries.payments import unused_top_ups_query
from webapp.riders.wallet.services.balances import update_balances_of
from webapp.translations import lazy_gettext as _l


class DebtNotPaid(DomainError):
    message = _l("You still owe money for your rides. Pay it in your wallet first.")


class BalanceNotPaidOut(DomainError):
    message = _l("There is still money in your wallet. Request a payout first.")


class PaymentPending(DomainError):
    message = _l("One of your payments is still in progress. Try again later.")


def check_wallet_closable(session: Session, rider_key: RowKey) -> None:
    """Raise DebtNotPaid, BalanceNotPaidOut or PaymentPending. Where riders cannot pay in, a debt is
    no reason."""
    amounts = read_balances(rider_key, session)
    if is_payment_offered() and min(amounts.values(), default=0) < 0:
        raise DebtNotPaid
    if session.execute(unused_top_ups_query(rider_key)).first():
        raise BalanceNotPaidOut
    if session.scalar(_pending_payment_query(rider_key)):
        raise PaymentPending


def close_wallet(session: Session, rider_key: RowKey) -> None:
    """Take a person out of the ledger, in the transaction that deletes the account. The stored
    balances are deleted with the account."""
    settle_wallet(session, rider_key)
    for model in (WalletLine, WalletEntry, Payment):
        rows = table(model)
        is_of_rider = key_condition(rows, rider_key, id="rider_id")
        session.execute(update(rows).where(is_of_rider).values(rider_id=None))


def settle_wallet(session: Session, rider_key: RowKey) -> None:
    """Take back credit that was given and not used, and waive a debt. Twice, it changes nothing,
    unless something has come in between."""
    for currency, amount in read_balances(rider_key, session).items():
        session.execute(entry_statement(credit_entry(rider_key, uuid4(), currency, -amount)))


def close_wallet_in_slices(rider_key: RowKey) -> None:
    """Take a person who has left out of the ledger; the hook ``deletion_slices``. The balances are
    exact also while lines are anonymised, which must be in them."""
    update_balances_of(*rider_key)
    run_transaction(lambda session: settle_wallet(session, rider_key), idempotent=True)
    execute_in_slices(anonymise_entries_statement(rider_key))
    set_null_in_slices(
        Payment, rider_key.region, table(Payment).c.rider_id == rider_key.id, "rider_id"
    )


def anonymise_entries_statement(rider_key: RowKey) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that removes the rider from some entries, and from their lines with
    them: no entry has a line of another rider meanwhile."""
    entries, lines = table(WalletEntry), table(WalletLine)
    is_of_rider = key_condition(entries, rider_key, id="rider_id")
    chosen = select(entries.c.id).where(is_of_rider).limit(SLICE).cte("chosen")
    line_of_rider = (
        update(lines)
        .where(
            lines.c.region == rider_key.region,
            lines.c.entry_id.in_(select(chosen.c.id)),
            lines.c.rider_id == rider_key.id,
        )
        .values(rider_id=None)
        .returning(lines.c.entry_id)
        .cte("line_of_rider")
    )
    return (
        update(entries)
        .where(entries.c.region == rider_key.region, entries.c.id.in_(select(chosen.c.id)))
        .values(rider_id=None)
        .returning(entries.c.id)
        .add_cte(line_of_rider)
    )


def _pending_payment_query(rider_key: RowKey) -> Select[tuple[UUID]]:
    """A pending payout counts too: a refund that follows can be paid out only after it."""
    return (
        select(Payment.id)
        .where(key_condition(Payment, rider_key, id="rider_id"))
        .where(Payment.state == PaymentState.PENDING.value)
        .limit(1)
    )
