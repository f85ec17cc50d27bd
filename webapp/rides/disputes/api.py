"""The dispute about a ride, for its rider."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Money, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.rides.disputes import models
from webapp.rides.disputes.forms import MessageForm
from webapp.rides.disputes.queries import find_disputed_ride
from webapp.rides.disputes.services import (
    DisputeClosed,
    DisputeNotPossible,
    DisputePeriodOver,
    RideStillOpen,
    find_dispute_refusal,
    write_message,
)
from webapp.web.access import requires_scope
from webapp.web.languages import find_browser_language
from webapp.web.scopes import Scope

bp = Blueprint("api_disputes", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/dispute")


class Message(Body):
    """What to write about a ride."""

    text: str


class DisputeMessage(Answer):
    """A message."""

    by_staff: bool
    text: str
    refund: Annotated[Money | None, Meta(description="What was given back with it.")]
    at: Timestamp


class Dispute(Answer):
    """What was written about a ride."""

    state: Annotated[str, Meta(description="none, open, answered or closed.")]
    may_write: Annotated[bool, Meta(description="Whether a message can be written now.")]
    messages: list[DisputeMessage]


class DisputeReference(Answer):
    """Where the dispute is."""

    url: str


@bp.get("")
@requires_scope(Scope.RIDES_READ)
@operation(Dispute)
def show(ride_key: RowKey) -> Dispute:
    """Show what the rider and staff have written about a ride."""
    ride = find_disputed_ride(current_user.key, ride_key)
    messages = ride.dispute.messages if ride.dispute else []
    return Dispute(
        state=ride.dispute.state if ride.dispute else "none",
        may_write=find_dispute_refusal(ride) is None,
        messages=[_describe_message(each, ride.currency or "") for each in messages],
    )


def _describe_message(message: models.DisputeMessage, currency: str) -> DisputeMessage:
    return DisputeMessage(
        by_staff=message.by_staff,
        text=message.text,
        refund=Money(amount=message.refund, currency=currency) if message.refund else None,
        at=in_utc(message.at),
    )


@bp.post("/messages")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    DisputeReference,
    status=201,
    body=Message,
    body_example=Message(text="I was charged for a pause that I did not make."),
    problems=(RideStillOpen, DisputePeriodOver, DisputeClosed, DisputeNotPossible, NotFound),
)
def write(ride_key: RowKey, body: Message, nonce: UUID) -> WithHeaders:
    """Write to staff about an ended ride.

    The first message opens a dispute, a later one opens it again.
    """
    form = MessageForm(**form_values(body))
    check_form(form)
    language = find_browser_language()
    write_message(current_user.key, ride_key, nonce.hex, form.text.data, language)
    url = url_for("rides.api_disputes.show", ride_key=ride_key)
    return WithHeaders(DisputeReference(url=url), {"Location": url})
