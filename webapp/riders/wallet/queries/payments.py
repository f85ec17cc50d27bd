"""Payments of riders, and how much of them can be paid out."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import BigInteger, Select, and_, cast, exists, func, select, tuple_
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.catalogue import catalogue, list_city_regions
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import is_in_debt_condition, read_balances
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import current_provider, is_payment_offered
from webapp.riders.wallet.queries.own_money import own_money_query

#: Payments that ``stream_pending_payments`` reads with one statement.
BATCH = 500


def find_payment(rider_key: RowKey, payment_id: UUID) -> Payment:
    """Return a payment of the rider; raises NotFound, also for a payment of another rider."""
    payment_key = RowKey(rider_key.region, payment_id)
    statement = select(Payment).where(
        key_condition(Payment, payment_key), Payment.rider_id == rider_key.id
    )
    payment = db.session.scalars(statement).one_or_none()
    if payment is None:
        raise NotFound
    return payment


def read_debts(user: User) -> dict[str, int]:
    """Return the currencies in which an account can pay in, and its debt in each, in minor units.

    They are the currency of its city, first, and those of its debts.
    """
    city = catalogue().find(user.city)
    home = {city.currency: 0} if city else {}
    balances = read_balances(user.key)
    return home | {currency: -amount for currency, amount in balances.items() if amount < 0}


def read_payout_amounts(rider_key: RowKey, session: Session | None = None) -> dict[str, int]:
    """Return what can be paid out to the rider in each currency, in minor units.

    session: that of the transaction that records the payout.
    """
    query = payout_amounts_query(rider_key, requires_paid_debts=is_payment_offered())
    rows = (session or db.session).execute(query)
    return {row.currency: row.amount for row in rows}


def payout_amounts_query(
    rider_key: RowKey, *, requires_paid_debts: bool
) -> Select[tuple[str, int]]:
    """Return the query for what can be paid out: ``currency`` and ``amount``.

    requires_paid_debts: it has no rows as long as the rider has a debt, in whatever currency. Where
        riders cannot pay in, debts block nothing.
    """
    query = unused_top_ups_query(rider_key)
    return query.where(~is_in_debt_condition(rider_key)) if requires_paid_debts else query


def unused_top_ups_query(rider_key: RowKey) -> Select[tuple[str, int]]:
    """Return the query for what the rider paid in and has not used: ``currency`` and ``amount``.

    It is the least of the balance, of what is left of the rider's own money, and of what the
    payments can take back.
    """
    payments = table(Payment).c
    is_top_up = and_(
        key_condition(table(Payment), rider_key, id="rider_id"),
        payments.state == PaymentState.PAID.value,
    )
    top_ups = (
        select(
            payments.currency,
            cast(func.sum(payments.amount - payments.paid_back), BigInteger).label("amount"),
        )
        .where(is_top_up)
        .group_by(payments.currency)
        .subquery("top_ups")
    )
    wallet = own_money_query(rider_key, only_if=exists().where(is_top_up)).subquery("wallet")
    amount = func.least(wallet.c.balance, wallet.c.own_money, top_ups.c.amount)
    return (
        select(wallet.c.currency, amount.label("amount"))
        .join_from(wallet, top_ups, wallet.c.currency == top_ups.c.currency)
        .where(amount > 0)
    )


def stream_pending_payments() -> Iterator[Payment]:
    """Yield every payment that the provider has not confirmed, region by region, oldest first.

    One statement for each ``BATCH`` of them.
    """
    for region in list_city_regions():
        batch = _read_pending_payments(region, None)
        yield from batch
        while len(batch) == BATCH:
            batch = _read_pending_payments(region, batch[-1])
            yield from batch


def _read_pending_payments(region: str, last: Payment | None) -> list[Payment]:
    """Only those of the current provider, which does not know the payments of another."""
    statement = (
        select(Payment)
        .where(Payment.region == region, Payment.state == PaymentState.PENDING.value)
        .where(Payment.provider == current_provider().name)
        .order_by(Payment.created_at, Payment.id)
        .limit(BATCH)
    )
    if last:
        after = (last.created_at, last.id)
        statement = statement.where(tuple_(Payment.created_at, Payment.id) > after)
    return list(db.session.scalars(statement))
