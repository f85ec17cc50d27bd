"""Calls of the services and queries of the wallet."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import (
    AFTER,
    PAYMENT,
    RIDE,
    RIDER,
)
from tests.migrations.service_calls.calls import execute, in_account_deletion
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import credit_entry, ride_entry
from webapp.riders.wallet.queries import overview
from webapp.riders.wallet.queries import payments as payment_queries
from webapp.riders.wallet.queries.payments import (
    find_payment,
    read_payout_amounts,
)
from webapp.riders.wallet.services import closing, payments, payouts

WALLET: dict[str, Callable[[], Any]] = {
    "a wallet": lambda: overview.read_wallet(RIDER, AFTER),
    "all entries of a wallet": lambda: list(overview.stream_entries(RIDER)),
    "the balances of a rider": lambda: ledger.read_balances(RIDER),
    "what can be paid out": lambda: read_payout_amounts(RIDER),
    "start a payment": lambda: payments.start_payment(RIDER, payments.TopUp(1000, "EUR"), str),
    "a payment": lambda: find_payment(RIDER, PAYMENT.id),
    "settle a paid payment": execute(lambda: payments._settle_paid_statement(PAYMENT)),
    "settle a failed payment": execute(lambda: payments._settle_failed_statement(PAYMENT)),
    "pending payments": lambda: payment_queries._read_pending_payments(RIDER.region, PAYMENT),
    "send payouts": lambda: payouts.send_payouts(RIDER),
    "mark a payout as done": execute(lambda: payouts._payout_done_statement(PAYMENT)),
    "give credit": execute(
        lambda: ledger.entry_statement(credit_entry(RIDER, UUID(int=12), "EUR", 250))
    ),
    "add lines of an older release to the balances": execute(
        lambda: ledger.add_to_balances_statement(RIDER.region, 500)
    ),
    "an entry without amounts": execute(
        lambda: ledger.entry_statement(ride_entry(RIDER, RIDE.id, "EUR", 0, 0))
    ),
    "close the wallet of a deleted account": in_account_deletion(closing.close_wallet),
    "close the wallet of a deleted account in slices": lambda: closing.close_wallet_in_slices(
        RIDER
    ),
}
