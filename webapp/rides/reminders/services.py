"""Rules of reminders: when a mail about a running ride is due."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.pricing.quotes import find_price_duration, quote_ride
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue
from webapp.rides.models import Ride
from webapp.rides.prices import longest_ride
from webapp.rides.queries import rider_condition
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.models import RideReminder
from webapp.rides.reminders.statements import (
    Reminder,
    remove_reminder_statement,
    set_reminders_statement,
)
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class ReminderAfterLongestRide(DomainError):
    status = 422
    field = "time"
    message = _l("By then your ride has reached the longest length. Choose an earlier time.")


class RidingIsFree(DomainError):
    status = 422
    field = "amount"
    message = _l("This ride is free.")


class PriceReached(DomainError):
    status = 422
    field = "amount"
    message = _l("Your ride costs that much already.")


class PriceNotReached(DomainError):
    """No ride on this plan costs so much."""

    status = 422
    field = "amount"

    def __init__(self, highest: str) -> None:
        super().__init__()
        self.message = _("This ride costs %(highest)s at most.", highest=highest)


def set_reminders(
    rider_key: RowKey, ride: Ride, clock_time: time | None, amount: int | None
) -> list[Reminder]:
    """Let the rider of a running ride get a mail at a time, at a price, or both. Each replaces the
    earlier one of its kind. Return them; [] when the ride has ended, and nothing changes.

    ride: with its plan.
    clock_time: as the clocks in its city show it; the next time that they do.
    amount: minor units.

    Raises ReminderAfterLongestRide, PriceReached, PriceNotReached, RidingIsFree.
    """
    now = datetime.now(UTC)
    reminders = []
    if clock_time is not None:
        reminders.append(_make_time_reminder(ride, clock_time, now))
    if amount is not None:
        reminders.append(_make_price_reminder(ride, amount, now))
    statement = set_reminders_statement(rider_key, ride.key, reminders)
    return reminders if execute_write(statement, idempotent=True) else []


def _make_time_reminder(ride: Ride, clock_time: time, now: datetime) -> Reminder:
    city = catalogue().find(ride.city)
    due_at = find_next_moment(clock_time, city.zone if city else UTC, now)
    if due_at >= ride.started_at + longest_ride():
        raise ReminderAfterLongestRide
    return Reminder(ReminderKind.TIME, due_at)


def find_next_moment(clock_time: time, zone: tzinfo, now: datetime) -> datetime:
    """Return the next moment at which the clocks of a time zone show a time, in UTC.

    When summer time begins, clocks leave out an hour; when it ends, they show one twice.
    """
    today = now.astimezone(zone).date()
    local_times = (
        datetime.combine(today + timedelta(days=days), clock_time, zone).replace(fold=fold)
        for days in range(3)
        for fold in (0, 1)
    )
    moments = (
        local_time.astimezone(UTC)
        for local_time in local_times
        if local_time.astimezone(UTC).astimezone(zone).time() == clock_time
    )
    return next(moment for moment in moments if moment > now)


def _make_price_reminder(ride: Ride, amount: int, now: datetime) -> Reminder:
    if ride.plan is None:
        raise RidingIsFree
    tariff = ride.plan.tariff
    duration = find_price_duration(tariff, amount, longest_ride())
    if duration is None:
        highest = quote_ride(tariff, longest_ride()).total
        raise PriceNotReached(format_amount(highest, tariff.currency))
    due_at = ride.started_at + duration
    if due_at <= now:
        raise PriceReached
    return Reminder(ReminderKind.PRICE, due_at, amount)


def remove_reminder(rider_key: RowKey, ride_key: RowKey, kind: ReminderKind) -> None:
    """Remove a reminder of the rider's ride. Nothing changes when there is none."""
    execute_write(remove_reminder_statement(rider_key, ride_key, kind), idempotent=True)


def delete_reminders(session: Session, rider_key: RowKey) -> None:
    """Delete all reminders of an account that is being deleted: of a ride that has ended, they stay
    until their time."""
    session.execute(delete(table(RideReminder)).where(rider_reminders_condition(rider_key)))


def rider_reminders_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Select the reminders of a rider's rides."""
    reminders = table(RideReminder).c
    rides = select(Ride.region, Ride.id).where(rider_condition(rider_key))
    return tuple_(reminders.region, reminders.ride_id).in_(rides)
