"""From trips to rides: which vehicle, which price, and what the rules about parking say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from uuid import UUID, uuid5

from webapp.db.keys import RowKey
from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Quote, quote_ride
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.services.end_snapshot import RideEndSnapshot
from webapp.rides.services.parking import ParkingCosts, ParkingForbidden, find_parking_fee
from webapp.rides.trip_import.enums import ParkingOutcome
from webapp.rides.trip_import.trip_files import Trip

#: Ids of imported rows follow from it and from the trip, so that each trip is imported once.
NAMESPACE = UUID("b7d6f2a0-3c1e-4f0b-8a57-6f1a0e2c9d44")


#: The files do not say what was ridden.
FORM_FACTOR, PROPULSION_TYPE = VEHICLE_TYPES["scooter"]


@dataclass(frozen=True)
class TripImport:
    """Where the trips of a file become rides, for which price, and whose."""

    city: City
    plan: PricingPlan
    rider_key: RowKey
    #: Vehicles.feed_system of the vehicles. Each file has its own: vehicles are assigned within
    #: one file, and rides of two files on one vehicle could overlap.
    feed_system: str


@dataclass(frozen=True)
class ImportedRide:
    """A trip as a ride. ``vehicle`` is a number within the file."""

    id: UUID
    trip: Trip
    vehicle: int
    parking: ParkingOutcome
    #: The zone that decided about parking; "" where it is allowed.
    parking_zone: str
    price: Quote


def convert_trips(trip_import: TripImport, trips: Sequence[Trip]) -> list[ImportedRide]:
    """Return the trips as rides, in the same order. No vehicle has two rides at a time."""
    return [
        _convert_trip(trip_import, trip, vehicle)
        for trip, vehicle in zip(trips, assign_vehicles(trips), strict=True)
    ]


def assign_vehicles(trips: Sequence[Trip]) -> list[int]:
    """Return the number of a vehicle for each trip, in the order of their starts: the one that has
    been free for longest, else a new one."""
    numbers: list[int] = []
    free: list[tuple[datetime, int]] = []
    for trip in trips:
        is_one_free = free and free[0][0] <= trip.started_at
        number = heappop(free)[1] if is_one_free else len(free) + 1
        heappush(free, (trip.ended_at, number))
        numbers.append(number)
    return numbers


def _convert_trip(trip_import: TripImport, trip: Trip, vehicle: int) -> ImportedRide:
    parking, zone, fee = _apply_parking_rules(trip_import, trip)
    price = quote_ride(trip_import.plan.tariff, trip.ended_at - trip.started_at, fee)
    id_ = uuid5(NAMESPACE, f"ride {trip_import.city.name} {trip.id}")
    return ImportedRide(id_, trip, vehicle, parking, zone, price)


def _apply_parking_rules(trip_import: TripImport, trip: Trip) -> tuple[ParkingOutcome, str, int]:
    """Return what the rules say of the trip's end, by which zone, and the fee. A trip that ended
    where parking is forbidden costs no fee."""
    vehicle = Vehicle(form_factor=FORM_FACTOR, propulsion_type=PROPULSION_TYPE)
    city, plan = trip_import.city.name, trip_import.plan
    ride = Ride(city=city, plan=plan, vehicle=vehicle, started_at=trip.started_at)
    snapshot = RideEndSnapshot(ride, path=None, moment=trip.ended_at)
    try:
        find_parking_fee(snapshot, trip.end, agreed_fee=0)
    except (ParkingCosts, ParkingForbidden) as refusal:
        zone = refusal.details["parking"].zone
        name = zone.name if zone else "outside the service area"
        if isinstance(refusal, ParkingForbidden):
            return ParkingOutcome.FORBIDDEN, name, 0
        return ParkingOutcome.FEE, name, refusal.details["fee"]
    return ParkingOutcome.ALLOWED, "", 0
