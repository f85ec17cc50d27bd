"""Finding the followers of vehicles that have come.

It looks back further than to its last run, so that a late one misses nothing; a rider is notified
of the same place or owner once an hour at most, so no notification comes twice. Rides pay nothing
for it: docs/decisions/0051.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from webapp.audit.writing import cte_key
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.regions.models import City
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.following.models import RADII_M, Follow
from webapp.rides.following.new_vehicles import (
    NewVehicle,
    VehiclesByCell,
    cells_around,
    read_new_vehicles,
)
from webapp.rides.following.schedules import NOTIFY_FOLLOWER

#: How long a rider is not notified of the same place or owner again.
QUIET_TIME = timedelta(hours=1)
#: Follows that one statement reads or writes.
SLICE = 1_000

#: Columns of the table, which are never NULL there. Any: of any types.
Order = tuple[InstrumentedAttribute[Any], ...]


def scan_city(city: City) -> None:
    """Write a job for each rider who follows a place or an owner where a vehicle has come."""
    vehicles = read_new_vehicles(city)
    if not vehicles:
        return
    blocked = _read_blocks({v.owner_key for v in vehicles if v.owner_key})
    vehicles_by_cell = VehiclesByCell(vehicles)
    for follows in list_place_follows(city, vehicles):
        _notify([follow for follow in follows if vehicles_by_cell.has_match(follow, blocked)])
    for owner_key in {v.owner_key for v in vehicles if v.owner_key and v.is_added}:
        for follows in _list_owner_follows(owner_key):
            _notify([f for f in follows if (owner_key.id, f.rider_id) not in blocked])


def list_place_follows(city: City, vehicles: Sequence[NewVehicle]) -> Iterator[Sequence[Follow]]:
    """Yield slices of the follows of places in the cells around vehicles."""
    points = {vehicle.point for vehicle in vehicles if vehicle.point}
    cells = {cell for point in points for cell in cells_around(point, max(RADII_M))}
    if cells:
        yield from _list_slices(
            (Follow.cell, Follow.id),
            Follow.region == city.region,
            Follow.city == city.name,
            Follow.cell.in_(sorted(cells)),
        )


def _list_owner_follows(owner_key: RowKey) -> Iterator[Sequence[Follow]]:
    yield from _list_slices(
        (Follow.id,), Follow.region == owner_key.region, Follow.owner_id == owner_key.id
    )


def _list_slices(order: Order, *conditions: ColumnElement[bool]) -> Iterator[Sequence[Follow]]:
    """Yield slices in the order of an index, so that none reads those after it, too."""
    after: list[ColumnElement[bool]] = []
    while follows := db.session.scalars(follows_query(order, *conditions, *after)).all():
        yield follows
        if len(follows) < SLICE:
            return
        after = [tuple_(*order) > tuple(getattr(follows[-1], each.key) for each in order)]


def follows_query(order: Order, *conditions: ColumnElement[bool]) -> Select[tuple[Follow]]:
    """Return the query of a slice of the follows of which riders may be notified again."""
    return select(Follow).where(*conditions, _is_due_condition()).order_by(*order).limit(SLICE)


def _is_due_condition() -> ColumnElement[bool]:
    notified_at = table(Follow).c.notified_at
    return or_(notified_at.is_(None), notified_at < func.now() - QUIET_TIME)


def _read_blocks(owner_keys: set[RowKey]) -> set[tuple[UUID, UUID]]:
    """Return the pairs of owner and rider whom the owner has blocked."""
    if not owner_keys:
        return set()
    query = select(RiderBlock.owner_id, RiderBlock.rider_id).where(
        tuple_(RiderBlock.owner_region, RiderBlock.owner_id).in_(sorted(owner_keys))
    )
    return {(owner_id, rider_id) for owner_id, rider_id in db.session.execute(query)}


def _notify(follows: Sequence[Follow]) -> None:
    if follows:
        region = follows[0].region
        execute_write(notify_statement(region, [f.id for f in follows]), idempotent=True)


def notify_statement(region: str, follow_ids: Sequence[UUID]) -> Select[tuple[datetime]]:
    """Return the statement that writes the jobs of some followers, one for each place, or for each
    rider of an owner, unless another run has just done it."""
    follows = table(Follow)
    c = follows.c
    due = (
        update(follows)
        .where(c.region == region, c.id.in_(follow_ids), _is_due_condition())
        .where(or_(c.owner_id.is_(None), ~_is_notified_of_owner_condition()))
        .values(notified_at=func.now())
        .returning(c.region, c.id, c.rider_region, c.rider_id, c.owner_id, c.notified_at)
        .cte("due")
    )
    followed_id = func.coalesce(due.c.owner_id, due.c.id)
    one_each = (
        select(due)
        .distinct(due.c.rider_region, due.c.rider_id, followed_id)
        .order_by(due.c.rider_region, due.c.rider_id, followed_id, due.c.id)
        .cte("one_each")
    )
    jobs = jobs_from_rows_query(
        NOTIFY_FOLLOWER,
        key_payload(one_each),
        rows=one_each,
        region=one_each.c.region,
        account_key=cte_key(one_each, "rider_id", region="rider_region"),
    )
    return select(due.c.notified_at).add_cte(insert_jobs_cte(jobs))


def _is_notified_of_owner_condition() -> ColumnElement[bool]:
    """Return the condition that the rider has just been notified of the same owner, whom the rider
    follows from another ride, too."""
    follows, others = table(Follow).c, table(Follow).alias("others").c
    return exists().where(
        others.region == follows.region,
        others.rider_region == follows.rider_region,
        others.rider_id == follows.rider_id,
        others.owner_id == follows.owner_id,
        others.notified_at >= func.now() - QUIET_TIME,
    )
