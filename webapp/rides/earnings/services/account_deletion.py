"""What owners have earned when their account is deleted.

The entries stay without the person, as those of the wallet: accounting law wants them for years.
"""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Table, and_, delete, update
from sqlalchemy.orm import Session

from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.slices import update_in_slices
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.regions.data_regions import list_data_regions
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth
from webapp.rides.earnings.queries.balances import OwnerBalance, read_balances
from webapp.rides.earnings.services.booking import find_month
from webapp.translations import lazy_gettext as _l

#: What becomes of entries. The reference of a payout may name the owner; the operator's bank keeps
#: it, too, with the amount and the day.
ANONYMOUS = {"owner_id": None, "note": ""}


class EarningsNotPaidOut(DomainError):
    message = _l(
        "Your balance as an owner is not paid out yet. Ask the operator to pay it out first."
    )


def check_earnings_paid_out(session: Session, owner_key: RowKey) -> None:
    """Raise EarningsNotPaidOut while the balance of an owner is positive."""
    if any(balance.amount > 0 for balance in read_balances(session, owner_key.id)):
        raise EarningsNotPaidOut


def close_earnings(session: Session, owner_key: RowKey) -> None:
    """Take a person out of the ledger of owners; the hook ``on_account_deletion``."""
    entries = table(OwnerLedgerEntry)
    statement = update(entries).where(_is_own_condition(entries, owner_key.id))
    session.execute(statement.values(ANONYMOUS))
    write_off_balances(session, owner_key.id)


def close_earnings_in_slices(owner_key: RowKey) -> None:
    """Take a person who has left out of the ledger of owners; the hook ``deletion_slices``."""
    entries = table(OwnerLedgerEntry)
    is_own = entries.c.owner_id == owner_key.id
    for region in list_data_regions():
        update_in_slices(OwnerLedgerEntry, region, is_own, ANONYMOUS)
    # In one transaction: a payout, a refund or the end of a ride may have come in between.
    run_transaction(lambda session: close_earnings(session, owner_key), idempotent=True)


def write_off_balances(session: Session, owner_id: UUID) -> None:
    """Write off what is left: a debt of the owner, or what was earned while the account ended.
    Twice, it changes nothing, unless something has come in between."""
    if rows := [_make_write_off(balance) for balance in read_balances(session, owner_id)]:
        session.execute(insert(table(OwnerLedgerEntry)).values(rows))
    months = table(OwnerMonth)
    session.execute(delete(months).where(_is_own_condition(months, owner_id)))


def _is_own_condition(rows: Table, owner_id: UUID) -> ColumnElement[bool]:
    return and_(rows.c.region.in_(list_data_regions()), rows.c.owner_id == owner_id)


def _make_write_off(balance: OwnerBalance) -> dict[str, object]:
    """Return an entry of nobody: with those that lose their owner it adds up to 0."""
    return {
        "region": balance.region,
        "id": uuid4(),
        "city": balance.city,
        "owner_id": None,
        "kind": OwnerLedgerEntryKind.WRITE_OFF.value,
        "currency": balance.currency,
        "amount": -balance.amount,
        "month": find_month(datetime.now(UTC), balance.city),
    }
