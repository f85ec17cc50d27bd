"""Settling payments whose riders never came back, and sending payouts."""

from collections import Counter
from dataclasses import dataclass, field

from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.queries.payments import stream_pending_payments
from webapp.riders.wallet.services.payments import settle_payment
from webapp.riders.wallet.services.payouts import send_payout


@dataclass
class SettlementResult:
    """What became of the pending payments."""

    #: Of top-ups.
    states: Counter[PaymentState] = field(default_factory=Counter)
    payouts: int = 0


def settle_all() -> SettlementResult:
    """Settle pending top-ups as the provider says, and send pending payouts. Safe to repeat.

    Raises ProviderUnavailable.
    """
    result = SettlementResult()
    for payment in stream_pending_payments():
        if payment.is_payout_pending:
            send_payout(payment)
            result.payouts += 1
        else:
            result.states[settle_payment(payment)] += 1
    return result
