"""Reminders of the running ride, in the API."""

from datetime import UTC, datetime
from datetime import time as clock_time
from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta
from sqlalchemy.orm import joinedload

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body, Money, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.services import (
    PriceNotReached,
    PriceReached,
    ReminderAfterLongestRide,
    RidingIsFree,
    remove_reminder,
    set_reminders,
)
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_reminders", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/reminders")


class Reminder(Answer):
    """A mail that will come during the ride."""

    kind: Annotated[str, Meta(description="time or price; a ride has one of each at most.")]
    due_at: Timestamp
    amount: Annotated[Money | None, Meta(description="The price; null: at a time.")]


class TimeReminder(Body):
    """At which time."""

    time: Annotated[
        str,
        Meta(
            pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
            description="The next time that the clocks in the city show it.",
        ),
    ]


class PriceReminder(Body):
    """At which price."""

    amount: Annotated[int, Meta(ge=1, le=10**12, description="Minor units, as the ride's.")]


@bp.get("")
@requires_scope(Scope.RIDES_READ)
@operation(list[Reminder])
def index(ride_key: RowKey) -> list[Reminder]:
    """List the reminders of a ride that are to come."""
    ride = find_ride(current_user.key, ride_key, joinedload(Ride.reminders))
    now = datetime.now(UTC)
    return [
        _describe_reminder(ride, ReminderKind(reminder.kind), reminder.due_at, reminder.amount)
        for reminder in ride.reminders
        if reminder.due_at > now and ride.ended_at is None
    ]


@bp.put("/time")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    Reminder,
    body=TimeReminder,
    body_example=TimeReminder(time="17:30"),
    problems=(ReminderAfterLongestRide,),
)
def set_time(ride_key: RowKey, body: TimeReminder) -> Reminder:
    """Get a mail at a time, while the ride goes on. It replaces the earlier one."""
    return _set_reminder(ride_key, time=clock_time.fromisoformat(body.time))


@bp.put("/price")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    Reminder,
    body=PriceReminder,
    body_example=PriceReminder(amount=500),
    problems=(PriceReached, PriceNotReached, RidingIsFree),
)
def set_price(ride_key: RowKey, body: PriceReminder) -> Reminder:
    """Get a mail when the ride costs an amount. It replaces the earlier one."""
    return _set_reminder(ride_key, amount=body.amount)


@bp.delete("/<kind>")
@requires_scope(Scope.RIDES_WRITE)
@operation(None, status=204)
def remove(ride_key: RowKey, kind: str) -> None:
    """Remove a reminder, `time` or `price`."""
    if kind not in set(ReminderKind):
        raise NotFound
    remove_reminder(current_user.key, ride_key, ReminderKind(kind))


def _set_reminder(
    ride_key: RowKey, time: clock_time | None = None, amount: int | None = None
) -> Reminder:
    ride = find_ride(current_user.key, ride_key)
    for reminder in set_reminders(current_user.key, ride, time, amount):
        return _describe_reminder(ride, reminder.kind, reminder.due_at, reminder.amount)
    raise NotFound  # the ride has ended


def _describe_reminder(
    ride: Ride, kind: ReminderKind, due_at: datetime, amount: int | None
) -> Reminder:
    currency = ride.plan.currency if ride.plan else ""
    price = None if amount is None else Money(amount=amount, currency=currency)
    return Reminder(kind=kind, due_at=in_utc(due_at), amount=price)
