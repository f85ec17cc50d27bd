"""Kinds of entries in the ledger of owners, and the accounts that they move.

The values are stored: a member may be renamed, its value may not change.
"""

from enum import StrEnum


class OwnerLedgerEntryKind(StrEnum):
    """The cause of an entry."""

    RIDE = "ride"  # the owner's share of the price of a ride
    REFUND = "refund"  # part of it goes back, because the price was refunded
    PAYOUT = "payout"
    PAYOUT_REVERSAL = "payout_reversal"  # the bank has returned a payout
    WRITE_OFF = "write_off"  # what is left when the owner's account is deleted


class OwnerAccount(StrEnum):
    """The accounts of the ledger of owners. The sum over all of them is 0."""

    OWNER = "owner"  # the balance of the owner
    REVENUE_SHARE = "revenue_share"  # negative: what shares have cost us
    BANK = "bank"  # what was paid to owners
    WRITE_OFFS = "write_offs"


#: The account that gives what ``OWNER`` receives.
COUNTER_ACCOUNTS = {
    OwnerLedgerEntryKind.RIDE: OwnerAccount.REVENUE_SHARE,
    OwnerLedgerEntryKind.REFUND: OwnerAccount.REVENUE_SHARE,
    OwnerLedgerEntryKind.PAYOUT: OwnerAccount.BANK,
    OwnerLedgerEntryKind.PAYOUT_REVERSAL: OwnerAccount.BANK,
    OwnerLedgerEntryKind.WRITE_OFF: OwnerAccount.WRITE_OFFS,
}
