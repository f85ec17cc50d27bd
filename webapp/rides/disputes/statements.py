"""The statements that write a rider's message, and the answer of staff with its refund."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, exists, func, literal, select, update
from sqlalchemy import case as sql_case  # a parameter is called case here

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import Region, table
from webapp.fleet.pricing.quotes import Quote
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, compute_refund_tax, refund_entry
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.disputes.queries import DisputeCase
from webapp.rides.earnings.services.booking import (
    EarningRefund,
    compute_share_change,
    find_month,
    refund_earning_cte,
)
from webapp.rides.models import Ride
from webapp.rides.queries import own_ride_condition

#: After its end, a ride can be disputed for so long.
DISPUTE_PERIOD = timedelta(days=30)


def open_dispute_statement(
    rider_key: RowKey, ride_key: RowKey, message_id: UUID, text: str, language: str = ""
) -> Select[tuple[UUID]]:
    """Return the statement that writes a rider's message and opens the dispute, or opens it again.

    It returns the message's id, or nothing when the message exists or the rules forbid it.
    """
    dispute = _open_dispute_cte(rider_key, ride_key, message_id, language)
    message = _insert_message_cte(dispute, message_id, rider_key, text)
    audit_event = audit_event_statement(
        AuditKind.DISPUTE_OPENED,
        actor=rider_key,
        subject=audit_subject("ride", ride_key),
        after=message,
    )
    return select(message.c.id).add_cte(as_cte(audit_event))


def _open_dispute_cte(rider_key: RowKey, ride_key: RowKey, message_id: UUID, language: str) -> CTE:
    rides, disputes = table(Ride).c, table(Dispute)
    row = {
        "region": rides.region,
        "ride_id": rides.id,
        "city": rides.city,
        "state": literal(DisputeState.OPEN.value),
        "refunded": literal(0),
        "language": literal(language),
    }
    ride = select(*row.values()).where(
        own_ride_condition(rider_key, ride_key),
        rides.ended_at > func.now() - DISPUTE_PERIOD,
        ~message_exists_condition(ride_key.region, message_id),
    )
    # Who writes again while waiting keeps the place in the queue.
    is_waiting = disputes.c.state == DisputeState.OPEN.value
    waiting_since = sql_case((is_waiting, disputes.c.changed_at), else_=func.now())
    inserted = insert(disputes).from_select(list(row), ride)
    reopened = inserted.on_conflict_do_update(
        index_elements=["region", "ride_id"],
        set_={"state": DisputeState.OPEN.value, "changed_at": waiting_since},
        where=disputes.c.state != DisputeState.CLOSED.value,
    )
    return reopened.returning(disputes.c.region, disputes.c.ride_id).cte("dispute")


def message_exists_condition(region: str, message_id: UUID) -> ColumnElement[bool]:
    """There is a message with that id."""
    messages = table(DisputeMessage).c
    return exists().where(messages.region == region, messages.id == message_id)


def _insert_message_cte(
    dispute: CTE,
    message_id: UUID,
    author_key: RowKey,
    text: str,
    *,
    by_staff: bool = False,
    refund: int = 0,
) -> CTE:
    """Write a message if ``dispute``, which has ``region`` and ``ride_id``, has a row."""
    messages = table(DisputeMessage)
    row = {
        "region": dispute.c.region,
        "id": literal(message_id),
        "ride_id": dispute.c.ride_id,
        "author_region": literal(author_key.region, Region),
        "author_id": literal(author_key.id),
        "by_staff": literal(by_staff),
        "text": literal(text),
        "refund": literal(refund),
    }
    inserted = insert(messages).from_select(list(row), select(*row.values()))
    return inserted.on_conflict_do_nothing().returning(messages.c.id).cte("message")


def answer_dispute_statement(
    author_key: RowKey,
    case: DisputeCase,
    message_id: UUID,
    text: str,
    refund: int,
    state: DisputeState,
) -> Select[tuple[UUID]]:
    """Return the statement that answers a dispute, if nothing was written since it was read.

    It returns the message's id.
    refund: minor units; 0: none.
    """
    dispute = _update_dispute_cte(author_key, case, message_id, refund, state)
    message = _insert_message_cte(
        dispute, message_id, author_key, text, by_staff=True, refund=refund
    )
    parts = [as_cte(_answer_event_statement(author_key, case, message, refund, state))]
    if refund:
        entry = _refund_entry(case, message_id, refund)
        parts.append(ledger.entry_cte(entry, after=dispute))
        if earning_refund := _find_earning_refund(case, message_id, refund):
            parts.append(refund_earning_cte(earning_refund, after=dispute))
    return select(message.c.id).add_cte(*parts)


def _update_dispute_cte(
    author_key: RowKey, case: DisputeCase, message_id: UUID, refund: int, state: DisputeState
) -> CTE:
    disputes = table(Dispute)
    return (
        update(disputes)
        .where(*_answer_conditions(author_key, case, message_id, refund))
        .values(
            state=state.value,
            refunded=disputes.c.refunded + refund,
            changed_at=func.now(),
            first_action_at=func.coalesce(disputes.c.first_action_at, func.now()),
            answered_at=func.coalesce(disputes.c.answered_at, func.now()),
        )
        .returning(disputes.c.region, disputes.c.ride_id)
        .cte("dispute")
    )


def _newer_message_condition(case: DisputeCase) -> ColumnElement[bool]:
    """There is a message that was written after those of the case."""
    messages, dispute = table(DisputeMessage).c, case.dispute
    return exists().where(
        messages.region == dispute.region,
        messages.ride_id == dispute.ride_id,
        messages.at > case.last_message_at,
    )


def _answer_conditions(
    author_key: RowKey, case: DisputeCase, message_id: UUID, refund: int
) -> list[ColumnElement[bool]]:
    rides, disputes, dispute = table(Ride).c, table(Dispute), case.dispute
    conditions = [
        key_condition(disputes, dispute.ride_key, id="ride_id"),
        disputes.c.changed_at == dispute.changed_at,
        ~_newer_message_condition(case),
        rides.region == disputes.c.region,
        rides.id == disputes.c.ride_id,
        rides.rider_id.is_distinct_from(author_key.id),
        # Otherwise ``refunded`` would grow without a message and a ledger entry.
        ~message_exists_condition(dispute.region, message_id),
    ]
    if refund:
        conditions += [
            rides.rider_region == case.ride.rider_region,
            rides.rider_id == case.ride.rider_id,
            is_account_open_condition(RowKey._make((rides.rider_region, rides.rider_id))),
            # The part of the refund that is tax depends on what was refunded before.
            disputes.c.refunded == dispute.refunded,
            disputes.c.refunded + refund <= rides.price,
        ]
    return conditions


def _answer_event_statement(
    author_key: RowKey, case: DisputeCase, message: CTE, refund: int, state: DisputeState
) -> Insert:
    details: dict[str, Any] = {"state": state.value}  # Any: JSON values
    if refund:
        details |= {"amount": refund, "currency": case.ride.currency}
    return audit_event_statement(
        AuditKind.REFUNDED if refund else AuditKind.DISPUTE_ANSWERED,
        actor=author_key,
        subject=audit_subject("ride", case.dispute.ride_key),
        after=message,
        region=case.dispute.region,
        **details,
    )


def _refund_entry(case: DisputeCase, message_id: UUID, refund: int) -> LedgerEntry:
    ride, rider_key = case.ride, case.rider_key
    assert rider_key is not None  # noqa: S101 - without a rider nothing is refundable
    assert ride.currency is not None  # noqa: S101 - without a price nothing is refundable
    price = Quote.from_json(ride.currency, ride.price_lines or [])
    tax = compute_refund_tax(refund, price.total, price.tax, case.dispute.refunded)
    return refund_entry(rider_key, message_id, ride.id, ride.currency, refund, tax)


def _find_earning_refund(case: DisputeCase, message_id: UUID, refund: int) -> EarningRefund | None:
    """Return what a refund takes back of what the vehicle's owner has earned; None: nothing."""
    earning, ride = case.earning, case.ride
    if earning is None or not earning.basis_points or ride.currency is None:
        return None
    price = Quote.from_json(ride.currency, ride.price_lines or [])
    before = case.dispute.refunded
    net_before, net_after = (
        refunded - compute_refund_tax(refunded, price.total, price.tax)
        for refunded in (before, before + refund)
    )
    net_price = price.total - price.tax
    amount = compute_share_change(net_price, net_before, net_after, earning.basis_points)
    month = find_month(datetime.now(UTC), case.dispute.city)
    return EarningRefund(earning, message_id, net_before - net_after, amount, month)
