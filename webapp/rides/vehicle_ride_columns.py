"""Facts about the rides of a vehicle, as columns for queries of the fleet."""

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select

from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.hooks import MAX_IN_A_ROW, ShortRide, VehicleRideColumns
from webapp.rides.models import Ride

_same_vehicle = and_(Ride.region == Vehicle.region, Ride.vehicle_id == Vehicle.id)


def count_short_rides(vehicles: FromClause, short: ShortRide) -> ColumnElement[int]:
    """Return how many of the last rides in a row were short; see ``VehicleRideColumns``. Where the
    distance of a ride is not known, its duration decides."""
    rides, vehicle = table(Ride).c, vehicles.c
    is_short = and_(
        rides.ended_at - rides.started_at < short.duration,
        func.coalesce(rides.distance_m, 0) < short.distance_m,
    )
    last = (
        select(rides.started_at, is_short.label("is_short"))
        .where(
            rides.region == vehicle.region,
            rides.vehicle_id == vehicle.id,
            rides.ended_at.is_not(None),
            or_(vehicle.back_on_street_at.is_(None), rides.started_at > vehicle.back_on_street_at),
        )
        .order_by(rides.started_at.desc())
        .limit(MAX_IN_A_ROW)
        .correlate(vehicles)
        .subquery()
    )
    newer_ones_too = func.bool_and(last.c.is_short).over(order_by=last.c.started_at.desc())
    in_a_row = select(newer_ones_too.label("is_short")).subquery()
    return select(func.count()).where(in_a_row.c.is_short).scalar_subquery()


VEHICLE_RIDE_COLUMNS = VehicleRideColumns(
    ride_count=select(func.count()).where(_same_vehicle).correlate(Vehicle).scalar_subquery(),
    rider_id=(
        select(table(Ride).c.rider_id)
        .where(_same_vehicle, Ride.ended_at.is_(None))
        .correlate(Vehicle)
        .scalar_subquery()
    ),
    last_end_address=(
        select(table(Ride).c.end_address)
        .where(_same_vehicle, Ride.ended_at.is_not(None))
        .order_by(Ride.started_at.desc())
        .limit(1)
        .correlate(Vehicle)
        .scalar_subquery()
    ),
    count_short_rides=count_short_rides,
)
