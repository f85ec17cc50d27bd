"""Facts about the rides of a vehicle, as columns for queries of the fleet."""

from sqlalchemy import and_, func, select

from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.hooks import VehicleRideColumns
from webapp.rides.models import Ride

_same_vehicle = and_(Ride.region == Vehicle.region, Ride.vehicle_id == Vehicle.id)

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
)
