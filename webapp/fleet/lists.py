"""Lists of vehicles: every one is one statement, paged by key, and served by an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.database import stale_reads
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.words import FormFactor, VehicleState
from webapp.geo import Point, cells_within, distance_m_sql
from webapp.keys import RowKey
from webapp.paging import Cursor, Page, make_page, page_size
from webapp.regions import City

#: How far "near me" looks, metres. Each page is bounded by what stands in the circle, whatever
#: the size of the fleet; whoever finds too little looks farther.
RADII_M = (2_000, 10_000, 50_000)


@dataclass(frozen=True)
class Wanted:
    """Which vehicles of a city to list."""

    city: City
    states: Sequence[VehicleState] = (VehicleState.AVAILABLE,)
    form_factor: FormFactor | None = None
    #: Never a few seconds old, however far the city is.
    fresh: bool = False

    def reads(self) -> dict[str, Any]:
        """Return how db.session shall read: of a city that lives elsewhere from the copy here."""
        is_far = self.city.region != current_app.config["REGION"]
        return stale_reads() if is_far and not self.fresh else {}

    def in_state(self, *states: VehicleState) -> list[ColumnElement[bool]]:
        """Return the conditions, written so that the city's indexes serve them."""
        conditions = [
            Vehicle.region == self.city.region,
            Vehicle.city == self.city.name,
            Vehicle.state == states[0] if len(states) == 1 else Vehicle.state.in_(states),
        ]
        if self.form_factor:
            conditions.append(Vehicle.form_factor == self.form_factor)
        return conditions


@dataclass(frozen=True)
class Listed:
    """A vehicle in a list, with its distance in metres when the list is by distance."""

    vehicle: Vehicle
    distance_m: int | None = None


def newest(wanted: Wanted, after: Cursor | None, *, with_owner: bool = False) -> Page[Listed]:
    """Return one page of vehicles, the newest first.

    Each state is read in the order of the index and the few rows are merged: an index is in order
    of time only within one state.
    """
    parts = [_newest_where(wanted.in_state(state), after) for state in wanted.states]
    if len(parts) == 1 and not with_owner:
        return _page_by_time(list(db.session.scalars(parts[0], bind_arguments=wanted.reads())))
    vehicle = aliased(Vehicle, union_all(*parts).subquery())
    statement = (
        select(vehicle)
        .order_by(vehicle.created_at.desc(), vehicle.id.desc())
        .limit(page_size() + 1)
        .options(*[joinedload(vehicle.owner).lazyload("*")] * with_owner)
    )
    return _page_by_time(list(db.session.scalars(statement, bind_arguments=wanted.reads())))


def of_owner(owner: RowKey, after: Cursor | None) -> Page[Listed]:
    """Return one page of the vehicles that an owner has, removed ones left out."""
    mine = [
        Vehicle.owner_region == owner.region,
        Vehicle.owner_id == owner.id,
        Vehicle.state != VehicleState.REMOVED,
    ]
    return _page_by_time(list(db.session.scalars(_newest_where(mine, after))))


def near(wanted: Wanted, here: Point, radius_m: int, after: Cursor | None) -> Page[Listed]:
    """Return one page of the vehicles that stand within a circle, nearest first."""
    distance = distance_m_sql(Vehicle.lat, Vehicle.lon, here)
    cells = [Vehicle.cell.between(first, last) for first, last in cells_within(here, radius_m)]
    statement = (
        select(Vehicle, distance)
        .where(*wanted.in_state(*wanted.states), or_(*cells), distance <= radius_m)
        .order_by(distance, Vehicle.id)
        .limit(page_size() + 1)
    )
    if after:
        statement = statement.where(tuple_(distance, Vehicle.id) > after)
    found = db.session.execute(statement, bind_arguments=wanted.reads())
    rows = [Listed(vehicle, metres) for vehicle, metres in found]
    return make_page(rows, lambda row: (row.distance_m, row.vehicle.id))


def _newest_where(
    conditions: list[ColumnElement[bool]], after: Cursor | None
) -> Select[tuple[Vehicle]]:
    if after:
        conditions = [*conditions, tuple_(Vehicle.created_at, Vehicle.id) < after]
    return (
        select(Vehicle)
        .where(*conditions)
        .order_by(Vehicle.created_at.desc(), Vehicle.id.desc())
        .limit(page_size() + 1)
    )


def _page_by_time(vehicles: list[Vehicle]) -> Page[Listed]:
    rows = [Listed(vehicle) for vehicle in vehicles]
    return make_page(rows, lambda row: (row.vehicle.created_at, row.vehicle.id))
