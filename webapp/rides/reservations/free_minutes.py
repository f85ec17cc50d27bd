"""The minutes for which a vehicle can be reserved free of charge: columns of and conditions on the
current row of ``vehicles``."""

from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Date, Interval, case, cast, func, literal

from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.queries import current_plan_subquery

MINUTE = literal(timedelta(minutes=1), Interval)
#: How long a vehicle can be reserved in a city without prices, minutes.
FREE_MINUTES = 10


def free_minutes_column() -> ColumnElement[int]:
    """Return for how many minutes the vehicle can be reserved free of charge, by its current
    plan."""
    return func.coalesce(current_plan_subquery(table(PricingPlan).c.reserve_min), FREE_MINUTES)


def today_column() -> ColumnElement[date]:
    """Return the day of the current time in UTC, in which free minutes are counted."""
    return cast(func.timezone("UTC", func.now()), Date)


def free_minutes_today_column() -> ColumnElement[int]:
    """Return for how many minutes the vehicle was reserved free of charge today, since its last
    ride."""
    vehicles = table(Vehicle).c
    is_today = vehicles.free_reserved_on == today_column()
    return case((is_today, vehicles.free_reserved_min), else_=0)


def has_free_minutes_condition() -> ColumnElement[bool]:
    """Return the condition that the vehicle has free minutes left today."""
    max_minutes: int = current_app.config["FREE_RESERVATION_MIN_PER_DAY"]
    return free_minutes_today_column() < max_minutes
