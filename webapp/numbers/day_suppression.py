"""What is shown to those who may not see persons: sums over enough rides.

The unit is a day of one type of vehicles. If it has fewer than ``MIN_RIDES_SHOWN`` rides, nothing
of it is shown, and it is in no sum: neither in that of all types nor in that of a month. So nobody
can compute it from what is shown. Hours, and days that are not over, are not shown either: from two
looks at a number that grows, one ride could be computed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventType
from webapp.numbers.enums import Metric, Period
from webapp.numbers.models import Rollup
from webapp.regions.models import City

#: Fewer rides or reservations than this could be those of one person.
MIN_RIDES_SHOWN = 10
#: How many days of a type are left out; instead of a metric.
FEW = "few"
#: Instead of the states in which a vehicle has a rider: of many rides and one reservation, the time
#: in the state ``reserved`` would be that of the one.
IN_USE = "in_use"
#: A day is shown when it has been over for an hour or two, and has 25 hours at most. By then it was
#: computed again, with what was committed at its very end.
DAY_AND_DELAY = timedelta(hours=26)
_RIDE_EVENTS = (EventType.TRIP_START.value, EventType.TRIP_END.value)
_RESERVATION_EVENTS = (EventType.RESERVATION_START.value, EventType.RESERVATION_CANCEL.value)
_IN_USE_STATES = (VehicleState.ON_TRIP.value, VehicleState.RESERVED.value)


def publishable_days_query(
    city: City, first: datetime, end: datetime, now: datetime
) -> Select[tuple[datetime, str, str, str, int]]:
    """Return the query of the sums of days from ``first`` to before ``end`` that may be shown: when
    the day began, metric, dimension, type, value. Beside them is which are left out (``FEW``).

    now: until when all that happened is in rollups.
    """
    conditions = list(_day_conditions(city, first, end, now))
    days, few = table(Rollup).c, _few_cte(conditions)
    dimension = case((_in_use_condition(), IN_USE), else_=days.dimension).label("dimension")
    is_shown = or_(
        few.c.started_at.is_(None), and_(~few.c.has_few_rides, ~_reservation_condition())
    )
    is_same_day = and_(few.c.started_at == days.started_at, few.c.form_factor == days.form_factor)
    key = (days.started_at, days.metric, dimension, days.form_factor)
    shown = (
        select(*key, cast(func.sum(days.value), BigInteger).label("value"))
        .select_from(table(Rollup).outerjoin(few, is_same_day))
        .where(*conditions, is_shown)
        .group_by(*key)
    )
    left_out = select(
        few.c.started_at,
        literal(FEW, String),
        literal("", String),
        few.c.form_factor,
        literal(1, BigInteger),
    ).where(few.c.has_few_rides)
    return select(*union_all(shown, left_out).subquery("shown").c)


def _few_cte(conditions: Sequence[ColumnElement[bool]]) -> CTE:
    """Return the days of a type that have few rides, or few reservations.

    conditions: which days.
    """
    days = table(Rollup).c
    is_ride, is_ride_event = days.metric == Metric.RIDES, _event_condition(_RIDE_EVENTS)
    counted = (is_ride, is_ride_event, _reservation_condition(), _in_use_condition())
    rides, ride_events, reservations, in_use = (
        func.coalesce(func.max(case((condition, days.value))), 0) for condition in counted
    )
    most = func.greatest(rides, ride_events, reservations)
    has_riders = or_(most > 0, in_use > 0)
    has_few_rides = or_(_few_condition(rides), and_(has_riders, most < MIN_RIDES_SHOWN))
    key = (days.started_at, days.form_factor)
    return (
        select(*key, has_few_rides.label("has_few_rides"))
        .where(*conditions, or_(*counted))
        .group_by(*key)
        .having(or_(has_few_rides, _few_condition(reservations)))
        .cte("few_days")
    )


def _day_conditions(
    city: City, first: datetime, end: datetime, now: datetime
) -> Iterator[ColumnElement[bool]]:
    """Select the days that are over."""
    rollups = table(Rollup).c
    yield rollups.region == city.region
    yield rollups.city == city.name
    yield rollups.period == Period.DAY.value
    yield rollups.started_at >= first
    yield rollups.started_at < end
    yield rollups.started_at <= now - DAY_AND_DELAY


def _in_use_condition() -> ColumnElement[bool]:
    rollups = table(Rollup).c
    return and_(rollups.metric == Metric.STATE_TIME, rollups.dimension.in_(_IN_USE_STATES))


def _reservation_condition() -> ColumnElement[bool]:
    is_reserved_ride = table(Rollup).c.metric == Metric.RESERVED_RIDES
    return or_(is_reserved_ride, _event_condition(_RESERVATION_EVENTS))


def _event_condition(types: Sequence[str]) -> ColumnElement[bool]:
    rollups = table(Rollup).c
    return and_(rollups.metric == Metric.EVENTS, rollups.dimension.in_(types))


def _few_condition(count: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(count > 0, count < MIN_RIDES_SHOWN)
