"""Jobs of reservations."""

from webapp.db.transactions import execute_write
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.rides.reservations.statements import end_waits_of_lapsed_statement


def tell_waiting_riders(vehicle: KeyPayload, job: RunningJob) -> None:
    """Tell riders who wait for a vehicle by mail, if its reservation has lapsed without a ride."""
    execute_write(end_waits_of_lapsed_statement(vehicle.key), idempotent=True)
