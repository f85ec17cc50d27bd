"""What is in a digest: sums of a week and of the one before, each read with one statement.

A ride counts in the week in which it ended, when its price is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, cast, func, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.rides.models import Ride
from webapp.rides.prices import longest_ride
from webapp.rides.queries import rider_condition

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Weeks:
    """A week from Monday to Monday by the clocks of a time zone, and the week before it."""

    first_day: date
    before: datetime
    start: datetime
    end: datetime

    @classmethod
    def until(cls, monday: date, time_zone: str) -> Self:
        """Return the week that ends when ``monday`` begins."""

        def midnight(day: date) -> datetime:
            return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)

        first_day = monday - WEEK
        return cls(first_day, midnight(first_day - WEEK), midnight(first_day), midnight(monday))

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=6)


@dataclass
class RideSums:
    """The rides of a week."""

    rides: int = 0
    distance_m: int = 0
    #: Prices by currency, minor units; refunds are not subtracted.
    amounts: dict[str, int] = field(default_factory=dict)


def read_rider_weeks(rider_key: RowKey, weeks: Weeks) -> tuple[RideSums, RideSums]:
    """Return the rides of a rider in all regions: of the week, and of the one before."""
    return _read_sums(ride_sums_query(weeks).where(rider_condition(rider_key)))


def read_owner_weeks(owner_key: RowKey, weeks: Weeks) -> tuple[RideSums, RideSums]:
    """Return the rides of the vehicles of an owner: of the week, and of the one before."""
    return _read_sums(owner_sums_query(owner_key, weeks))


def owner_sums_query(owner_key: RowKey, weeks: Weeks) -> Select[Any]:
    """Return the ``ride_sums_query`` of the vehicles of an owner."""
    rides, vehicles = table(Ride), table(Vehicle)
    is_ridden = and_(vehicles.c.region == rides.c.region, vehicles.c.id == rides.c.vehicle_id)
    return ride_sums_query(weeks).join(vehicles, is_ridden).where(_owner_condition(owner_key))


def read_report_count(owner_key: RowKey, weeks: Weeks) -> int:
    """Return how many reports about the vehicles of an owner were filed in the week."""
    return db.session.scalar(report_count_query(owner_key, weeks)) or 0


def report_count_query(owner_key: RowKey, weeks: Weeks) -> Select[tuple[int]]:
    """Return the query of the number of reports about an owner's vehicles in a week."""
    reports, vehicles = table(Report), table(Vehicle)
    is_about = and_(vehicles.c.region == reports.c.region, vehicles.c.id == reports.c.vehicle_id)
    return (
        select(func.count())
        .select_from(vehicles)
        .join(reports, is_about)
        .where(
            _owner_condition(owner_key),
            reports.c.created_at >= weeks.start,
            reports.c.created_at < weeks.end,
        )
    )


def _owner_condition(owner_key: RowKey) -> ColumnElement[bool]:
    return key_condition(table(Vehicle), owner_key, "owner_region", "owner_id")


def ride_sums_query(weeks: Weeks) -> Select[Any]:
    """Return the query of sums of rides: whether of the later week, currency, rides, distance and
    price. The caller adds whose rides."""
    rides = table(Ride)
    is_later = (rides.c.ended_at >= weeks.start).label("is_later")
    return (
        select(
            is_later,
            rides.c.currency,
            func.count(),
            # A sum of integers is a decimal on CockroachDB.
            cast(func.sum(rides.c.distance_m), BigInteger),
            cast(func.sum(rides.c.price), BigInteger),
        )
        .select_from(rides)
        .where(
            # The indexes have the start. Few rides last longer than the longest that is charged.
            rides.c.started_at >= weeks.before - 2 * longest_ride(),
            rides.c.started_at < weeks.end,
            rides.c.ended_at >= weeks.before,
            rides.c.ended_at < weeks.end,
        )
        .group_by(is_later, rides.c.currency)
    )


def _read_sums(query: Select[Any]) -> tuple[RideSums, RideSums]:
    rows = db.session.execute(query).all()
    week = _add_up(row for row in rows if row.is_later)
    return week, _add_up(row for row in rows if not row.is_later)


def _add_up(rows: Iterable[Row[Any]]) -> RideSums:
    sums = RideSums()
    for _, currency, rides, distance_m, amount in rows:
        sums.rides += rides
        sums.distance_m += distance_m or 0
        if currency and amount:
            sums.amounts[currency] = amount
    return sums
