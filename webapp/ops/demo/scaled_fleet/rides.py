"""The rides of a fleet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.transitions import RIDE_STARTED, VEHICLE_RESERVED
from webapp.ops.demo.scaled_fleet.places import ParkingPlace
from webapp.ops.demo.scaled_fleet.prices import PlanPrices, RidePrice
from webapp.ops.demo.scaled_fleet.rows import Row
from webapp.ops.demo.scaled_fleet.vehicles import SPEED_M_S, Cause, SimulatedVehicle
from webapp.ops.demo.scaled_fleet.wallets import SimulatedRider
from webapp.regions.geography import distance_m

#: Streets are longer than the straight line; nobody rides less than the shortest distance.
DETOUR, SHORTEST_M = 1.25, 250
#: To unlock and to park, and to look around, seconds.
HANDLING_S = (40, 240)
#: Of those who rode, so many of a hundred give 0 (nothing) to 5 stars.
RATINGS = (58, 1, 1, 3, 12, 25)
#: One ride of so many begins with a reservation.
RESERVED_EVERY = 20


@dataclass(frozen=True)
class Trip:
    """Where a ride goes, how far in metres and how long."""

    end: ParkingPlace
    distance_m: int
    duration: timedelta


@dataclass(frozen=True)
class EndedRide:
    """A ride that is over. price: None where riding is free."""

    id: UUID
    rider: SimulatedRider
    ended_at: datetime
    price: RidePrice | None


def choose_trip(random: Random, vehicle: SimulatedVehicle, end: ParkingPlace) -> Trip:
    """Return a trip from where the vehicle stands to another place."""
    distance = max(SHORTEST_M, distance_m(vehicle.parking_place.point, end.point) * DETOUR)
    seconds = distance / SPEED_M_S[vehicle.type_name] * random.uniform(0.85, 1.5)
    return Trip(
        end, round(distance), timedelta(seconds=round(seconds + random.randint(*HANDLING_S)))
    )


def start_ride(
    random: Random, vehicle: SimulatedVehicle, rider: SimulatedRider, ride_id: UUID, at: datetime
) -> None:
    """Let a rider take a vehicle, at times after a reservation."""
    rider.top_up_if_low(random, at - timedelta(minutes=15))
    if random.randrange(RESERVED_EVERY) == 0:
        reserved_at = at - timedelta(seconds=random.randint(60, 500))
        if vehicle.busy_until is None or reserved_at > vehicle.busy_until:
            by_rider = Cause(EventCause.RIDER)
            vehicle.change(VEHICLE_RESERVED, VehicleState.RESERVED, reserved_at, by_rider)
    cause = Cause(EventCause.RIDER, ride_id=ride_id)
    vehicle.change(RIDE_STARTED, VehicleState.ON_TRIP, at, cause)


def make_ride_row(
    vehicle: SimulatedVehicle,
    rider: SimulatedRider,
    ride_id: UUID,
    at: datetime,
    plan: PlanPrices | None,
) -> Row:
    """Return the row of a ride that has just started; its other columns are NULL."""
    return {
        "region": vehicle.city.region,
        "id": ride_id,
        "city": vehicle.city.name,
        "vehicle_id": vehicle.id,
        "rider_region": rider.key.region,
        "rider_id": rider.key.id,
        "started_at": at,
        **_make_place_columns("start", vehicle.parking_place),
        "ended_at": None,
        "end_address": None,
        "end_lat": None,
        "end_lon": None,
        "plan_id": plan.plan_id if plan else None,
        "distance_m": None,
        "price": None,
        "currency": None,
        "price_lines": None,
        "rating": None,
    }


def make_end_columns(random: Random, trip: Trip, at: datetime, price: RidePrice | None) -> Row:
    """Return the columns that change when a ride ends."""
    stars = random.choices(range(6), RATINGS)[0]
    return {
        "ended_at": at,
        **_make_place_columns("end", trip.end),
        "distance_m": trip.distance_m,
        "price": price.total if price else None,
        "currency": price.currency if price else None,
        "price_lines": price.lines if price else None,
        "rating": stars or None,
    }


def _make_place_columns(name: str, parking_place: ParkingPlace) -> Row:
    return {
        f"{name}_address": parking_place.address,
        f"{name}_lat": parking_place.point.lat,
        f"{name}_lon": parking_place.point.lon,
    }
