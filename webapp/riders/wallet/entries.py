"""Entries of the ledger as values: one function for each kind, which knows the accounts it moves.

Each entry has an id that follows from its cause, so that the same cause is recorded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from webapp.db.keys import RowKey
from webapp.riders.wallet.enums import EntryKind, LedgerAccount


@dataclass(frozen=True)
class LedgerEntry:
    """An entry that is not written yet. Raises ValueError if it does not balance.

    amounts: minor units; positive for the account that receives, negative for the one that gives.
    at: when it was recorded, for entries of the past that are written together; None: now.
    """

    id: UUID
    kind: EntryKind
    rider_key: RowKey
    currency: str
    amounts: Mapping[LedgerAccount, int]
    ride_id: UUID | None = None
    note: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.amounts or sum(self.amounts.values()) != 0:
            raise ValueError("a ledger entry must balance")


def ride_entry(
    rider_key: RowKey, ride_id: UUID, currency: str, total: int, tax: int
) -> LedgerEntry:
    """Return the entry that charges a ride. total: the price with tax, minor units."""
    amounts = _split_sale(total, tax)
    return LedgerEntry(ride_id, EntryKind.RIDE, rider_key, currency, amounts, ride_id)


def reservation_entry(
    rider_key: RowKey, entry_id: UUID, currency: str, total: int, tax: int
) -> LedgerEntry:
    """Return the entry that charges the extension of a reservation."""
    amounts = _split_sale(total, tax)
    return LedgerEntry(entry_id, EntryKind.RESERVATION, rider_key, currency, amounts)


def refund_entry(
    rider_key: RowKey, entry_id: UUID, ride_id: UUID, currency: str, amount: int, tax: int
) -> LedgerEntry:
    """Return the entry that gives back the price of a ride, in whole or in part.

    tax: the part of ``amount`` that is tax, from ``compute_refund_tax``.
    """
    amounts = _split_sale(-amount, -tax)
    return LedgerEntry(entry_id, EntryKind.REFUND, rider_key, currency, amounts, ride_id)


def reversal_entry(entry: LedgerEntry) -> LedgerEntry:
    """Return the entry that gives back another one in whole, at the same time."""
    amounts = {account: -amount for account, amount in entry.amounts.items()}
    entry_id = derive_entry_id(entry.id, "reversed")
    return LedgerEntry(
        entry_id, EntryKind.REFUND, entry.rider_key, entry.currency, amounts, at=entry.at
    )


def top_up_entry(rider_key: RowKey, payment_id: UUID, currency: str, amount: int) -> LedgerEntry:
    """Return the entry of a payment that has arrived."""
    amounts = {LedgerAccount.RIDER: amount, LedgerAccount.PROVIDER: -amount}
    return LedgerEntry(payment_id, EntryKind.TOP_UP, rider_key, currency, amounts)


def payout_entry(rider_key: RowKey, entry_id: UUID, currency: str, amount: int) -> LedgerEntry:
    """Return the entry of money that goes back to where the rider paid it from."""
    amounts = {LedgerAccount.RIDER: -amount, LedgerAccount.PROVIDER: amount}
    return LedgerEntry(entry_id, EntryKind.PAYOUT, rider_key, currency, amounts)


def credit_entry(
    rider_key: RowKey, entry_id: UUID, currency: str, amount: int, note: str = ""
) -> LedgerEntry:
    """Return the entry of credit given to a rider. A negative amount takes credit away."""
    amounts = {LedgerAccount.RIDER: amount, LedgerAccount.PROMOTIONS: -amount}
    return LedgerEntry(entry_id, EntryKind.CREDIT, rider_key, currency, amounts, note=note)


#: The accounts of the amounts of a sale.
SALE_ACCOUNTS = (LedgerAccount.RIDER, LedgerAccount.REVENUE, LedgerAccount.TAX)


def _split_sale(total: int, tax: int) -> dict[LedgerAccount, int]:
    return dict(zip(SALE_ACCOUNTS, (-total, total - tax, tax), strict=True))


def compute_refund_tax(amount: int, total: int, tax: int, refunded: int = 0) -> int:
    """Return the tax in a refund of ``amount``: its share of the ``tax`` in a price of ``total``.

    refunded: what has been refunded of the price before. The tax of all refunds together is rounded
        down, so fractions wait for the next refund, and with the whole price the whole tax is
        refunded.
    Raises ValueError if the refunds would exceed the price.
    """
    if min(amount, refunded) < 0 or refunded + amount > total:
        raise ValueError("refunds cannot exceed the price that was paid")
    return (refunded + amount) * tax // total - refunded * tax // total if amount else 0


def derive_entry_id(cause_id: UUID, reason: str) -> UUID:
    """Return the id of an entry that follows from what happened to another row.

    Use it for ids from forms too: a rider who could choose an entry's id might choose the id of the
    next ride, and that ride would never be charged.
    """
    return uuid5(cause_id, reason)
