"""Paying money in: a row, then the provider, then what it says becomes an entry of the books."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import NoProvider, known_by, provider
from webapp.web import rate_limits

#: Payments that are read at once.
BATCH = 500


@dataclass(frozen=True)
class Sum:
    """What somebody pays in, in minor units."""

    amount: int
    currency: str


def owed_by(user: User) -> dict[str, int]:
    """Return the currencies in which the account can pay, the one of its city first, and what is
    owed in each, in minor units."""
    city = catalogue().find(user.city)
    home = {city.currency: 0} if city else {}
    return {**home, **{c: -amount for c, amount in ledger.balances(user.key).items() if amount < 0}}


def begin(rider: RowKey, paid: Sum, return_url: Callable[[UUID], str]) -> str:
    """Begin a payment and return where the rider pays.

    return_url: returns where people come back to, for the id of a payment.
    Raises NoProvider, TooManyTries, ProviderAway, and NotFound when the account has just gone or
    moved.
    """
    taker = provider()
    if not taker.name:
        raise NoProvider
    limit = rate_limits.Limit(*current_app.config["LIMIT_TOP_UP"])
    rate_limits.attempt([rate_limits.bucket("top up", limit, rider.id)])
    id_ = uuid4()
    row = {
        "region": rider.region,
        "id": id_,
        "rider_id": rider.id,
        "currency": paid.currency,
        "amount": paid.amount,
        "state": PaymentState.BEGUN.value,
        "provider": taker.name,
        "reference": known_by(id_),
    }
    statement = insert(table(Payment)).values(row).on_conflict_do_nothing()
    try:
        run_transaction(lambda s: s.execute(statement), idempotent=True, one_statement=True)
    except IntegrityError:
        raise NotFound from None
    return taker.begin(Payment(**row), return_url(id_))


def payment_of(rider: RowKey, id: UUID) -> Payment:
    """Return a payment of the rider; raises NotFound, for another's too."""
    its = (Payment.region == rider.region, Payment.id == id, Payment.rider_id == rider.id)
    payment: Payment | None = db.session.scalars(select(Payment).where(*its)).one_or_none()
    if payment is None:
        raise NotFound
    return payment


# --- what became of it -------------------------------------------------------------------------


def settle(payment: Payment) -> PaymentState:
    """Ask the provider what became of a payment and write it down; return it. Twice is once.

    Raises ProviderAway, NoProvider.
    """
    if payment.settled_at:
        return PaymentState.PAID if payment.is_going_back else PaymentState(payment.state)
    state = provider().outcome(payment)
    if state is not PaymentState.BEGUN:
        statement = _coming_in(payment) if state is PaymentState.PAID else _failing(payment)
        run_transaction(lambda s: s.execute(statement).all(), idempotent=True, one_statement=True)
    return state


def _settling(payment: Payment, state: PaymentState) -> Any:
    """Only one of many who ask at once settles it."""
    rows = table(Payment)
    return (
        update(rows)
        .where(
            rows.c.region == payment.region,
            rows.c.id == payment.id,
            rows.c.state == PaymentState.BEGUN.value,
            rows.c.settled_at.is_(None),
        )
        .values(state=state.value, settled_at=func.now())
        .returning(rows.c.id)
    )


def _failing(payment: Payment) -> Any:
    return _settling(payment, PaymentState.FAILED)


def _coming_in(payment: Payment) -> Any:
    """The payment, its entry in the books, and the trail, all or nothing."""
    assert payment.rider_id  # noqa: S101 - nobody leaves while a payment is open
    rider = RowKey(payment.region, payment.rider_id)
    paid = _settling(payment, PaymentState.PAID).cte("paid")
    entry = ledger.top_up(rider, payment.id, payment.currency, payment.amount)
    audit_event = audit_event_statement(
        AuditKind.TOPPED_UP,
        actor=rider,
        subject=audit_subject("account", rider),
        after=paid,
        amount=payment.amount,
        currency=payment.currency,
    )
    return ledger.writing(entry, after=paid).add_cte(as_cte(audit_event))


def begun() -> Iterator[Payment]:
    """Give every payment of which the provider has not said yet what became of it, the oldest of
    each region first; one statement for each ``BATCH`` of them."""
    for region in sorted({city.region for city in catalogue().all()}):
        batch = _begun(region, None)
        yield from batch
        while len(batch) == BATCH:
            batch = _begun(region, batch[-1])
            yield from batch


def _begun(region: str, last: Payment | None) -> list[Payment]:
    """Those of the provider that is set: of another's payments it knows nothing."""
    statement = (
        select(Payment)
        .where(Payment.region == region, Payment.state == PaymentState.BEGUN.value)
        .where(Payment.provider == provider().name)
        .order_by(Payment.created_at, Payment.id)
        .limit(BATCH)
    )
    if last:
        after = (last.created_at, last.id)
        statement = statement.where(tuple_(Payment.created_at, Payment.id) > after)
    return list(db.session.scalars(statement))
