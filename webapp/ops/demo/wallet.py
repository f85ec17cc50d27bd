"""The wallet of a rider of the demo: a payment and a credit."""

from uuid import UUID, uuid5

from sqlalchemy import CTE, func
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.ops.demo.cities import DemoCity
from webapp.riders.wallet.entries import credit_entry, top_up_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import payment_reference

#: In minor units.
TOP_UP_AMOUNT, CREDIT_AMOUNT = 60_00, 5_00


def fill_wallet(rider: User, city: DemoCity) -> None:
    """Add a payment of the rider and a credit; again adds nothing."""
    payment_id = uuid5(rider.id, "the demo's payment")
    credit_id = uuid5(rider.id, "the demo's gift")
    top_up = top_up_entry(rider.key, payment_id, city.currency, TOP_UP_AMOUNT)
    credit = credit_entry(rider.key, credit_id, city.currency, CREDIT_AMOUNT, "Welcome to MovR")

    def work(session: Session) -> None:
        payment = _insert_payment_cte(rider, payment_id, city.currency)
        session.execute(entry_statement(top_up, after=payment))
        session.execute(entry_statement(credit))

    run_transaction(work, idempotent=True)


def _insert_payment_cte(rider: User, payment_id: UUID, currency: str) -> CTE:
    payments = table(Payment)
    row = {
        "region": rider.region,
        "id": payment_id,
        "rider_id": rider.id,
        "currency": currency,
        "amount": TOP_UP_AMOUNT,
        "state": PaymentState.PAID.value,
        "provider": "test",
        "reference": payment_reference(payment_id),
        "settled_at": func.now(),
    }
    statement = insert(payments).values(row).on_conflict_do_nothing()
    return statement.returning(payments.c.id).cte("paid")
