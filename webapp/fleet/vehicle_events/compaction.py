"""Compacting old events of vehicles: of a day only the last one of each vehicle stays, and those by
which a closed city took it out of service: opening the city again looks for them.

The one that stays says how many were deleted before it, so that ``replay`` still notices an event
that is missing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Update, and_, column, delete, func, select, tuple_, update, values
from sqlalchemy.orm import Session

from webapp.db.inserts import Insert, insert
from webapp.db.slices import SLICE
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.vehicle_events.conditions import by_closing_condition
from webapp.fleet.vehicle_events.models import VehicleEvent, VehicleEventCompaction
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere

#: Vehicles whose events one transaction compacts.
BATCH = SLICE // 10
#: Vehicles that one statement finds: each reads the index of the whole day.
PAGE = 10_000
DAY = timedelta(days=1)


class EventNumber(NamedTuple):
    """An event by its key in the region."""

    vehicle_id: UUID
    number: int
    compacted_count: int
    #: It stays, whatever follows it.
    stays: bool = False

    def is_followed_by(self, event: "EventNumber") -> bool:
        """Tell whether another event is the next one of the same vehicle."""
        next_number = event.number - event.compacted_count
        return self.vehicle_id == event.vehicle_id and self.number + 1 == next_number


def compact_old_events(city: City, age: timedelta) -> int:
    """Compact the events of a city that are older than ``age``, from the last day that was
    compacted; return how many were deleted."""
    day, end = _find_days(city, age)
    deleted = 0
    while day < end:
        deleted += _compact_day(city, day)
        day += DAY
        execute_write(_store_progress_statement(city, day), idempotent=True)
    return deleted


def read_compacted_until(city: City) -> datetime | None:
    """Return until when the events of a city are compacted; None: not yet."""
    progress, cities = table(VehicleEventCompaction).c, table(City).c
    done_until = select(progress.done_until).where(
        progress.region == city.region, progress.city == city.name
    )
    # The release before this one writes the second, and the next one does not read it.
    query = select(done_until.scalar_subquery(), cities.events_compacted_until)
    moments = db.session.execute(query.where(cities.name == city.name)).one()
    return max(filter(None, moments), default=None)


def _find_days(city: City, age: timedelta) -> tuple[datetime, datetime]:
    """Return the first day to compact, by default that of the oldest event, and the day after the
    last one, in UTC."""
    events = table(VehicleEvent).c
    is_of_city = (events.region == city.region, events.city == city.name)
    now, oldest = db.session.execute(
        select(func.now(), func.min(events.occurred_at)).where(*is_of_city)
    ).one()
    first, end = read_compacted_until(city), _start_of_day(now - age)
    if first is None and has_rows_elsewhere(table(VehicleEventCompaction), city):
        return end, end
    first = first or oldest
    return _start_of_day(first) if first else end, end


def _start_of_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _store_progress_statement(city: City, until: datetime) -> Insert:
    progress = table(VehicleEventCompaction)
    stored = insert(progress).values(region=city.region, city=city.name, done_until=until)
    return stored.on_conflict_do_update(
        index_elements=["region", "city"],
        set_={"done_until": stored.excluded.done_until},
        where=progress.c.done_until < stored.excluded.done_until,
    )


def _compact_day(city: City, start: datetime) -> int:
    """Compact the events of a day, in UTC."""
    deleted, after = 0, None
    while ids := db.session.scalars(_find_vehicles_query(city, start, after)).all():
        for batch_start in range(0, len(ids), BATCH):
            deleted += _compact_vehicles(city, start, ids[batch_start : batch_start + BATCH])
        after = ids[-1]
    return deleted


def _find_vehicles_query(city: City, start: datetime, after: UUID | None) -> Select[tuple[UUID]]:
    """Return the query of a page of the vehicles that have several events on a day, by their
    ids."""
    events = table(VehicleEvent).c
    query = (
        select(events.vehicle_id)
        .where(events.region == city.region, events.city == city.name)
        .where(events.occurred_at >= start, events.occurred_at < start + DAY)
        .group_by(events.vehicle_id)
        .having(func.count() > 1)
        .order_by(events.vehicle_id)
        .limit(PAGE)
    )
    return query.where(events.vehicle_id > after) if after else query


def _compact_vehicles(city: City, start: datetime, ids: Sequence[UUID]) -> int:
    """Compact the events of some vehicles on a day, in one transaction."""
    events = table(VehicleEvent)
    key = (events.c.vehicle_id, events.c.number)
    is_of_day = and_(
        events.c.region == city.region,
        events.c.vehicle_id.in_(ids),
        events.c.occurred_at >= start,
        events.c.occurred_at < start + DAY,
    )

    def work(session: Session) -> int:
        stays = by_closing_condition(events)
        query = select(*key, events.c.compacted_count, stays).where(is_of_day).order_by(*key)
        kept, deleted = choose_kept_events(
            [EventNumber._make(row) for row in session.execute(query)]
        )
        if deleted:
            old = (events.c.region == city.region, tuple_(*key).in_(each[:2] for each in deleted))
            session.execute(delete(events).where(*old))
            session.execute(_update_counts_statement(city.region, kept))
        return len(deleted)

    return run_transaction(work, idempotent=True)


def choose_kept_events(
    events: Sequence[EventNumber],
) -> tuple[list[EventNumber], list[EventNumber]]:
    """Return the events of a day that stay, each with the number of those that are deleted before
    it, and the events that are deleted. Of events that follow each other without a gap, the last
    one stays, and those that say so.

    events: by vehicle and number.
    """
    kept, deleted = list[EventNumber](), list[EventNumber]()
    for event, following in zip_longest(events, events[1:]):
        count = event.compacted_count
        if deleted and deleted[-1].is_followed_by(event):
            count += deleted[-1].compacted_count + 1
        event = event._replace(compacted_count=count)
        is_followed = following is not None and event.is_followed_by(following)
        is_deleted = is_followed and not event.stays
        (deleted if is_deleted else kept).append(event)
    return kept, deleted


def _update_counts_statement(region: str, kept: Sequence[EventNumber]) -> Update:
    events = table(VehicleEvent)
    columns = [events.c.vehicle_id, events.c.number, events.c.compacted_count]
    rows = [(each.vehicle_id, each.number, each.compacted_count) for each in kept]
    counts = values(*(column(each.name, each.type) for each in columns), name="counts").data(rows)
    return (
        update(events)
        .where(
            events.c.region == region,
            events.c.vehicle_id == counts.c.vehicle_id,
            events.c.number == counts.c.number,
        )
        .values(compacted_count=counts.c.compacted_count)
    )
