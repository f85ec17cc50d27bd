"""Compacting old events of vehicles: of a day only the last one of each vehicle stays.

It says how many were deleted before it, so that ``replay`` still notices an event that is missing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    Select,
    Update,
    and_,
    column,
    delete,
    func,
    select,
    tuple_,
    update,
    values,
)
from sqlalchemy.orm import Session

from webapp.db.slices import SLICE
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.models import City

#: Vehicles whose events one transaction compacts.
BATCH = SLICE // 10
#: How many days before the newest old one are looked at each night. More than one, for nights in
#: which no worker ran.
DAYS_BACK = 14


DAY = timedelta(days=1)


class EventNumber(NamedTuple):
    """An event by its key in the region."""

    vehicle_id: UUID
    number: int
    compacted_count: int

    def is_followed_by(self, event: "EventNumber") -> bool:
        """Tell whether another event is the next one of the same vehicle."""
        next_number = event.number - event.compacted_count
        return self.vehicle_id == event.vehicle_id and self.number + 1 == next_number


def compact_old_events(city: City, age: timedelta, days_back: int = DAYS_BACK) -> int:
    """Compact the events of a city that are older than ``age``; return how many were deleted.

    days_back: how many days are looked at. Idempotent.
    """
    now: datetime = db.session.execute(select(func.now())).scalar_one()
    newest = (now - age).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return sum(_compact_day(city, newest - day * DAY) for day in range(1, days_back + 1))


def _compact_day(city: City, start: datetime) -> int:
    """Compact the events of a day, in UTC."""
    ids, deleted = db.session.scalars(_find_vehicles_query(city, start)).all(), 0
    for batch_start in range(0, len(ids), BATCH):
        deleted += _compact_vehicles(city, start, ids[batch_start : batch_start + BATCH])
    return deleted


def _find_vehicles_query(city: City, start: datetime) -> Select[tuple[UUID]]:
    """Return the query of the vehicles that have several events on a day."""
    events = table(VehicleEvent).c
    return (
        select(events.vehicle_id)
        .where(events.region == city.region, events.city == city.name)
        .where(events.occurred_at >= start, events.occurred_at < start + DAY)
        .group_by(events.vehicle_id)
        .having(func.count() > 1)
    )


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
        query = select(*key, events.c.compacted_count).where(is_of_day).order_by(*key)
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
    one stays.

    events: by vehicle and number.
    """
    kept, deleted = list[EventNumber](), list[EventNumber]()
    for event, following in zip_longest(events, events[1:]):
        count = event.compacted_count
        if deleted and deleted[-1].is_followed_by(event):
            count += deleted[-1].compacted_count + 1
        event = event._replace(compacted_count=count)
        is_deleted = following is not None and event.is_followed_by(following)
        (deleted if is_deleted else kept).append(event)
    return kept, deleted


def _update_counts_statement(region: str, kept: Sequence[EventNumber]) -> Update:
    events = table(VehicleEvent)
    columns = [events.c[name] for name in EventNumber._fields]
    counts = values(*(column(each.name, each.type) for each in columns), name="counts").data(kept)
    return (
        update(events)
        .where(
            events.c.region == region,
            events.c.vehicle_id == counts.c.vehicle_id,
            events.c.number == counts.c.number,
        )
        .values(compacted_count=counts.c.compacted_count)
    )
