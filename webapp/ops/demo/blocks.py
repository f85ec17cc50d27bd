"""A rider whom the owner of the demo has blocked."""

from datetime import timedelta
from uuid import uuid5

from webapp.auth.models import User
from webapp.ops.demo.rides import PastRide
from webapp.ops.demo.vehicles import OWNED_VEHICLES, VehicleRow

REASON = "Left my bike across the bike lane, and two people had to brake."


def block_rows(
    rides: list[PastRide], vehicles: list[VehicleRow], owner: User
) -> list[dict[str, object]]:
    """Return the block of the rider of the first of the rides with a vehicle of the owner."""
    owned_ids = {vehicle["id"] for vehicle in vehicles[:OWNED_VEHICLES]}
    ride = next(ride for ride in rides if ride.row["vehicle_id"] in owned_ids)
    return [
        {
            "region": ride.rider.region,
            "id": uuid5(ride.id, "the demo's block"),
            "rider_id": ride.rider.id,
            "owner_region": owner.region,
            "owner_id": owner.id,
            "ride_region": ride.row["region"],
            "ride_id": ride.id,
            "reason": REASON,
            "created_at": ride.ended_at + timedelta(hours=3),
        }
    ]
