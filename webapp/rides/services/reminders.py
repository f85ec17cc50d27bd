"""``flask rides remind``: asks riders by mail, once, whether a long ride should have ended."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import CTE, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import after_commit, run_transaction
from webapp.db.types import table
from webapp.fleet.labels import kind
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.price import quote_ride
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.templating import duration
from webapp.web.security_headers import public_url

#: Rides in one statement, whose mails leave together after it.
BATCH = 100


def remind_all() -> int:
    """Mail the riders of all rides that last long and have not been asked yet; return how many.

    However many do this at once, each ride is asked about once.
    """
    return sum(_remind(city) for city in catalogue().all())


def _remind(city: City) -> int:
    reminded = 0
    while number := _remind_some(city):
        reminded += number
    return reminded


def _remind_some(city: City) -> int:
    statement = _reminding(city, datetime.now(UTC))

    def work(session: Session) -> int:
        rows = session.execute(statement).all()
        for row in rows:
            after_commit(session, partial(_send, row))
        return len(rows)

    return run_transaction(work, idempotent=True, one_statement=True)


def _reminding(city: City, mark: datetime) -> Any:
    """Mark some rides as asked about, and read what their mails say.

    mark: when that is, by this machine's clock. An attempt whose answer got lost knows its own
        rides by it, to the microsecond, and sends their mails after all.
    """
    asked = _marking(city, mark)
    its_rider = and_(User.region == asked.c.rider_region, User.id == asked.c.rider_id)
    its_vehicle = and_(Vehicle.region == asked.c.region, Vehicle.id == asked.c.vehicle_id)
    return (
        select(asked, User.email, User.first_name, Vehicle, PricingPlan, func.now().label("now"))
        .select_from(asked)
        .join(User, its_rider)
        .join(Vehicle, its_vehicle)
        .outerjoin(PricingPlan, PricingPlan.id == asked.c.plan_id)
    )


def _marking(city: City, mark: datetime) -> CTE:
    rides, some = table(Ride), long_rides(city, mark).with_only_columns(Ride.id)
    told = ("region", "id", "started_at", "vehicle_id", "rider_region", "rider_id", "plan_id")
    return (
        update(rides)
        .where(rides.c.region == city.region, rides.c.id.in_(some), rides.c.ended_at.is_(None))
        .values(reminded_at=mark)
        .returning(*(rides.c[name] for name in told))
        .cte("asked")
    )


def long_rides(city: City, mark: datetime) -> Select[Any]:
    """Return the question for some long rides that nobody was asked about, or at ``mark``."""
    longest = timedelta(seconds=current_app.config["RIDE_REMIND_S"])
    return (
        select(Ride)
        .where(
            Ride.region == city.region,
            Ride.city == city.name,
            Ride.ended_at.is_(None),
            Ride.started_at < func.now() - longest,
            or_(Ride.reminded_at.is_(None), Ride.reminded_at == mark),
        )
        .order_by(Ride.started_at, Ride.id)
        .limit(BATCH)
    )


def _send(row: Any) -> None:
    mail.send(to=row.email, template="ride_reminder", **_told(row))


def _told(row: Any) -> dict[str, Any]:
    plan, lasts = row.PricingPlan, row.now - row.started_at
    price = quote_ride(plan.tariff, lasts) if plan else None
    return {
        "name": row.first_name,
        "vehicle": kind(row.Vehicle),
        "lasts": duration(lasts),
        "price": format_amount(price.total, price.currency) if price else "",
        "link": public_url("rides.ride", ride=RowKey(row.region, row.id)) + "#end",
    }
