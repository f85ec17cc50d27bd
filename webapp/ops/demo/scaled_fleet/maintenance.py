"""What staff do with the vehicles of a fleet between rides, each with its task."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.enums import OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.tasks.enums import TaskKind, TaskPriority, TaskSource
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.transitions import (
    BATTERY_SWAPPED,
    DEPLOYED,
    PICKED_UP_FOR,
    RETURNED_TO_SERVICE,
    RIDE_ENDED,
    TAKEN_OUT_OF_SERVICE_FOR,
)
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.reports import add_critical_report
from webapp.ops.demo.scaled_fleet.rides import EndedRide
from webapp.ops.demo.scaled_fleet.tasks import TaskOrigin, add_done_task
from webapp.ops.demo.scaled_fleet.vehicles import Cause, SimulatedVehicle

#: A rule makes it.
BATTERY_TASK = TaskOrigin(TaskKind.SWAP_BATTERY, TaskSource.RULE, trigger=AlertKind.BATTERY_LOW)
#: Below this a battery is swapped, percent.
LOW_BATTERY_PERCENT = 15
#: One ride of so many breaks something; after one of so many the vehicle is taken elsewhere.
BROKEN_EVERY, REBALANCED_EVERY = 150, 100
#: How long it takes until a battery is swapped, a vehicle repaired or taken elsewhere, minutes.
SWAP_MINUTES, REPAIR_MINUTES, REBALANCE_MINUTES = (30, 400), (120, 3_000), (25, 240)


def maybe_repair(batch: Batch, vehicle: SimulatedVehicle, ended_ride: EndedRide) -> bool:
    """End a ride with a critical report and the repair, after few rides; tell whether it was one of
    those."""
    if batch.random.randrange(BROKEN_EVERY):
        return False
    repaired_at = _choose_end(batch, ended_ride.ended_at, REPAIR_MINUTES)
    if repaired_at >= vehicle.history_until:
        return False
    by_rider = Cause(EventCause.RIDER, ride_id=ended_ride.id)
    vehicle.change(RIDE_ENDED, VehicleState.NON_OPERATIONAL, ended_ride.ended_at, by_rider)
    at = ended_ride.ended_at
    report_id = add_critical_report(batch, vehicle, ended_ride.rider, at, repaired_at)
    by_staff = act_as_mechanic(batch, VehicleAction.RETURN_TO_SERVICE)
    vehicle.change(RETURNED_TO_SERVICE, VehicleState.AVAILABLE, repaired_at, by_staff)
    task = make_repair_task(batch, report_id)
    add_done_task(batch, vehicle, task, by_staff.actor_key, (at, repaired_at))
    return True


def add_maintenance(batch: Batch, vehicle: SimulatedVehicle) -> None:
    """Swap a battery that is low, and take few vehicles to where they are needed more."""
    if vehicle.battery_percent is not None and vehicle.battery_percent < LOW_BATTERY_PERCENT:
        _swap_battery(batch, vehicle)
    elif batch.random.randrange(REBALANCED_EVERY) == 0:
        _rebalance(batch, vehicle)


def _swap_battery(batch: Batch, vehicle: SimulatedVehicle) -> None:
    low_at = _find_free_time(vehicle) + timedelta(seconds=batch.random.randint(60, 1_800))
    swapped_at = _choose_end(batch, low_at, SWAP_MINUTES)
    if swapped_at >= vehicle.history_until:
        return
    taken_out = act_as_mechanic(batch, VehicleAction.TAKE_OUT_OF_SERVICE)
    change = TAKEN_OUT_OF_SERVICE_FOR[OutOfServiceReason.BATTERY_LOW]
    vehicle.change(change, VehicleState.NON_OPERATIONAL, low_at, taken_out)
    vehicle.battery_percent = 100.0
    swapped = replace(taken_out, action=VehicleAction.SWAP_BATTERY)
    vehicle.change(BATTERY_SWAPPED, VehicleState.AVAILABLE, swapped_at, swapped)
    add_done_task(batch, vehicle, BATTERY_TASK, taken_out.actor_key, (low_at, swapped_at))


def _rebalance(batch: Batch, vehicle: SimulatedVehicle) -> None:
    picked_up_at = _find_free_time(vehicle) + timedelta(minutes=batch.random.randint(10, 300))
    deployed_at = _choose_end(batch, picked_up_at, REBALANCE_MINUTES)
    if deployed_at >= vehicle.history_until:
        return
    picked_up = act_as_mechanic(batch, VehicleAction.PICK_UP)
    change = PICKED_UP_FOR[PickUpReason.REBALANCE]
    vehicle.change(change, VehicleState.REMOVED, picked_up_at, picked_up)
    vehicle.parking_place = batch.places.choose(batch.random)
    deployed = replace(picked_up, action=VehicleAction.DEPLOY)
    vehicle.change(DEPLOYED, VehicleState.AVAILABLE, deployed_at, deployed)
    task = TaskOrigin(TaskKind.REBALANCE, TaskSource.STAFF, picked_up.actor_key)
    add_done_task(batch, vehicle, task, picked_up.actor_key, (picked_up_at, deployed_at))


def make_repair_task(batch: Batch, report_id: UUID) -> TaskOrigin:
    """Return the task that a supporter makes from a critical report."""
    supporter = batch.random.choice(batch.staff.supporters)
    return TaskOrigin(
        TaskKind.REPAIR,
        TaskSource.REPORT,
        supporter,
        report_id=report_id,
        priority=TaskPriority.URGENT,
    )


def act_as_mechanic(batch: Batch, action: VehicleAction, note: str = "") -> Cause:
    """Return an action of one of the mechanics as the cause of a change."""
    mechanic = batch.random.choice(batch.staff.mechanics)
    return Cause(EventCause.STAFF, mechanic, action=action, note=note)


def _find_free_time(vehicle: SimulatedVehicle) -> datetime:
    return vehicle.busy_until or vehicle.created_at


def _choose_end(batch: Batch, begin: datetime, minutes: tuple[int, int]) -> datetime:
    return begin + timedelta(minutes=batch.random.randint(*minutes))
