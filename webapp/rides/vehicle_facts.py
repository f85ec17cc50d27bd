"""What rides know about a vehicle, for the queries of the fleet (``Hooks.vehicle_facts``)."""

from typing import Any

from sqlalchemy import func, select

from webapp.fleet.models import Vehicle
from webapp.hooks import VehicleFacts
from webapp.rides.models import Ride


def _of_vehicle(what: Any) -> Any:
    of_it = (Ride.region == Vehicle.region, Ride.vehicle_id == Vehicle.id)
    return select(what).where(*of_it).correlate(Vehicle)


VEHICLE_FACTS = VehicleFacts(
    ride_count=_of_vehicle(func.count()).scalar_subquery(),
    rider_id=_of_vehicle(Ride.rider_id).where(Ride.ended_at.is_(None)).scalar_subquery(),
)
