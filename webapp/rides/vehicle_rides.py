"""The rides of one vehicle, for staff."""

from typing import NamedTuple

from sqlalchemy import Select, select, true, tuple_
from sqlalchemy.orm import Load, aliased

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides.models import Ride
from webapp.web.roles import Permission


class VehicleRide(NamedTuple):
    """A ride, with its rider. None: the account was deleted."""

    ride: Ride
    rider: User | None


def list_vehicle_rides(
    staff: User, vehicle_key: RowKey, after: Cursor | None
) -> tuple[Vehicle, Page[VehicleRide]]:
    """Return a vehicle and one page of its rides in the cities of a member of staff, newest first.

    Raises NotFound, also for a vehicle in another city.
    """
    cities = staff.cities_with_permission(Permission.VIEW_RIDES)
    rows = db.session.execute(_vehicle_rides_query(vehicle_key, cities, after)).all()
    if not rows or (cities is not None and rows[0].Vehicle.city not in cities):
        raise NotFound
    rides = [VehicleRide(ride, rider) for _, ride, rider in rows if ride]
    return rows[0].Vehicle, make_page(rides, lambda row: (row.ride.started_at, row.ride.id))


def _vehicle_rides_query(
    vehicle_key: RowKey, cities: set[str] | None, after: Cursor | None
) -> Select[tuple[Vehicle, Ride, User]]:
    """Return a query with a row for each ride; with one row without a ride if there are none."""
    rides = (
        select(Ride)
        .where(key_condition(Ride, vehicle_key, id="vehicle_id"))
        .order_by(Ride.started_at.desc(), Ride.id.desc())
        .limit(page_size() + 1)
    )
    if cities is not None:  # a vehicle may have been in other cities
        rides = rides.where(Ride.city.in_(cities))
    if after:
        rides = rides.where(tuple_(Ride.started_at, Ride.id) < after)
    ride = aliased(Ride, rides.subquery())
    return (
        select(Vehicle, ride, User)
        .select_from(table(Vehicle).outerjoin(ride, true()))
        .outerjoin(User, joined_account_condition(ride.rider_region, ride.rider_id))
        .where(key_condition(Vehicle, vehicle_key))
        .order_by(ride.started_at.desc(), ride.id.desc())
        .options(Load(User).lazyload("*"))
    )
