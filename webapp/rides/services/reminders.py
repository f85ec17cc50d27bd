"""``flask rides remind``: one mail to the rider of each long ride, who may have left it open."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from flask import current_app
from sqlalchemy import CTE, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import after_commit, run_transaction
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.money import format_amount
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.prices import quote_open_ride
from webapp.rides.services.batches import run_in_every_city
from webapp.templating import format_duration
from webapp.web.urls import public_url

#: Rides that one statement marks; their mails leave together after it.
BATCH_SIZE = 100


@dataclass(frozen=True)
class Reminder:
    """What the mail about a long ride says."""

    ride_region: str
    ride_id: UUID
    started_at: datetime
    email: str
    first_name: str
    #: With plan None riding is free.
    vehicle: Vehicle
    plan: PricingPlan | None
    moment: datetime


def remind_all() -> int:
    """Mail the riders of all long rides that have had no reminder; return how many.

    Each ride has one reminder, even when several processes do this at the same time.
    """
    return run_in_every_city(_remind_batch)


def _remind_batch(city: City) -> int:
    statement = remind_statement(city, datetime.now(UTC))

    def work(session: Session) -> int:
        reminders = [Reminder(*row) for row in session.execute(statement)]
        for reminder in reminders:
            after_commit(session, partial(_send, reminder))
        return len(reminders)

    return run_transaction(work, idempotent=True, one_statement=True)


def remind_statement(
    city: City, reminded_at: datetime
) -> Select[tuple[str, UUID, datetime, str, str, Vehicle, PricingPlan, datetime]]:
    """Return the statement that marks some long rides as reminded. It returns the fields of
    Reminder.

    reminded_at: now, by this machine's clock. By it, to the microsecond, a second attempt after a
        lost answer finds the rides that the first one marked, and their mails are sent after all.
    """
    ride = _mark_rides_cte(city, reminded_at)
    is_rider = and_(User.region == ride.c.rider_region, User.id == ride.c.rider_id)
    is_vehicle = and_(Vehicle.region == ride.c.region, Vehicle.id == ride.c.vehicle_id)
    ride_columns = (ride.c.region, ride.c.id, ride.c.started_at)
    rider_columns = (User.email, User.first_name)
    return (
        select(*ride_columns, *rider_columns, Vehicle, PricingPlan, func.now().label("moment"))
        .select_from(ride)
        .join(User, is_rider)
        .join(Vehicle, is_vehicle)
        .outerjoin(PricingPlan, PricingPlan.id == ride.c.plan_id)
    )


def _mark_rides_cte(city: City, reminded_at: datetime) -> CTE:
    rides = table(Ride)
    ids = long_rides_query(city, reminded_at).with_only_columns(Ride.id)
    names = ("region", "id", "started_at", "vehicle_id", "rider_region", "rider_id", "plan_id")
    return (
        update(rides)
        .where(rides.c.region == city.region, rides.c.id.in_(ids), rides.c.ended_at.is_(None))
        .values(reminded_at=reminded_at)
        .returning(*(rides.c[name] for name in names))
        .cte("reminded")
    )


def long_rides_query(city: City, reminded_at: datetime) -> Select[tuple[Ride]]:
    """Return the query of some long rides that have had no reminder, or one at ``reminded_at``."""
    limit = timedelta(seconds=current_app.config["RIDE_REMIND_S"])
    return (
        select(Ride)
        .where(
            Ride.region == city.region,
            Ride.city == city.name,
            Ride.ended_at.is_(None),
            Ride.started_at < func.now() - limit,
            or_(Ride.reminded_at.is_(None), Ride.reminded_at == reminded_at),
        )
        .order_by(Ride.started_at, Ride.id)
        .limit(BATCH_SIZE)
    )


def _send(reminder: Reminder) -> None:
    duration = reminder.moment - reminder.started_at
    price = quote_open_ride(reminder.plan, duration)
    ride_key = RowKey(reminder.ride_region, reminder.ride_id)
    mail.send(
        to=reminder.email,
        template="ride_reminder",
        name=reminder.first_name,
        vehicle=vehicle_name(reminder.vehicle),
        duration=format_duration(duration),
        price=format_amount(price.total, price.currency) if price else "",
        link=public_url("rides.ride.show", ride_key=ride_key) + "#end",
    )
