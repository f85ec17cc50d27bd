"""Jobs of reservations."""

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.rides.reservations.statements import end_waits_of_expired_statement
from webapp.rides.reservations.withdrawal import Withdrawal, settle_withdrawal


def tell_waiting_riders(vehicle: KeyPayload, job: RunningJob) -> None:
    """Tell riders who wait for a vehicle by mail, if its reservation has expired without a ride."""
    if vehicle_key := _find_reserved_vehicle(vehicle.key):
        execute_write(end_waits_of_expired_statement(vehicle_key), idempotent=True)


def settle_withdrawn_reservation(withdrawal: Withdrawal, job: RunningJob) -> None:
    """Settle the reservation of a vehicle that was withdrawn when the job was written."""
    settle_withdrawal(withdrawal, job.created_at)


def _find_reserved_vehicle(vehicle_key: RowKey) -> RowKey | None:
    """Return the key of the vehicle; None if it is not reserved."""
    query = select(Vehicle.region, Vehicle.id, Vehicle.state)
    row = find_in_any_region(query, Vehicle, vehicle_key)
    if row and row.state == VehicleState.RESERVED.value:
        return RowKey(row.region, row.id)
    return None
