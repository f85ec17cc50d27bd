"""The wallet of a rider of the demo: a payment and a credit, from before the rides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.ops.demo.cities import DemoCity
from webapp.riders.wallet.entries import credit_entry, top_up_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import write_entries
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import make_payment_reference

#: In minor units.
TOP_UP_AMOUNT, CREDIT_AMOUNT = 60_00, 5_00
#: How long ago riders topped up: before the oldest of their rides.
TOPPED_UP_BEFORE = timedelta(days=42)


def fill_wallet(rider: User, city: DemoCity) -> None:
    """Add a payment of the rider and a credit; again adds nothing."""
    payment_id = uuid5(rider.id, "the demo's payment")
    credit_id = uuid5(rider.id, "the demo's gift")
    topped_up_at = datetime.now(UTC) - TOPPED_UP_BEFORE
    entries = [
        top_up_entry(rider.key, payment_id, city.currency, TOP_UP_AMOUNT),
        credit_entry(rider.key, credit_id, city.currency, CREDIT_AMOUNT, "Welcome to MovR"),
    ]
    payment = _make_payment_row(rider, payment_id, city.currency, topped_up_at)

    def work(session: Session) -> None:
        session.execute(insert(table(Payment)).values(payment).on_conflict_do_nothing())
        write_entries(session, [replace(entry, at=topped_up_at) for entry in entries])

    run_transaction(work, idempotent=True)


def _make_payment_row(
    rider: User, payment_id: UUID, currency: str, at: datetime
) -> dict[str, object]:
    return {
        "region": rider.region,
        "id": payment_id,
        "rider_id": rider.id,
        "currency": currency,
        "amount": TOP_UP_AMOUNT,
        "state": PaymentState.PAID.value,
        "provider": "test",
        "reference": make_payment_reference(payment_id),
        "created_at": at,
        "settled_at": at,
    }
