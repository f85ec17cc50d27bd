"""Computing the rollups of a city, again and again, from its events and rides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import func

from webapp.db.inserts import insert
from webapp.db.slices import delete_slice_statement, execute_in_slices
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.vehicle_events.compaction import read_compacted_until
from webapp.numbers.enums import Period
from webapp.numbers.models import Rollup, RollupProgress
from webapp.numbers.pending_work import PendingWork, read_pending_work
from webapp.numbers.periods import find_end, find_start, list_starts
from webapp.numbers.response_times.previous_release import copy_previous_release_rows
from webapp.numbers.rollup_writes import add_up_sums, replace_sums
from webapp.numbers.rollups import FleetStates, SumsByPeriod, sum_events, sum_rides, sum_state_times
from webapp.numbers.sources import (
    EventCount,
    RideSums,
    StateChanges,
    event_counts_query,
    ride_sums_query,
    state_changes_query,
)
from webapp.numbers.totals import replace_totals
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere

#: Hours or days that one statement reads and one transaction writes.
BATCH = 24
ONE_DAY = timedelta(days=1)


def update_rollups(city: City) -> bool:
    """Bring the rollups of a city up to date, also with events that are dated earlier than they
    were recorded; and sum up what happened before its first rollup.

    Return whether these are its first ones, of something that happened."""
    work = read_pending_work(city)
    if work.done_until is None and has_rows_elsewhere(table(RollupProgress), city):
        return False
    first_month = find_start(Period.MONTH, hours_start(city, work.now), city.zone)
    first = work.done_until or max(first_month, work.first_moment or work.now)
    if work.done_until and work.first_late:
        first = min(first, max(work.first_late, recomputable_since(city)))
    missing_since = work.response_times_until or work.first_month
    if work.done_until and missing_since and missing_since < first:
        _add_missing_numbers(city, work, missing_since, first)
    roll_up(city, first, work.now)
    progress = dict.fromkeys(("done_until", "response_times_until"), work.now)
    statement = insert(table(RollupProgress)).values(region=city.region, city=city.name, **progress)
    execute_write(
        statement.on_conflict_do_update(index_elements=["region", "city"], set_=progress),
        idempotent=True,
    )
    if work.first_moment:
        _add_earlier_months(city, work.first_moment, work.first_month or first_month, work.now)
    return work.done_until is None and work.first_moment is not None


def _add_missing_numbers(city: City, work: PendingWork, since: datetime, until: datetime) -> None:
    """Write the response times, which the release before has in other rows, and the totals, which
    earlier ones do not have."""
    if work.totals_until is None and work.response_times_until is None:
        replace_totals(city, since, until, work.now)
    else:
        copy_previous_release_rows(city, since, until)


def recompute(city: City, first: datetime) -> datetime:
    """Compute the rollups of a city again, from the day of a moment until now; return from when on:
    not before its compacted events, of which only rough sums could be made."""
    first = max(find_start(Period.DAY, first, city.zone), recomputable_since(city))
    roll_up(city, first, datetime.now(UTC))
    return first


def recomputable_since(city: City) -> datetime:
    """Return the first day whose events are not compacted."""
    compacted_until = read_compacted_until(city)
    if compacted_until is None:
        return datetime.min.replace(tzinfo=UTC)
    start = find_start(Period.DAY, compacted_until, city.zone)
    return start if start == compacted_until else find_end(Period.DAY, start, city.zone)


def hours_start(city: City, now: datetime) -> datetime:
    """Return the first day that has all its hours: older ones are deleted."""
    kept = timedelta(days=current_app.config["SWEEP_AFTER_DAYS"]["hourly_numbers"])
    return find_start(Period.DAY, now - max(kept - ONE_DAY, timedelta()), city.zone)


def roll_up(city: City, first: datetime, end: datetime) -> None:
    """Compute the rollups of a city again: all hours, days and months between two moments. Of days
    whose hours would be deleted, only the day is written.

    end: now, or the beginning of an hour.
    """
    if end - first > ONE_DAY:  # its day may have no hours any more to add up
        first = find_start(Period.DAY, first, city.zone)
    first_hour = max(first, hours_start(city, end))
    states = None
    if first_hour < end:
        hours = [*list_starts(Period.HOUR, first_hour, end, city.zone), end]
        states = _compute(city, Period.HOUR, hours, states)
        for start in list_starts(Period.DAY, first_hour, end, city.zone):
            add_up_sums(city, Period.DAY, Period.HOUR, start)
    if first < first_hour:
        last = min(first_hour, end)
        days = [*list_starts(Period.DAY, first, last, city.zone), last]
        _compute(city, Period.DAY, days, states)
    _replace_months(city, first, end)
    replace_totals(city, first, end, end)


def _add_earlier_months(
    city: City, first_moment: datetime, first_month: datetime, now: datetime
) -> None:
    """Sum up the months before the first one that is there, backwards. Each is written when its
    days are there, so an interrupted run goes on with the next one."""
    first, states = find_start(Period.DAY, first_moment, city.zone), None
    while first_month - first > ONE_DAY / 2:  # less: months began later in a former time zone
        start = max(first, find_start(Period.MONTH, first_month - ONE_DAY, city.zone))
        days = [*list_starts(Period.DAY, start, first_month, city.zone), first_month]
        states = _compute(city, Period.DAY, days, states)
        _replace_months(city, start, first_month)
        replace_totals(city, start, first_month, now)
        first_month = start


def _compute(
    city: City, period: Period, edges: Sequence[datetime], states: FleetStates | None
) -> FleetStates:
    """Write the sums of hours or days between edges; return how many vehicles were in each state at
    the first edge.

    states: how many were in each at the last edge. None: it follows from the states of now.
    """
    # Backwards from the states of now: each batch begins with the states that the one before had
    # at its beginning.
    for batch_end in range(len(edges) - 1, 0, -BATCH):
        batch = edges[max(0, batch_end - BATCH) : batch_end + 1]
        sums, states = _read_sums(city, batch, states)
        replace_sums(city, period, batch, sums)
    return states or FleetStates()


def _replace_months(city: City, first: datetime, end: datetime) -> None:
    for start in list_starts(Period.MONTH, first, end, city.zone):
        add_up_sums(city, Period.MONTH, Period.DAY, start)


def delete_old_hours(city: City, age: timedelta) -> int:
    """Delete the rollups of hours that began longer ago; return how many. Days and months stay."""
    rollups = table(Rollup).c
    is_old = (
        rollups.city == city.name,
        rollups.period == Period.HOUR.value,
        rollups.started_at < func.now() - age,
    )
    return execute_in_slices(delete_slice_statement(Rollup, city.region, *is_old))


def _read_sums(
    city: City, edges: Sequence[datetime], at_end: FleetStates | None
) -> tuple[SumsByPeriod, FleetStates]:
    """Return what there is to sum up between edges, and how many vehicles were in
    each state at the first edge.

    at_end: how many were in each at the last one. None: it is read, from the states of now.
    """
    changes = db.session.execute(state_changes_query(city, edges, until_now=at_end is None))
    times, at_start = sum_state_times(
        map(StateChanges._make, changes), edges, at_end or FleetStates()
    )
    events = sum_events(map(EventCount._make, db.session.execute(event_counts_query(city, edges))))
    rides = sum_rides(map(RideSums._make, db.session.execute(ride_sums_query(city, edges))))
    return times + events + rides, at_start
