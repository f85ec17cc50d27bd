"""What is to be computed of a city: since when its rollups are missing or out of date."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.numbers.enums import Period
from webapp.numbers.models import Rollup, RollupProgress
from webapp.regions.models import City
from webapp.rides.models import Ride

#: What was committed just before the last run may have been missed by it.
OVERLAP = timedelta(minutes=10)


class PendingWork(NamedTuple):
    """What is to be computed of a city; None: nothing is there."""

    #: By the database's clock.
    now: datetime
    #: Until when the rollups are there, less ``OVERLAP``.
    done_until: datetime | None
    #: When the first event happened that was recorded late since the last run.
    first_late: datetime | None
    #: When the first event happened, or the first ride ended.
    first_moment: datetime | None
    #: The first month that has rollups.
    first_month: datetime | None
    #: Until when totals and response times are there, less ``OVERLAP``.
    response_times_until: datetime | None
    #: Until when the release before has written totals.
    totals_until: datetime | None


def read_pending_work(city: City) -> PendingWork:
    """Return what is to be computed of a city."""
    return PendingWork._make(db.session.execute(pending_work_query(city)).one())


# Any: moments that may be NULL, or not.
def pending_work_query(city: City) -> Select[Any]:
    """Return the query of ``PendingWork``."""
    progress, rollups = table(RollupProgress).c, table(Rollup).c

    def progress_column(moment: ColumnElement[Any]) -> ScalarSelect[Any]:
        is_of_city = (progress.region == city.region, progress.city == city.name)
        return select(moment).where(*is_of_city).scalar_subquery()

    done_until = progress_column(progress.done_until - OVERLAP)
    first_month = (
        select(func.min(rollups.started_at))
        .where(rollups.region == city.region, rollups.city == city.name)
        .where(rollups.period == Period.MONTH.value)
        .scalar_subquery()
    )
    return select(
        func.now(),
        done_until,
        _first_late_subquery(city, done_until),
        _first_moment_column(city),
        first_month,
        progress_column(progress.response_times_until - OVERLAP),
        progress_column(progress.totals_until),
    )


def _first_late_subquery(
    city: City, done_until: ScalarSelect[datetime]
) -> ScalarSelect[datetime | None]:
    events = table(VehicleEvent).c
    late_events = (
        select(events.occurred_at)
        .where(events.region == city.region, events.city == city.name)
        .where(events.recorded_at > events.occurred_at, events.recorded_at > done_until)
        # The end of a reservation is counted before it is recorded.
        .where(events.cause != EventCause.TIME.value)
        .offset(0)  # else PostgreSQL looks for the earliest one among all events of the city
        .subquery("late_events")
    )
    return select(func.min(late_events.c.occurred_at)).scalar_subquery()


def _first_moment_column(city: City) -> ColumnElement[datetime | None]:
    events, rides = table(VehicleEvent).c, table(Ride).c
    # One that has no sum would be looked for again and again.
    is_counted = or_(
        events.state != VehicleState.REMOVED.value, func.array_length(events.event_types, 1) > 0
    )
    first_event = (
        select(func.min(events.occurred_at))
        .where(events.region == city.region, events.city == city.name, is_counted)
        .scalar_subquery()
    )
    first_ride = (
        select(func.min(rides.ended_at))
        .where(rides.region == city.region, rides.city == city.name, rides.ended_at.is_not(None))
        .scalar_subquery()
    )
    # With a NULL, least() is NULL on some databases.
    return func.least(
        func.coalesce(first_event, first_ride), func.coalesce(first_ride, first_event)
    )
