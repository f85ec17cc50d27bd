"""What becomes of the wallet when somebody leaves for good.

The books are kept, and no sweep deletes from them: they must balance for as long as the law wants
to see them. So they lose the person and nothing else.
"""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_offered
from webapp.riders.wallet.services import payouts


class StillOwing(DomainError):
    message = _l("You still owe something for your rides. Pay it in your wallet first.")


class MoneyLeft(DomainError):
    message = _l("Money that you paid in is still in your wallet. Have it paid out first.")


class PaymentOpen(DomainError):
    message = _l("A payment of yours, to us or back to you, is not finished. Try again in an hour.")


def close_wallet(session: Session, rider: RowKey) -> None:
    """Take a person out of the books. What is left is credit that was given, and goes back; or a
    debt where nothing can be paid in, which is let go.

    Raises StillOwing, MoneyLeft, PaymentOpen.
    """
    left = ledger.balances(rider, session)
    if is_offered() and min(left.values(), default=0) < 0:
        raise StillOwing
    if session.execute(payouts.unspent_of(rider)).first():
        raise MoneyLeft
    if session.scalar(_open_payment(rider)):
        raise PaymentOpen
    for currency, amount in left.items():
        its_id = ledger.cause_id(rider.id, f"left in {currency}")
        session.execute(ledger.writing(ledger.credit(rider, -amount, currency, its_id)))
    for model in (WalletLine, WalletEntry, Payment):
        rows = table(model)
        its = (rows.c.region == rider.region, rows.c.rider_id == rider.id)
        session.execute(update(rows).where(*its).values(rider_id=None))


def _open_payment(rider: RowKey) -> Any:
    """Also one that goes back: more of it can be paid out only when it is there."""
    return (
        select(Payment.id)
        .where(Payment.region == rider.region, Payment.rider_id == rider.id)
        .where(Payment.state == PaymentState.BEGUN.value)
        .limit(1)
    )
