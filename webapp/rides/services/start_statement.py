"""The statement that starts a ride: it checks all rules and writes everything, or nothing."""

from uuid import UUID

from sqlalchemy import CTE, ColumnElement, delete, exists, insert, literal, or_, select, update
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.types import Region, table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, available_condition, public_key_condition
from webapp.fleet.pricing.queries import current_plan_id_subquery
from webapp.riders.wallet.ledger import must_pay_first_condition
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.conditions import (
    own_reservation_condition,
    reserved_by_condition,
    reserved_other_condition,
)
from webapp.rides.reservations.models import Reservation

#: Columns of the vehicle from which those of the ride and its plan follow.
VEHICLE_COLUMNS = (
    "region", "id", "city", "address", "lat", "lon", "form_factor", "propulsion_type",
)  # fmt: skip


def start_ride_statement(
    rider_key: RowKey,
    vehicle_key: RowKey,
    ride_key: RowKey,
    seen_plan_id: UUID | None,
    place_condition: ColumnElement[bool] | None = None,
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that starts a ride: the vehicle is taken, the ride is written, and the
    rider's reservation ends. It returns the ride's id, or nothing when a rule forbids the ride.

    place_condition: that the vehicle stands where a ride may start.

    Its last insert violates the primary key of open_rides when the rider has an open ride, and
    undoes the rest.
    """
    taken = _take_vehicle_cte(rider_key, vehicle_key, seen_plan_id, place_condition)
    ride = _insert_ride_cte(rider_key, ride_key, taken)
    audit_event = audit_event_statement(
        AuditKind.RIDE_STARTED, actor=rider_key, subject=audit_subject("ride", ride_key), after=ride
    )
    open_rides = table(OpenRide)
    open_ride = select(
        literal(rider_key.region, Region),
        literal(rider_key.id),
        ride.c.region,
        ride.c.id,
        ride.c.started_at,
    )
    return (
        insert(open_rides)
        .from_select(["region", "rider_id", "ride_region", "ride_id", "started_at"], open_ride)
        .returning(open_rides.c.ride_id)
        .add_cte(_delete_reservation_cte(rider_key, ride), as_cte(audit_event))
    )


def _take_vehicle_cte(
    rider_key: RowKey,
    vehicle_key: RowKey,
    seen_plan_id: UUID | None,
    place_condition: ColumnElement[bool] | None,
) -> CTE:
    vehicles = table(Vehicle)
    conditions = [
        public_key_condition(vehicle_key),
        or_(available_condition(), reserved_by_condition(rider_key)),
        ~reserved_other_condition(rider_key),
        # Who has reserved it may ride all the same: an extension may have caused the debt.
        or_(reserved_by_condition(rider_key), ~must_pay_first_condition(rider_key)),
    ]
    if seen_plan_id:
        conditions.append(current_plan_id_subquery() == seen_plan_id)
    if place_condition is not None:
        conditions.append(place_condition)
    return (
        update(vehicles)
        .where(*conditions)
        .values(state=VehicleState.ON_TRIP.value, reserved_until=None, free_reserved_min=0)
        .returning(*(vehicles.c[name] for name in VEHICLE_COLUMNS))
        .cte("taken")
    )


def _insert_ride_cte(rider_key: RowKey, ride_key: RowKey, taken: CTE) -> CTE:
    rides = table(Ride)
    row = {
        "region": taken.c.region,
        "id": literal(ride_key.id),
        "city": taken.c.city,
        "vehicle_id": taken.c.id,
        "rider_region": literal(rider_key.region, Region),
        "rider_id": literal(rider_key.id),
        "start_address": taken.c.address,
        "start_lat": taken.c.lat,
        "start_lon": taken.c.lon,
        "plan_id": current_plan_id_subquery(taken),
    }
    return (
        insert(rides)
        .from_select(list(row), select(*row.values()))
        .returning(rides.c.region, rides.c.id, rides.c.started_at)
        .cte("ride")
    )


def _delete_reservation_cte(rider_key: RowKey, ride: CTE) -> CTE:
    reservations = table(Reservation)
    return (
        delete(reservations)
        .where(own_reservation_condition(rider_key), exists(select(ride)))
        .returning(reservations.c.rider_id)
        .cte("deleted_reservation")
    )
