"""Conditions on ``reservations`` and the current row of ``vehicles``, for statements that take
vehicles."""

from sqlalchemy import ColumnElement, and_, exists, func

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.models import Vehicle, stored_reserved_condition
from webapp.rides.reservations.models import Reservation


def own_reservation_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Select the rider's reservation, active or over."""
    return key_condition(table(Reservation), rider_key, id="rider_id")


def own_active_reservation_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Select the rider's reservation while it is active."""
    return and_(own_reservation_condition(rider_key), table(Reservation).c.until > func.now())


def same_vehicle_condition() -> ColumnElement[bool]:
    """The reservation is for the vehicle."""
    reservations, vehicles = table(Reservation).c, table(Vehicle).c
    return and_(
        reservations.vehicle_region == vehicles.region, reservations.vehicle_id == vehicles.id
    )


def reserves_vehicle_condition() -> ColumnElement[bool]:
    """The vehicle is reserved by the reservation.

    Both rows must end at the same time: else the vehicle was taken out of service since, put back,
    and reserved by another rider.
    """
    reservations, vehicles = table(Reservation).c, table(Vehicle).c
    same_end = vehicles.reserved_until == reservations.until
    return and_(same_vehicle_condition(), stored_reserved_condition(), same_end)


def reserved_by_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """The vehicle is reserved for the rider now."""
    active = own_active_reservation_condition(rider_key)
    return exists().where(active, reserves_vehicle_condition())


def reserved_other_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """The rider has an active reservation for another vehicle."""
    active = own_active_reservation_condition(rider_key)
    return exists().where(active, ~same_vehicle_condition())
