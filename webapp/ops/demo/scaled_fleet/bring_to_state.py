"""Bringing each vehicle of a fleet to its state of now: what is unfinished, and what staff are to
notice."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from webapp.fleet.enums import OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.tasks.enums import TaskKind, TaskSource
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.transitions import (
    IMPORTED,
    MARKED_MISSING,
    PICKED_UP_FOR,
    RESERVATION_CANCELLED,
    RETIRED,
    TAKEN_OUT_OF_SERVICE,
    TAKEN_OUT_OF_SERVICE_FOR,
    VEHICLE_RESERVED,
)
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.current_states import CurrentState
from webapp.ops.demo.scaled_fleet.history import add_ride
from webapp.ops.demo.scaled_fleet.maintenance import BATTERY_TASK, act_as_mechanic, make_repair_task
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.reports import add_critical_report
from webapp.ops.demo.scaled_fleet.rides import Trip, choose_trip, make_ride_row, start_ride
from webapp.ops.demo.scaled_fleet.tasks import TaskOrigin, add_open_task
from webapp.ops.demo.scaled_fleet.vehicles import Cause, SimulatedVehicle
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.models import Reservation

MAINTENANCE_NOTES = ("Brake pads are worn", "Puncture", "Lock does not close", "Yearly check")
PICK_UP_NOTES = {
    PickUpReason.MAINTENANCE: "To the workshop",
    PickUpReason.REBALANCE: "Too many here",
    PickUpReason.COMPLIANCE: "Stood on a crossing",
}
PICK_UP_TASKS = {
    PickUpReason.MAINTENANCE: TaskKind.REPAIR,
    PickUpReason.REBALANCE: TaskKind.REBALANCE,
    PickUpReason.COMPLIANCE: TaskKind.INSPECT,
}
#: Of those that stand around empty, percent.
LOW_BATTERY_PERCENT = (3, 14)
RESERVATION = timedelta(minutes=10)


def bring_to_current_state(
    batch: Batch, vehicle: SimulatedVehicle, at: datetime, state: CurrentState
) -> None:
    """Bring a vehicle to its state of now, at the time since when it is so."""
    if vehicle.battery_percent is not None:
        vehicle.reported_at = batch.now - timedelta(seconds=batch.random.randint(20, 900))
    if step := _STEPS.get(state):
        step(batch, vehicle, at)


def _empty_battery(batch: Batch, vehicle: SimulatedVehicle, _: datetime) -> None:
    if vehicle.battery_percent is not None:
        vehicle.battery_percent = batch.random.randint(*LOW_BATTERY_PERCENT)


def _ride_shortly(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    """Three riders try it, and leave it where it is."""
    for _ in range(3):
        rider, trip = (
            batch.find_rider(at),
            Trip(vehicle.parking_place, 20, _choose_seconds(batch, 45, 110)),
        )
        if rider:
            add_ride(batch, vehicle, rider, at, trip)
        at += trip.duration + _choose_seconds(batch, 60, 600)


def _reserve_in_vain(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    """It is reserved again and again, and nobody comes to ride it."""
    for _ in range(4):
        vehicle.change(VEHICLE_RESERVED, VehicleState.RESERVED, at, Cause(EventCause.RIDER))
        at += RESERVATION
        vehicle.change(RESERVATION_CANCELLED, VehicleState.AVAILABLE, at, Cause(EventCause.TIME))
        at += _choose_seconds(batch, 30, 900)


def _ride_outside(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    if rider := batch.find_rider(at):
        trip = choose_trip(batch.random, vehicle, batch.places.find_outside(batch.random))
        ended_at = add_ride(batch, vehicle, rider, at, trip).ended_at
        _add_task(batch, vehicle, TaskKind.COLLECT, ended_at)


def _start_ride(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    """Somebody rides it until now, and further."""
    rider = batch.find_rider(at)
    if rider is None:
        return
    ride_id, plan = make_id(batch.random), batch.prices.get(vehicle.type_name)
    start_ride(batch.random, vehicle, rider, ride_id, at)
    row = make_ride_row(vehicle, rider, ride_id, at, plan)
    batch.rows.add(Ride, row)
    open_ride = {"ride_region": row["region"], "ride_id": ride_id, "started_at": at}
    batch.rows.add(OpenRide, {"region": rider.key.region, "rider_id": rider.key.id, **open_ride})
    rider.busy_until = batch.now + timedelta(days=1)


def _reserve(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    rider = batch.find_rider(at)
    if rider is None:
        return
    vehicle.change(VEHICLE_RESERVED, VehicleState.RESERVED, at, Cause(EventCause.RIDER))
    vehicle.reserved_until = at + RESERVATION
    plan = batch.prices.get(vehicle.type_name)
    batch.rows.add(
        Reservation,
        {
            "region": rider.key.region,
            "rider_id": rider.key.id,
            "id": make_id(batch.random),
            "vehicle_region": vehicle.key.region,
            "vehicle_id": vehicle.key.id,
            "plan_id": plan.plan_id if plan else None,
            "reserved_at": at,
            "until": vehicle.reserved_until,
        },
    )
    rider.busy_until = batch.now + timedelta(days=1)


def _keep_for_maintenance(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    note = batch.random.choice(MAINTENANCE_NOTES)
    _take_out_of_service(batch, vehicle, at, OutOfServiceReason.MAINTENANCE, note)
    _add_task(batch, vehicle, TaskKind.REPAIR, at)


def _keep_for_battery(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    if vehicle.battery_percent is None:
        _keep_for_maintenance(batch, vehicle, at)
        return
    _empty_battery(batch, vehicle, at)
    reason = OutOfServiceReason.BATTERY_LOW
    _take_out_of_service(batch, vehicle, at, reason, "Nearly empty")
    add_open_task(batch, vehicle, BATTERY_TASK, at)


def _suspend(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    reason = OutOfServiceReason.SYSTEM_SUSPEND
    _take_out_of_service(batch, vehicle, at, reason, "Street festival until tonight")


def _take_out_of_service(
    batch: Batch, vehicle: SimulatedVehicle, at: datetime, reason: OutOfServiceReason, note: str
) -> None:
    by_staff = act_as_mechanic(batch, VehicleAction.TAKE_OUT_OF_SERVICE, note)
    change = TAKEN_OUT_OF_SERVICE_FOR[reason]
    vehicle.change(change, VehicleState.NON_OPERATIONAL, at, by_staff)
    vehicle.out_of_service_reason = reason


def _report(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    if rider := batch.find_rider(at):
        vehicle.change(
            TAKEN_OUT_OF_SERVICE, VehicleState.NON_OPERATIONAL, at, Cause(EventCause.RIDER)
        )
        report_id = add_critical_report(batch, vehicle, rider, at, None)
        add_open_task(batch, vehicle, make_repair_task(batch, report_id), at)


def _pick_up(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    reason = batch.random.choice(list(PICK_UP_NOTES))
    by_staff = act_as_mechanic(batch, VehicleAction.PICK_UP, PICK_UP_NOTES[reason])
    vehicle.change(PICKED_UP_FOR[reason], VehicleState.REMOVED, at, by_staff)
    vehicle.picked_up_at = vehicle.reported_at = at
    _add_task(batch, vehicle, PICK_UP_TASKS[reason], at)


def _retire(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    by_staff = act_as_mechanic(batch, VehicleAction.RETIRE, "Not worth a repair")
    vehicle.change(RETIRED, VehicleState.REMOVED, at, by_staff)
    vehicle.reported_at = None


def _mark_missing(batch: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    by_staff = act_as_mechanic(batch, VehicleAction.MARK_MISSING, "Not where the map shows it")
    vehicle.change(MARKED_MISSING, VehicleState.MISSING, at, by_staff)
    _add_task(batch, vehicle, TaskKind.INSPECT, at)
    _stop_reporting(vehicle, at)


def _lose_contact(_: Batch, vehicle: SimulatedVehicle, at: datetime) -> None:
    vehicle.change(IMPORTED, VehicleState.NON_CONTACTABLE, at, Cause(EventCause.FEED))
    _stop_reporting(vehicle, at)


def _add_task(
    batch: Batch, vehicle: SimulatedVehicle, kind: TaskKind, created_at: datetime
) -> None:
    """Add a task that a member of staff has made."""
    creator_key = batch.random.choice(batch.staff.supporters)
    add_open_task(batch, vehicle, TaskOrigin(kind, TaskSource.STAFF, creator_key), created_at)


def _stop_reporting(vehicle: SimulatedVehicle, at: datetime) -> None:
    if vehicle.reported_at:
        vehicle.reported_at = at


def _choose_seconds(batch: Batch, least: int, most: int) -> timedelta:
    return timedelta(seconds=batch.random.randint(least, most))


_STEPS: Mapping[CurrentState, Callable[[Batch, SimulatedVehicle, datetime], None]] = {
    CurrentState.LOW_BATTERY: _empty_battery,
    CurrentState.THREE_SHORT_RIDES: _ride_shortly,
    CurrentState.RESERVED_IN_VAIN: _reserve_in_vain,
    CurrentState.OUTSIDE: _ride_outside,
    CurrentState.ON_TRIP: _start_ride,
    CurrentState.LONG_RIDE: _start_ride,
    CurrentState.RESERVED: _reserve,
    CurrentState.IN_MAINTENANCE: _keep_for_maintenance,
    CurrentState.BATTERY_TO_SWAP: _keep_for_battery,
    CurrentState.SUSPENDED: _suspend,
    CurrentState.REPORTED: _report,
    CurrentState.PICKED_UP: _pick_up,
    CurrentState.RETIRED: _retire,
    CurrentState.MISSING: _mark_missing,
    CurrentState.NON_CONTACTABLE: _lose_contact,
}
