"""Jobs of reservations."""

from sqlalchemy import select

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.rides.reservations.statements import end_waits_of_lapsed_statement


def tell_waiting_riders(vehicle: KeyPayload, job: RunningJob) -> None:
    """Tell riders who wait for a vehicle by mail, if its reservation has lapsed without a ride."""
    if vehicle_key := _find_reserved_vehicle(vehicle.key):
        execute_write(end_waits_of_lapsed_statement(vehicle_key), idempotent=True)


def _find_reserved_vehicle(vehicle_key: RowKey) -> RowKey | None:
    """Return the key of the vehicle; None if it is not reserved.

    If its city has moved to another region, it is found by its id alone: one more statement, which
    asks all regions.
    """
    for condition in (key_condition(Vehicle, vehicle_key), Vehicle.id == vehicle_key.id):
        query = select(Vehicle.region, Vehicle.id, Vehicle.state).where(condition)
        if row := db.session.execute(query).one_or_none():
            is_reserved = row.state == VehicleState.RESERVED.value
            return RowKey(row.region, row.id) if is_reserved else None
    return None
