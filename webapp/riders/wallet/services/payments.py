"""Top-ups: a payment is stored, then started at the provider, then settled as it says.

A settled payment that was paid has an entry in the ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import release_connection
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.jobs.writing import job_cte
from webapp.observability.metrics import PAYMENTS
from webapp.observability.runs import observe_call
from webapp.riders.notifications.job_kinds import notification_job_statement
from webapp.riders.notifications.kinds import PAYMENT_FAILED
from webapp.riders.wallet.entries import derive_entry_id, top_up_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import entry_statement
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import NoProvider, current_provider, make_payment_reference
from webapp.web import rate_limits
from webapp.web.urls import public_url


@dataclass(frozen=True)
class TopUp:
    """What a rider wants to pay in, in minor units."""

    amount: int
    currency: str


def start_payment(
    rider_key: RowKey,
    top_up: TopUp,
    return_url: Callable[[UUID], str],
    payment_id: UUID | None = None,
) -> str:
    """Store a payment and return the URL where the rider pays.

    payment_id: of ``make_payment_id``: a request sent twice is one payment. None: a new one.
    return_url: called with the payment's id, returns the URL that the rider comes back to.
    Raises NoProvider, TooManyTries, ProviderUnavailable, and NotFound if the account has just been
    deleted or moved.
    """
    provider = current_provider()
    if not provider.name:
        raise NoProvider
    limit = rate_limits.Limit(*current_app.config["LIMIT_TOP_UP"])
    rate_limits.count_attempt([rate_limits.make_bucket("top up", limit, rider_key.id)])
    row = _make_payment_row(rider_key, top_up, provider.name, payment_id or uuid4())
    if not execute_write(_insert_payment_statement(rider_key, row), idempotent=True):
        raise NotFound
    payment = Payment(**row)
    release_connection()
    with observe_call("payments"):
        return provider.start_payment(payment, return_url(payment.id))


def make_payment_id(rider_key: RowKey, top_up: TopUp, nonce: UUID) -> UUID:
    """Return the id of the payment of a request, which is the same when it is sent again."""
    return derive_entry_id(rider_key.id, f"top up {top_up.amount} {top_up.currency} {nonce}")


def _make_payment_row(
    rider_key: RowKey, top_up: TopUp, provider_name: str, payment_id: UUID
) -> dict[str, Any]:
    return {
        "region": rider_key.region,
        "id": payment_id,
        "rider_id": rider_key.id,
        "currency": top_up.currency,
        "amount": top_up.amount,
        "state": PaymentState.PENDING.value,
        "provider": provider_name,
        "reference": make_payment_reference(payment_id),
    }


def _insert_payment_statement(rider_key: RowKey, row: dict[str, Any]) -> Select[tuple[int]]:
    """Return the statement that stores a payment. No row: there is no such account, or it has
    ended, so that nobody could be paid back."""
    payments, is_account_open = table(Payment), is_account_open_condition(rider_key)
    inserted = insert_if(is_account_open, payments, **row).on_conflict_do_nothing()
    payment = inserted.returning(payments.c.id).cte("payment")
    return select(literal(1)).where(is_account_open).add_cte(payment)


def settle_payment(payment: Payment) -> PaymentState:
    """Ask the provider for the state of a top-up, store it and return it. Idempotent.

    Raises ProviderUnavailable, NoProvider.
    """
    if payment.settled_at:
        return PaymentState.PAID if payment.is_payout_pending else PaymentState(payment.state)
    release_connection()
    with observe_call("payments"):
        state = current_provider().read_state(payment)
    rows: Sequence[object] = ()
    if state is PaymentState.PAID:
        rows = execute_write(_settle_paid_statement(payment), idempotent=True)
    elif state is PaymentState.FAILED:
        rows = execute_write(_settle_failed_statement(payment), idempotent=True)
    if rows:
        PAYMENTS.labels("top up", state.value).inc()
    return state


def _settle_statement(payment: Payment, state: PaymentState) -> ReturningUpdate[tuple[UUID]]:
    """It returns no row if the payment is settled already."""
    payments = table(Payment)
    return (
        update(payments)
        .where(
            key_condition(payments, payment.key),
            payments.c.state == PaymentState.PENDING.value,
            payments.c.settled_at.is_(None),
        )
        .values(state=state.value, settled_at=func.now())
        .returning(payments.c.id)
    )


def _settle_failed_statement(payment: Payment) -> Select[tuple[UUID]]:
    """The payment, and the notification of its rider."""
    assert payment.rider_id  # noqa: S101 - an account with a pending payment is not deleted
    settled = _settle_statement(payment, PaymentState.FAILED).cte("failed")
    notice = notification_job_statement(
        PAYMENT_FAILED,
        RowKey(payment.region, payment.rider_id),
        public_url("riders.wallet.overview.index"),
        {"amount_minor": payment.amount, "currency": payment.currency},
        after=settled,
    )
    return select(settled.c.id).add_cte(job_cte(notice))


def _settle_paid_statement(payment: Payment) -> Select[tuple[UUID]]:
    """The payment, its ledger entry and the audit event, all or none."""
    assert payment.rider_id  # noqa: S101 - an account with a pending payment is not deleted
    rider_key = RowKey(payment.region, payment.rider_id)
    settled = _settle_statement(payment, PaymentState.PAID).cte("paid")
    entry = top_up_entry(rider_key, payment.id, payment.currency, payment.amount)
    audit_event = account_event_statement(
        AuditKind.TOPPED_UP,
        rider_key,
        actor=rider_key,
        after=settled,
        amount=payment.amount,
        currency=payment.currency,
    )
    return entry_statement(entry, after=settled).add_cte(as_cte(audit_event))
