"""Removing imported vehicles: all of a feed, or those that have been missing for long.

A vehicle that nobody ever used is deleted. One that was ridden, reserved or reported stays for the
rows that refer to it, and is removed from the fleet.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete

from webapp.audit.enums import AuditKind
from webapp.audit.writing import city_event_statement
from webapp.db import types
from webapp.db.errors import FOREIGN_KEY_VIOLATION, sqlstate
from webapp.db.transactions import execute_write, run_transaction
from webapp.extensions import Base, db
from webapp.fleet.alerts.models import VehicleAlert, VehicleAlertMute
from webapp.fleet.board.counting import CountChange, add_to_counts_ctes
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.fleet.feeds.imported_feeds import forget_imported_feed_statement
from webapp.fleet.feeds.imported_vehicles import read_imported_vehicles, system_condition
from webapp.fleet.feeds.writing import BATCH_SIZE, split_batches
from webapp.fleet.models import Vehicle, held_by_staff_condition, idle_condition
from webapp.fleet.services.retirement import retirement_ctes
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RETIRED
from webapp.fleet.vehicle_events.writing import returned_columns, state_values, vehicle_events_cte
from webapp.regions.models import City

#: What says which feed a vehicle is from.
FEED_COLUMNS = ("feed_system", "feed_vehicle", "feed_source")
#: How often a batch is repeated because a vehicle in it was used at that moment.
ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Removal:
    """How many vehicles of a feed were deleted, removed from the fleet, or are in use and stay."""

    deleted: int
    retired: int
    in_use: int


# --- all vehicles of a feed -------------------------------------------------------------------


def forget_feed(city: City, system: str) -> Removal:
    """Delete or retire the vehicles that a city has from a system; those in use stay.

    Retired vehicles do not belong to the system any more, so that another import adds new ones.
    """
    deleted = retired = 0
    ids = sorted(row.id for row in read_imported_vehicles(city, system).rows)
    for batch in split_batches(ids):
        batch_deleted, batch_retired = _forget_batch(city, system, batch)
        deleted, retired = deleted + batch_deleted, retired + batch_retired
    in_use = len(read_imported_vehicles(city, system).rows)
    if not in_use:
        execute_write(forget_imported_feed_statement(city, system), idempotent=True)
    if deleted or retired:
        _record_removal(city, system, deleted, retired)
    return Removal(deleted, retired, in_use)


def _forget_batch(city: City, system: str, ids: Sequence[UUID]) -> tuple[int, int]:
    """Delete and retire vehicles in one transaction; return how many of each."""
    is_free = or_(idle_condition(), types.table(Vehicle).c.state == VehicleState.REMOVED.value)
    condition = and_(system_condition(city, system), Vehicle.id.in_(ids), is_free)

    def work(session: Session) -> tuple[int, int]:
        deleted = _delete_unused(session, condition)
        return deleted, len(session.execute(_retire_statement(condition)).all())

    return _retry_when_used(lambda: run_transaction(work, idempotent=True))


def _retire_statement(condition: ColumnElement[bool]) -> Select[tuple[UUID]]:
    """Return the statement that takes vehicles out of the fleet; those that are out of it already
    only leave their feed. It returns the ids of all."""
    retired = (
        update(types.table(Vehicle))
        .where(condition)
        .values(**state_values(VehicleState.REMOVED), **dict.fromkeys(FEED_COLUMNS))
        .returning(*returned_columns())
        .cte("retired")
    )
    events = vehicle_events_cte(RETIRED, retired, EventOrigin(EventCause.FEED))
    return select(retired.c.id).add_cte(events, *retirement_ctes(retired))


def _record_removal(city: City, system: str, deleted: int, retired: int) -> None:
    audit_event = city_event_statement(
        AuditKind.VEHICLE_REMOVED,
        city,
        system=system[:100],
        deleted=deleted,
        retired=retired,
    )
    execute_write(audit_event)


def list_systems(city: City) -> list[str]:
    """Return the systems from which a city has vehicles."""
    columns = types.table(Vehicle).c
    query = select(columns.feed_system).where(
        columns.region == city.region,
        columns.city == city.name,
        columns.feed_system.is_not(None),
    )
    return sorted(db.session.scalars(query.distinct()))


def is_subscribed(city: City, system: str) -> bool:
    """Tell whether workers import a system into a city."""
    subscriptions = types.table(FeedSubscription).c
    query = select(subscriptions.id).where(
        subscriptions.region == city.region,
        subscriptions.city == city.name,
        subscriptions.system == system,
        subscriptions.paused_at.is_(None),
    )
    return db.session.scalar(query.limit(1)) is not None


# --- vehicles that are missing for long -------------------------------------------------------


def delete_missing_vehicles(cities: Iterable[City], age: timedelta) -> int:
    """Delete imported vehicles of some cities that have been missing for longer than ``age`` and
    that nobody ever used; return how many.

    Feeds give a vehicle a new id after each ride, and the old one does not come back.
    """
    return sum(_delete_missing(city, age) for city in cities)


def _delete_missing(city: City, age: timedelta) -> int:
    condition, total = _long_missing_condition(city, age), 0

    def work(session: Session) -> int:
        batch = select(Vehicle.id).where(condition, unused_condition()).limit(BATCH_SIZE)
        ids = session.scalars(batch).all()
        return _delete_unused(session, and_(condition, Vehicle.id.in_(ids))) if ids else 0

    while deleted := _retry_when_used(lambda: run_transaction(work, idempotent=True)):
        total += deleted
    return total


def _long_missing_condition(city: City, age: timedelta) -> ColumnElement[bool]:
    """Return the condition for imported vehicles that have not changed since they went missing.
    Those that staff have marked as missing stay: else the next import would add them anew."""
    columns = types.table(Vehicle).c
    return and_(
        columns.region == city.region,
        columns.city == city.name,
        columns.state == VehicleState.MISSING.value,
        columns.feed_system.is_not(None),
        columns.changed_at < func.now() - age,
        ~held_by_staff_condition(),
    )


# --- vehicles that nobody used ----------------------------------------------------------------


def _delete_unused(session: Session, condition: ColumnElement[bool]) -> int:
    """Delete the vehicles that nobody ever used, and that they were saved; return how many."""
    is_unused = and_(condition, unused_condition())
    session.execute(_delete_saves_statement(is_unused))
    return len(session.execute(_delete_vehicles_statement(is_unused)).all())


def _delete_saves_statement(condition: ColumnElement[bool]) -> ReturningDelete[tuple[UUID]]:
    vehicles, saved = types.table(Vehicle), types.table(SavedVehicle)
    return (
        delete(saved)
        .where(saved.c.region == vehicles.c.region, saved.c.vehicle_id == vehicles.c.id, condition)
        .returning(saved.c.vehicle_id)
    )


def _delete_vehicles_statement(condition: ColumnElement[bool]) -> Select[tuple[UUID]]:
    """Return the statement that deletes vehicles, which are not counted any more. It returns their
    ids."""
    vehicles = types.table(Vehicle)
    columns = [vehicles.c[name] for name in ("region", "city", "counted_as", "counted_cell", "id")]
    deleted = delete(vehicles).where(condition).returning(*columns).cte("deleted")
    change = CountChange(deleted, deleted.c.counted_as, deleted.c.counted_cell, -1)
    return select(deleted.c.id).add_cte(*add_to_counts_ctes(change))


def unused_condition() -> ColumnElement[bool]:
    """Return the condition that no row refers to a vehicle, but its events, its alerts and mutes,
    and that it was saved.

    Found by the foreign keys of all tables: rides and reservations belong to modules above.
    """
    vehicles = types.table(Vehicle)
    others = [
        types.table(model) for model in (SavedVehicle, VehicleEvent, VehicleAlert, VehicleAlertMute)
    ]
    return and_(
        *(
            ~exists().where(*(element.parent == element.column for element in key.elements))
            for table in Base.metadata.sorted_tables
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
            if key.referred_table is vehicles and table not in others
        )
    )


def _retry_when_used(remove: Callable[[], T]) -> T:
    """Run what deletes vehicles, again if one of them is used or saved at that moment."""
    for _ in range(ATTEMPTS - 1):
        try:
            return remove()
        except IntegrityError as error:
            if sqlstate(error) != FOREIGN_KEY_VIOLATION:
                raise
    return remove()
