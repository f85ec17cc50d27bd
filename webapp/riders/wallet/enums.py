"""The kinds of ledger entries, the accounts, and the states of payments."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What moves money."""

    RIDE = "ride"
    HOLD = "hold"  # a reservation that was made longer
    TOP_UP = "top_up"
    PAYOUT = "payout"
    REFUND = "refund"
    CREDIT = "credit"  # given away: a promotion, an apology


class Account(StrEnum):
    """Where money is. The sum over all accounts is nought, for each entry and so for all."""

    RIDER = "rider"  # what we owe the rider; below nought: what the rider owes us
    REVENUE = "revenue"
    TAX = "tax"
    PROVIDER = "provider"  # below nought: what the payment provider holds for us
    PROMOTIONS = "promotions"  # below nought: what we have given away


class PaymentState(StrEnum):
    """What became of a payment."""

    #: The provider was told of it, or will be, and has not said yet what became of it: the rider
    #: pays in, or, where ``settled_at`` is known already, ``paid_back`` goes back to the card.
    BEGUN = "begun"
    PAID = "paid"
    FAILED = "failed"
