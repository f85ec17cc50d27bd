"""Disputes for staff: answer, refund, close."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, check_form_values
from webapp.extensions import db
from webapp.fleet.queues.assignment import (
    Assignment,
    QueuedRow,
    assign_statement,
    find_refusal,
)
from webapp.mail import Recipient, mail_statement
from webapp.money import format_amount
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.disputes.queries import DisputeCase, add_moved_earning
from webapp.rides.disputes.services import make_message_id
from webapp.rides.disputes.statements import answer_dispute_statement
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission
from webapp.web.urls import public_url


class DisputeOfOwnRide(DomainError):
    message = _l("This is your own ride. A colleague must answer.")


class DisputeChanged(DomainError):
    """Something was written since the page was loaded."""

    title = _l("Someone was faster")
    message = _l(
        "There are new messages since you opened this page, so yours was not sent. Read them and"
        " try again."
    )


class RefundTooLarge(DomainError):
    """The refund is larger than what remains of the price."""

    status = 422
    field = "refund"

    def __init__(self, case: DisputeCase) -> None:
        super().__init__()
        if case.ride.currency:
            left = format_amount(case.refundable, case.ride.currency)
            self.message = _("You can refund at most %(left)s.", left=left)
        else:
            self.message = _("Nothing was paid for this ride.")


@dataclass(frozen=True)
class DisputeAnswer:
    """What staff write and decide. ``refund`` in minor units."""

    text: str
    refund: int = 0
    #: Whether the dispute is closed: the rider cannot write any more.
    close: bool = False

    @property
    def state(self) -> DisputeState:
        return DisputeState.CLOSED if self.close else DisputeState.ANSWERED


def answer_dispute(
    author_key: RowKey,
    case: DisputeCase,
    seen_at: datetime | None,
    nonce: str,
    dispute_answer: DisputeAnswer,
) -> None:
    """Answer a dispute and mail the answer to the rider. The same form again changes nothing.

    case: one that ``find_case`` has returned to the author.
    seen_at: the time of the last message that the author has seen.

    Raises DisputeOfOwnRide, RefundTooLarge, DisputeChanged, FormReused.
    """
    if case.rider_key and case.rider_key.id == author_key.id:
        raise DisputeOfOwnRide
    message_id = make_message_id(author_key, case.dispute.ride_key, nonce)
    is_current = seen_at == case.last_message_at
    is_written = is_current and _write_answer(author_key, case, message_id, dispute_answer)
    if not is_written:
        _check_written(RowKey(case.dispute.region, message_id), dispute_answer)


def _check_written(message_key: RowKey, dispute_answer: DisputeAnswer) -> None:
    """Raise DisputeChanged or FormReused unless the message is there already: the form was sent
    twice."""
    query = select(DisputeMessage.text, DisputeMessage.refund)
    with check_outcome():
        stored = db.session.execute(query.where(key_condition(DisputeMessage, message_key))).first()
    if stored is None:
        raise DisputeChanged
    sent = {"text": dispute_answer.text, "refund": dispute_answer.refund}
    check_form_values(stored, sent)


def _write_answer(
    author_key: RowKey, case: DisputeCase, message_id: UUID, dispute_answer: DisputeAnswer
) -> bool:
    if dispute_answer.refund > case.refundable:
        raise RefundTooLarge(case)
    if dispute_answer.refund:
        case = add_moved_earning(case)
    statement = answer_dispute_statement(
        author_key,
        case,
        message_id,
        dispute_answer.text,
        dispute_answer.refund,
        dispute_answer.state,
    )

    def work(session: Session) -> bool:
        is_written = session.execute(statement).first() is not None
        if is_written:
            _send_answer(session, case, dispute_answer)
        return is_written

    return run_transaction(work, idempotent=True)


def _send_answer(session: Session, case: DisputeCase, dispute_answer: DisputeAnswer) -> None:
    if case.email is None or case.rider_name is None:
        return
    notice = mail_statement(
        "dispute_answered",
        Recipient(case.email, case.rider_name, case.rider_key, case.dispute.language),
        region=case.dispute.region,
        text=dispute_answer.text,
        refund=dispute_answer.refund,
        currency=case.ride.currency,
        closed=dispute_answer.close,
        link=public_url("rides.disputes.rider_thread", ride_key=case.dispute.ride_key),
    )
    session.execute(notice)


def assign_dispute(dispute: Dispute, assignment: Assignment) -> None:
    """Assign a dispute that is not closed to a colleague, or to nobody.

    dispute: of a city of the staff member.

    Raises AssigneeChanged, NotStaffOfQueue.
    """
    disputes, ride_key = table(Dispute), dispute.ride_key
    is_dispute = key_condition(disputes, ride_key, id="ride_id")
    row = QueuedRow(
        disputes,
        condition=and_(is_dispute, disputes.c.state != DisputeState.CLOSED.value),
        permission=Permission.ANSWER_DISPUTES,
        kind=AuditKind.DISPUTE_ASSIGNED,
        subject=audit_subject("ride", ride_key),
        city_name=dispute.city,
        id_column=disputes.c.ride_id,
        # Otherwise it would look as if somebody had written.
        values={"changed_at": disputes.c.changed_at},
    )
    if execute_write(assign_statement(row, assignment), idempotent=True):
        return
    with check_outcome():
        query = select(Dispute).where(key_condition(Dispute, ride_key, id="ride_id"))
        query = query.options(joinedload(Dispute.assignee).lazyload("*"))
        current = db.session.scalars(query.execution_options(populate_existing=True)).one()
        is_waiting = current.state != DisputeState.CLOSED
        if refusal := find_refusal(current.assignee, assignment, is_waiting=is_waiting):
            raise refusal
