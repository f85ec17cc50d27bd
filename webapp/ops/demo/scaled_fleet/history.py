"""The past rides of a batch, and what follows from each."""

from datetime import datetime

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.transitions import RIDE_ENDED
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.disputes import maybe_dispute
from webapp.ops.demo.scaled_fleet.maintenance import add_maintenance, maybe_repair
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.reports import maybe_report
from webapp.ops.demo.scaled_fleet.rides import (
    EndedRide,
    Trip,
    choose_trip,
    make_end_columns,
    make_ride_row,
    start_ride,
)
from webapp.ops.demo.scaled_fleet.vehicles import RANGE_M, Cause, SimulatedVehicle
from webapp.ops.demo.scaled_fleet.wallets import SimulatedRider
from webapp.riders.wallet.entries import ride_entry
from webapp.rides.models import Ride

#: With less than this nobody rides, percent.
EMPTY_BATTERY_PERCENT = 4


def simulate_ride(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    """Let somebody ride a vehicle, if it is free and its battery lasts, and do what follows."""
    if vehicle.state is not VehicleState.AVAILABLE or (
        vehicle.busy_until and vehicle.busy_until >= at
    ):
        return
    trip = choose_trip(
        batch.random, vehicle, batch.places.choose_end(batch.random, vehicle.parking_place)
    )
    rider = batch.choose_rider(at)
    is_over = at + trip.duration < vehicle.history_until
    if rider is None or not is_over or _find_battery_after(vehicle, trip) < EMPTY_BATTERY_PERCENT:
        return
    ended_ride = add_ride(batch, vehicle, rider, at, trip)
    maybe_dispute(batch, ended_ride)
    if vehicle.state is VehicleState.AVAILABLE:
        maybe_report(batch, vehicle, ended_ride)
        add_maintenance(batch, vehicle)


def add_ride(
    batch: Batch, vehicle: SimulatedVehicle, rider: SimulatedRider, at: datetime, trip: Trip
) -> EndedRide:
    """Let a rider ride a free vehicle to a place, pay, and leave it there."""
    ride_id, ended_at = make_id(batch.random), at + trip.duration
    plan = batch.prices.get(vehicle.type_name)
    price = plan.find_price(trip.duration) if plan else None
    start_ride(batch.random, vehicle, rider, ride_id, at)
    row = make_ride_row(vehicle, rider, ride_id, at, plan)
    batch.rows.add(Ride, row | make_end_columns(batch.random, trip, ended_at, price))
    if price:
        entry = ride_entry(rider.key, ride_id, price.currency, price.total, price.tax)
        rider.write(entry, ended_at)
    if vehicle.battery_percent is not None:
        vehicle.battery_percent = _find_battery_after(vehicle, trip)
    vehicle.parking_place, rider.busy_until = trip.end, ended_at
    ended_ride = EndedRide(ride_id, rider, ended_at, price)
    if not maybe_repair(batch, vehicle, ended_ride):
        cause = Cause(EventCause.RIDER, ride_id=ride_id)
        vehicle.change(RIDE_ENDED, VehicleState.AVAILABLE, ended_at, cause)
    return ended_ride


def _find_battery_after(vehicle: SimulatedVehicle, trip: Trip) -> float:
    if vehicle.battery_percent is None:
        return 100.0
    used = 100 * trip.distance_m / RANGE_M[vehicle.type_name]
    return max(0.0, vehicle.battery_percent - used)
