"""What staff do with a dispute: answer it, give money back, close it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, func, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import checking_outcome, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.pricing.price import Quote
from webapp.money import format_amount
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, compute_refund_tax, refund_entry
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.rides.disputes.queries import Case
from webapp.rides.disputes.services import is_said, message_id, saying
from webapp.rides.models import Ride
from webapp.web.security_headers import public_url


class OwnRide(DomainError):
    message = _l("This is your own ride. A colleague answers.")


class ChangedByOthers(DomainError):
    title = _l("Somebody was faster")
    message = _l(
        "Something was written since you opened this page; what you sent is not saved."
        " Read first what it says now."
    )


class RefundTooLarge(DomainError):
    """More would go back than is left of the price."""

    status = 422
    field = "refund"

    def __init__(self, case: Case) -> None:
        super().__init__()
        left = format_amount(case.left, case.ride.currency) if case.ride.currency else None
        words = _("That is more than is left of the price: %(left)s at most.", left=left)
        self.message = words if left else _("Nothing was paid for this ride.")


@dataclass(frozen=True)
class Answer:
    """What staff do with a dispute."""

    text: str
    #: Of the price, what goes back with it, minor units.
    refund: int = 0
    #: It is the last word.
    close: bool = False

    @property
    def state(self) -> DisputeState:
        return DisputeState.CLOSED if self.close else DisputeState.ANSWERED


def answer(author: RowKey, case: Case, seen: datetime | None, nonce: str, given: Answer) -> None:
    """Answer a dispute, and mail the rider; the same form once more changes nothing.

    case: one of the cities of whoever answers.
    seen: when it had changed last, as they saw it.

    Raises OwnRide, RefundTooLarge, ChangedByOthers.
    """
    if case.rider and case.rider.id == author.id:
        raise OwnRide
    message = message_id(author, case.dispute.key, nonce)
    if seen == case.dispute.changed_at and _is_answered(author, case, message, given):
        return
    with checking_outcome():
        pressed_twice = db.session.scalar(select(is_said(case.dispute.region, message)))
    if not pressed_twice:
        raise ChangedByOthers


def _is_answered(author: RowKey, case: Case, message: UUID, given: Answer) -> bool:
    if given.refund > case.left:
        raise RefundTooLarge(case)
    statement = answering(author, case, message, given)

    def work(session: Session) -> bool:
        answered = session.execute(statement).first() is not None
        if answered:
            _tell_rider(session, case, given)
        return answered

    return run_transaction(work, idempotent=True)


def answering(author: RowKey, case: Case, message: UUID, given: Answer) -> Any:
    """Return the statement that answers a dispute if it still is as it was read."""
    answered = _answered(author, case, message, given)
    said = saying(answered, message, author, given.text, by_staff=True, refund=given.refund)
    parts = [as_cte(_told(author, case, said, given))]
    if given.refund:
        refund = _refund(case, message, given.refund)
        parts.append(ledger.entry_cte(refund, after=answered))
    return select(said.c.id).add_cte(*parts)


def _answered(author: RowKey, case: Case, message: UUID, given: Answer) -> CTE:
    rides, disputes = table(Ride).c, table(Dispute)
    conditions = [
        disputes.c.region == case.dispute.region,
        disputes.c.ride_id == case.dispute.ride_id,
        disputes.c.changed_at == case.dispute.changed_at,
        rides.region == disputes.c.region,
        rides.id == disputes.c.ride_id,
        rides.rider_id.is_distinct_from(author.id),
        # Else money would be told that no message and no entry goes with.
        ~is_said(case.dispute.region, message),
    ]
    if given.refund:
        conditions += [
            rides.rider_region == case.ride.rider_region,
            rides.rider_id == case.ride.rider_id,
            # Which part of it is tax follows from what was given back before.
            disputes.c.refunded == case.dispute.refunded,
            disputes.c.refunded + given.refund <= rides.price,
        ]
    answered = (
        update(disputes)
        .where(*conditions)
        .values(
            state=given.state.value,
            refunded=disputes.c.refunded + given.refund,
            changed_at=func.now(),
        )
    )
    return answered.returning(disputes.c.region, disputes.c.ride_id).cte("answered")


def _told(author: RowKey, case: Case, said: CTE, given: Answer) -> Any:
    kind = AuditKind.REFUNDED if given.refund else AuditKind.DISPUTE_ANSWERED
    money: dict[str, Any] = {"amount": given.refund, "currency": case.ride.currency}
    about = audit_subject("ride", case.dispute.key)
    return audit_event_statement(
        kind,
        actor=author,
        subject=about,
        after=said,
        state=given.state.value,
        **(money if given.refund else {}),
    )


def _refund(case: Case, message: UUID, amount: int) -> LedgerEntry:
    ride, rider = case.ride, case.rider
    assert rider is not None  # noqa: S101 - else nothing is left to give back
    assert ride.currency is not None  # noqa: S101 - as above
    price = Quote.from_json(ride.currency, ride.price_lines or [])
    tax = compute_refund_tax(amount, price.total, price.tax, case.dispute.refunded)
    return refund_entry(rider, message, ride.id, ride.currency, amount, tax)


def _tell_rider(session: Session, case: Case, given: Answer) -> None:
    if case.email is None:
        return
    mail.send_after_commit(
        session,
        to=case.email,
        template="dispute_answered",
        name=case.rider_name,
        text=given.text,
        refund=given.refund,
        currency=case.ride.currency,
        closed=given.close,
        link=public_url("rides.dispute", ride=case.dispute.key),
    )
