"""A rider asks for a ride to be looked at, and writes again. Who answers is in answering.py."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import checking_outcome, run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.riders.wallet.entries import derive_entry_id
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.disputes.queries import thread_of
from webapp.rides.models import Ride
from webapp.web import rate_limits

#: How long after its end a ride can be asked about.
FOR = timedelta(days=30)


class NotNow(DomainError):
    """Nothing can be written about a ride."""


class StillOnTheWay(NotNow):
    message = _l("This ride is not over yet.")


class TooLongAgo(NotNow):
    message = _l("We can look at a ride for 30 days after it ended. That time is over.")


class ThreadClosed(NotNow):
    message = _l("We have closed this: it was looked at, and this is our last word.")


def write(rider: RowKey, key: RowKey, nonce: str, text: str) -> None:
    """Ask for the rider's ride to be looked at, or write once more about it.

    nonce: of the form that was filled in. The same one again is the same message.

    Raises NotFound, for another's ride too; TooManyTries; NotNow, of the kind that says why.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_DISPUTES"])
    rate_limits.attempt([rate_limits.bucket("dispute", limit, rider.id)])
    message = message_id(rider, key, nonce)
    if _written(writing(rider, key, message, text)):
        return
    with checking_outcome():
        ride = thread_of(rider, key)
    messages = ride.dispute.messages if ride.dispute else []
    if ride.key != key:  # its city has moved to another region
        write(rider, ride.key, nonce, text)
    elif message not in {each.id for each in messages}:
        raise why_not(ride) or NotNow()


def _written(statement: Any) -> bool:
    try:
        return run_transaction(
            lambda session: session.execute(statement).first() is not None,
            idempotent=True,
            one_statement=True,
        )
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_dispute_messages_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise


def why_not(ride: Ride) -> NotNow | None:
    """Return why nothing can be written about a ride now, read with its dispute; None: it can."""
    if ride.ended_at is None:
        return StillOnTheWay()
    if ride.dispute and ride.dispute.state == DisputeState.CLOSED:
        return ThreadClosed()
    return TooLongAgo() if datetime.now(UTC) > ride.ended_at + FOR else None


def message_id(author: RowKey, ride: RowKey, nonce: str) -> UUID:
    """Return the id of the message that somebody wrote in a form about a ride."""
    return derive_entry_id(author.id, f"{ride.id} {nonce}")


def writing(rider: RowKey, ride: RowKey, message: UUID, text: str) -> Any:
    """Return the statement that opens a dispute, or opens it again, with what the rider wrote; it
    does nothing when that stands there already."""
    opened = _opened(rider, ride, message)
    said = saying(opened, message, rider, text)
    audit_event = audit_event_statement(
        AuditKind.DISPUTE_OPENED, actor=rider, subject=audit_subject("ride", ride), after=said
    )
    return select(said.c.id).add_cte(as_cte(audit_event))


def _opened(rider: RowKey, ride: RowKey, message: UUID) -> CTE:
    rides, disputes = table(Ride).c, table(Dispute)
    row = {
        "region": rides.region,
        "ride_id": rides.id,
        "city": rides.city,
        "state": literal(DisputeState.OPEN.value),
        "refunded": literal(0),
    }
    its_ride = select(*row.values()).where(
        rides.region == ride.region,
        rides.id == ride.id,
        rides.rider_region == rider.region,
        rides.rider_id == rider.id,
        rides.ended_at > func.now() - FOR,
        ~is_said(ride.region, message),
    )
    opened = insert(disputes).from_select(list(row), its_ride)
    opened = opened.on_conflict_do_update(
        index_elements=["region", "ride_id"],
        set_={"state": DisputeState.OPEN.value, "changed_at": func.now()},
        where=disputes.c.state != DisputeState.CLOSED.value,
    )
    return opened.returning(disputes.c.region, disputes.c.ride_id).cte("opened")


def is_said(region: str, message: UUID) -> Any:
    """Return the condition that a message stands there."""
    messages = table(DisputeMessage).c
    return exists().where(messages.region == region, messages.id == message)


def saying(
    thread: CTE,
    message: UUID,
    author: RowKey,
    text: str,
    *,
    by_staff: bool = False,
    refund: int = 0,
) -> CTE:
    """Return the part of a statement that writes a message into ``thread``, which has ``region``
    and ``ride_id``."""
    messages = table(DisputeMessage)
    row = {
        "region": thread.c.region,
        "id": literal(message),
        "ride_id": thread.c.ride_id,
        "author_region": literal(author.region, Region),
        "author_id": literal(author.id),
        "by_staff": literal(by_staff),
        "text": literal(text),
        "refund": literal(refund),
    }
    written = insert(messages).from_select(list(row), select(*row.values()))
    return written.on_conflict_do_nothing().returning(messages.c.id).cte("said")
