"""Kinds of ledger entries, accounts of the ledger, and states of payments.

The values are stored: a member may be renamed, its value may not change.
"""

from enum import StrEnum


class EntryKind(StrEnum):
    """The cause of a ledger entry."""

    RIDE = "ride"
    RESERVATION = "hold"  # the paid extension of a reservation
    TOP_UP = "top_up"
    PAYOUT = "payout"
    REFUND = "refund"
    CREDIT = "credit"  # given away: a promotion, an apology


class LedgerAccount(StrEnum):
    """The accounts of the ledger. The sum over all of them is 0, in each entry and so in total."""

    RIDER = "rider"  # what we owe the rider; negative: what the rider owes us
    REVENUE = "revenue"
    TAX = "tax"
    PROVIDER = "provider"  # negative: what the payment provider holds for us
    PROMOTIONS = "promotions"  # negative: the credit that we have given


class PaymentState(StrEnum):
    """The state of a payment, as far as the payment provider has confirmed it."""

    #: Not confirmed yet: the top-up, or, once ``settled_at`` is set, the payout of ``paid_back``.
    PENDING = "begun"
    PAID = "paid"
    FAILED = "failed"
