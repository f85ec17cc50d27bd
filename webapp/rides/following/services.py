"""Following a place or an owner, and ending it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid5

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    cast,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy import String as SqlString
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import Region, table
from webapp.errors import DomainError, check_form_values
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import PlaceTooFar, is_within_reach
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point, distance_m
from webapp.regions.models import City
from webapp.rides.blocks.conditions import is_blocked_condition
from webapp.rides.following.models import MAX_FOLLOWS, Follow
from webapp.rides.models import Ride
from webapp.translations import lazy_gettext as _l


class TooManyFollows(DomainError):
    message = _l("You can follow %(n)d places and owners. End one first.", n=MAX_FOLLOWS)


class OwnerNotFollowable(DomainError):
    message = _l("This vehicle has no owner whom you can follow.")


class PlaceOutsideCity(PlaceTooFar):
    field = "lat"


def follow_place(
    rider_key: RowKey,
    label: str,
    point: Point,
    *,
    radius_m: int,
    form_factor: str,
    nonce: str,
) -> RowKey:
    """Notify a rider of vehicles that become free near a place, in the nearest city; return the
    key.

    radius_m: how near, metres, of ``RADII_M``. form_factor: '': all.

    Raises TooManyFollows, PlaceOutsideCity; FormReused if the nonce is that of another place.
    """
    city = _find_city(point)
    follow_key = RowKey(city.region, uuid5(rider_key.id, f"follow {nonce}"))
    sent = {
        "label": label, "lat": point.lat, "lon": point.lon, "radius_m": radius_m,
        "form_factor": form_factor,
    }  # fmt: skip
    values = {**follow_key._asdict(), "city": city.name, "cell": point.cell, **sent}
    columns = table(Follow).c
    row = {name: literal(value, columns[name].type) for name, value in values.items()}
    stored = execute_write(follow_statement(rider_key, row, select()), idempotent=True)
    if not stored:
        raise TooManyFollows
    check_form_values(stored[0], sent)
    return follow_key


def _find_city(point: Point) -> City:
    """Return the city that is the nearest to a place. Raises PlaceOutsideCity."""
    city = min(catalogue().all(), key=lambda each: distance_m(point, each.centre), default=None)
    if city is None or not is_within_reach(point, [city.centre]):
        raise PlaceOutsideCity
    return city


def follow_owner(rider_key: RowKey, ride_key: RowKey) -> None:
    """Notify a rider of vehicles that the owner of a vehicle adds, which the rider has ridden.
    Idempotent. Each ride has a follow of its own, also of the same owner: the rider does not learn
    which vehicles belong together.

    Raises TooManyFollows; OwnerNotFollowable also for owners who have blocked the rider.
    """
    vehicles = table(Vehicle)
    names = literal(f"follow {rider_key.id} {ride_key.id} ") + cast(vehicles.c.owner_id, SqlString)
    row: dict[str, ColumnElement[Any]] = {
        "region": vehicles.c.owner_region,
        "id": cast(func.md5(names), Uuid()),
        "owner_id": vehicles.c.owner_id,
    }
    owner = _followable_owner_query(rider_key, ride_key)
    if execute_write(follow_statement(rider_key, row, owner), idempotent=True):
        return
    with check_outcome():
        has_owner = _followable_owner_query(rider_key, ride_key).add_columns(literal(1))
        if db.session.scalar(has_owner) is None:
            raise OwnerNotFollowable
    raise TooManyFollows


def _followable_owner_query(rider_key: RowKey, ride_key: RowKey) -> Select[Any]:  # no columns yet
    """Return the query of the vehicle of an ended ride of a rider; no row: it has no owner who can
    be followed."""
    rides, vehicles = table(Ride), table(Vehicle)
    is_of_ride = and_(
        vehicles.c.region == rides.c.region,
        vehicles.c.id == rides.c.vehicle_id,
    )
    return (
        select()
        .select_from(rides.join(vehicles, is_of_ride))
        .where(
            key_condition(rides, ride_key),
            key_condition(rides, rider_key, "rider_region", "rider_id"),
            rides.c.ended_at.is_not(None),
            vehicles.c.owner_id.is_not(None),
            vehicles.c.owner_id != rider_key.id,
            ~is_blocked_condition(rider_key),
        )
    )


def follow_statement(
    rider_key: RowKey, row: Mapping[str, ColumnElement[Any]], source: Select[Any]
) -> ReturningInsert[Any]:  # Any: several columns
    """Return the INSERT of what a rider follows. No row: the source has none, or the rider follows
    too much. Sent again, it changes nothing and returns the row that is there.

    row, source: the values of the columns, and where they come from. (Any: of any types)
    """
    follows, others = table(Follow), table(Follow).alias("others")
    values = {
        **row,
        "rider_region": literal(rider_key.region, Region),
        "rider_id": literal(rider_key.id),
    }
    count = (
        select(func.count())
        .select_from(others)
        .where(key_condition(others, rider_key, "rider_region", "rider_id"))
        .where(others.c.id != row["id"])
    )
    query = source.add_columns(*values.values()).where(count.scalar_subquery() < MAX_FOLLOWS)
    inserted = insert(follows).from_select(list(values), query)
    c = follows.c
    return inserted.on_conflict_do_update(
        index_elements=["region", "id"], set_={"label": c.label}
    ).returning(c.id, c.label, c.lat, c.lon, c.radius_m, c.form_factor)


def stop_following(rider_key: RowKey, follow_key: RowKey) -> None:
    """End what a rider follows. Idempotent."""
    follows = table(Follow)
    ended = delete(follows).where(
        key_condition(follows, follow_key),
        key_condition(follows, rider_key, "rider_region", "rider_id"),
    )
    execute_write(ended.returning(follows.c.id), idempotent=True)
