"""Computing the rollups of a city, again and again, from its events and rides."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    cast,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from webapp.db.inserts import Insert, insert
from webapp.db.slices import delete_slice_statement, execute_in_slices
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.numbers.enums import Period
from webapp.numbers.models import Rollup, RollupProgress
from webapp.numbers.periods import find_end, find_start, list_starts
from webapp.numbers.rollups import FleetStates, Sums, sum_events, sum_rides, sum_state_times
from webapp.numbers.sources import (
    EventCount,
    RideSums,
    StateChanges,
    event_counts_query,
    ride_sums_query,
    state_changes_query,
)
from webapp.regions.models import City
from webapp.rides.models import Ride

#: Hours that one statement reads and one transaction writes.
BATCH_HOURS = 24
#: What was committed just before the last run may have been missed by it.
OVERLAP = timedelta(minutes=10)
ONE_DAY = timedelta(days=1)


def update_rollups(city: City) -> None:
    """Bring the rollups of a city up to date, also with events that are dated earlier than they
    were recorded."""
    now, done_until, first = db.session.execute(_work_query(city)).one()
    if done_until is None and _is_moving(city):
        return
    if first:
        roll_up(city, first, now)
    progress = {"done_until": now, "recorded_until": now}
    statement = insert(table(RollupProgress)).values(region=city.region, city=city.name, **progress)
    execute_write(
        statement.on_conflict_do_update(index_elements=["region", "city"], set_=progress),
        idempotent=True,
    )


def roll_up(city: City, first: datetime, end: datetime) -> None:
    """Compute the rollups of a city again: all hours, days and months between two moments.

    end: now, or the beginning of an hour.
    """
    if end - first > ONE_DAY:  # its day may have no hours any more to add up
        first = find_start(Period.DAY, first, city.zone)
    limits = [*list_starts(Period.HOUR, first, end, city.zone), end]
    # Backwards from the states of now: each batch begins with the states that the one before had
    # at its beginning.
    states: FleetStates | None = None
    for batch_end in range(len(limits) - 1, 0, -BATCH_HOURS):
        batch = limits[max(0, batch_end - BATCH_HOURS) : batch_end + 1]
        sums, states = _read_sums(city, batch, states)
        _replace_hours(city, batch, sums)
    for period, part in ((Period.DAY, Period.HOUR), (Period.MONTH, Period.DAY)):
        for start in list_starts(period, first, end, city.zone):
            _replace_sum(city, period, part, start)


def delete_old_hours(city: City, age: timedelta) -> int:
    """Delete the rollups of hours that began longer ago; return how many. Days and months stay."""
    rollups = table(Rollup).c
    is_old = (
        rollups.city == city.name,
        rollups.period == Period.HOUR.value,
        rollups.started_at < func.now() - age,
    )
    return execute_in_slices(delete_slice_statement(Rollup, city.region, *is_old))


def _is_moving(city: City) -> bool:
    """Tell whether rollups of a city that moves to its region are still in another one. Their
    progress moves last. Asks all regions."""
    progress = table(RollupProgress).c
    elsewhere = select(progress.city).where(
        progress.city == city.name, progress.region != city.region
    )
    return db.session.execute(elsewhere.limit(1)).first() is not None


def _work_query(city: City) -> Select[tuple[datetime, datetime | None, datetime | None]]:
    """Return the query of the time by the database's clock; until when the rollups of a city are
    there, and since when they are to be computed. NULL: there are none, nothing is there."""
    progress, events, rides = table(RollupProgress).c, table(VehicleEvent).c, table(Ride).c
    of_city = (progress.region == city.region, progress.city == city.name)
    done_until = select(progress.done_until - OVERLAP).where(*of_city).scalar_subquery()
    recorded_until = select(progress.recorded_until - OVERLAP).where(*of_city).scalar_subquery()
    of_events = (events.region == city.region, events.city == city.name)
    late_events = (
        select(events.occurred_at)
        .where(*of_events, events.recorded_at > events.occurred_at)
        .where(events.recorded_at > recorded_until)
        # The end of a reservation is counted before it is recorded.
        .where(events.cause != EventCause.TIME.value)
        .offset(0)  # else PostgreSQL looks for the earliest one among all events of the city
        .subquery("late_events")
    )
    first_late = select(func.min(late_events.c.occurred_at)).scalar_subquery()
    first_event = select(func.min(events.occurred_at)).where(*of_events).scalar_subquery()
    first_ride = (
        select(func.min(rides.ended_at))
        .where(rides.region == city.region, rides.city == city.name, rides.ended_at.is_not(None))
        .scalar_subquery()
    )
    return select(
        func.now(),
        done_until,
        func.least(func.coalesce(done_until, func.least(first_event, first_ride)), first_late),
    )


def _read_sums(
    city: City, limits: Sequence[datetime], at_end: FleetStates | None
) -> tuple[Sums, FleetStates]:
    """Return what there is to sum up between the limits of hours, and how many vehicles were in
    each state at the first limit.

    at_end: how many were in each at the last one. None: it is read, from the states of now.
    """
    changes = db.session.execute(state_changes_query(city, limits, until_now=at_end is None))
    times, at_start = sum_state_times(
        map(StateChanges._make, changes), limits, at_end or FleetStates()
    )
    events = sum_events(map(EventCount._make, db.session.execute(event_counts_query(city, limits))))
    rides = sum_rides(map(RideSums._make, db.session.execute(ride_sums_query(city, limits))))
    return times + events + rides, at_start


def _replace_hours(city: City, limits: Sequence[datetime], sums: Sums) -> None:
    """Write the sums of the hours between the limits, and delete what was there."""
    rows = [
        {
            "region": city.region,
            "city": city.name,
            "period": Period.HOUR.value,
            "started_at": limits[index],
            "metric": what.metric.value,
            "dimension": what.dimension,
            "form_factor": what.form_factor,
            "value": value,
        }
        for (index, what), value in sums.items()
    ]

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, Period.HOUR, limits[0], limits[-1]))
        if rows:
            session.execute(_keep_newest(insert(table(Rollup))), rows)

    run_transaction(work, idempotent=True)


def _replace_sum(city: City, period: Period, part: Period, start: datetime) -> None:
    """Write the sums of a day or month, from its hours or days."""
    rollups = table(Rollup)
    end = find_end(period, start, city.zone)
    columns = [rollups.c[name] for name in ("metric", "dimension", "form_factor")]
    key = [rollups.c.region, rollups.c.city, literal(period.value), literal(start), *columns]
    total = (
        select(*key, cast(func.sum(rollups.c.value), BigInteger))
        .where(*_period_conditions(city, part, start, end))
        .group_by(rollups.c.region, rollups.c.city, *columns)
    )

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, period, start, end))
        session.execute(_keep_newest(insert(rollups).from_select(list(rollups.c), total)))

    run_transaction(work, idempotent=True)


def _delete_statement(city: City, period: Period, start: datetime, end: datetime) -> Delete:
    return delete(table(Rollup)).where(*_period_conditions(city, period, start, end))


def _period_conditions(
    city: City, period: Period, start: datetime, end: datetime
) -> tuple[ColumnElement[bool], ...]:
    rollups = table(Rollup).c
    return (
        rollups.region == city.region,
        rollups.city == city.name,
        rollups.period == period.value,
        rollups.started_at >= start,
        rollups.started_at < end,
    )


def _keep_newest(statement: Insert) -> Insert:
    """Let the row that is written replace one that another process has written meanwhile."""
    return statement.on_conflict_do_update(
        index_elements=table(Rollup).primary_key.columns,
        set_={"value": statement.excluded.value},
    )
