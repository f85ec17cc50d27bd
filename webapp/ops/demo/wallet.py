"""What the demo's rider has in the wallet."""

from uuid import uuid5

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.ops.demo.cities import DemoCity
from webapp.riders.wallet.entries import credit_entry, top_up_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import payment_reference

PAID_IN, GIVEN = 20_00, 5_00


def fill_wallet(rider: User, city: DemoCity) -> None:
    """Let the rider have paid in something, and been given something. Once more adds nothing."""
    id_ = uuid5(rider.id, "the demo's payment")
    row = {
        "region": rider.region,
        "id": id_,
        "rider_id": rider.id,
        "currency": city.currency,
        "amount": PAID_IN,
        "state": PaymentState.PAID.value,
        "provider": "test",
        "reference": payment_reference(id_),
        "settled_at": func.now(),
    }
    rows = table(Payment)
    paid = insert(rows).values(row).on_conflict_do_nothing().returning(rows.c.id).cte("paid")
    gift = uuid5(rider.id, "the demo's gift")

    def work(session: Session) -> None:
        top_up = top_up_entry(rider.key, id_, city.currency, PAID_IN)
        session.execute(entry_statement(top_up, after=paid))
        credit = credit_entry(rider.key, gift, city.currency, GIVEN, "Welcome to MovR")
        session.execute(entry_statement(credit))

    run_transaction(work, idempotent=True)
