"""Disputes for riders: ask staff to look at a ride again, and write to them. The answers of staff
are in staff_services.py."""

from datetime import UTC, datetime
from uuid import UUID

from flask import current_app
from sqlalchemy.exc import IntegrityError

from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.errors import DomainError, NotFound, check_form_values
from webapp.riders.wallet.entries import derive_entry_id
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.queries import find_disputed_ride
from webapp.rides.disputes.statements import DISPUTE_PERIOD, open_dispute_statement
from webapp.rides.models import Ride
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits


class DisputeNotPossible(DomainError):
    """The rider cannot write about a ride now."""


class RideStillOpen(DisputeNotPossible):
    message = _l("This ride hasn't ended yet.")


class DisputePeriodOver(DisputeNotPossible):
    message = _l(
        "You can dispute a ride for %(days)d days after it ended. That time is over.",
        days=DISPUTE_PERIOD.days,
    )


class DisputeClosed(DisputeNotPossible):
    message = _l("This dispute is closed. Our decision is final.")


def write_message(
    rider_key: RowKey, ride_key: RowKey, nonce: str, text: str, language: str = ""
) -> None:
    """Write a rider's message about a ride. The first one opens the dispute, a later one opens it
    again.

    nonce: of the form. The same form sent twice is one message.
    language: of the rider's browser.

    Raises NotFound, also for another rider's ride; TooManyTries; FormReused; a DisputeNotPossible.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_DISPUTES"])
    rate_limits.count_attempt([rate_limits.make_bucket("dispute", limit, rider_key.id)])
    message_id = make_message_id(rider_key, ride_key, nonce)
    if _write(rider_key, ride_key, message_id, text, language):
        return
    with check_outcome():
        ride = find_disputed_ride(rider_key, ride_key)
    messages = ride.dispute.messages if ride.dispute else []
    if ride.key != ride_key:  # its city has moved to another region
        write_message(rider_key, ride.key, nonce, text, language)
    elif stored := next((each for each in messages if each.id == message_id), None):
        check_form_values(stored, {"text": text})
    else:
        raise find_dispute_refusal(ride) or DisputeNotPossible()


def _write(rider_key: RowKey, ride_key: RowKey, message_id: UUID, text: str, language: str) -> bool:
    statement = open_dispute_statement(rider_key, ride_key, message_id, text, language)
    try:
        return bool(execute_write(statement, idempotent=True))
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_dispute_messages_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise


def find_dispute_refusal(ride: Ride) -> DisputeNotPossible | None:
    """Return why the rider cannot write about a ride, loaded with its dispute; None: it is
    possible."""
    if ride.ended_at is None:
        return RideStillOpen()
    if ride.dispute and ride.dispute.state == DisputeState.CLOSED:
        return DisputeClosed()
    return DisputePeriodOver() if datetime.now(UTC) > ride.ended_at + DISPUTE_PERIOD else None


def make_message_id(author_key: RowKey, ride_key: RowKey, nonce: str) -> UUID:
    """Return the id of the message that an author writes about a ride with one form."""
    return derive_entry_id(author_key.id, f"{ride_key.id} {nonce}")
