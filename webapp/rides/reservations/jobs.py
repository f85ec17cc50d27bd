"""Jobs of reservations."""

from datetime import datetime
from uuid import uuid5

from sqlalchemy import Select, func, select

from webapp.auth.jobs import find_job_account
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.notification_kinds import make_vehicle_facts
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.jobs.writing import job_statement
from webapp.riders.notifications.delivery import notify
from webapp.rides.reservations.job_kinds import RESERVATION_ENDING, EndingReservation, Withdrawal
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.notification_kinds import END_LEAD_TIME, RESERVATION_ENDS_SOON
from webapp.rides.reservations.statements.expire import end_waits_of_expired_statement
from webapp.rides.reservations.withdrawal import settle_withdrawal
from webapp.web.urls import public_url


def tell_waiting_riders(vehicle: KeyPayload, job: RunningJob) -> None:
    """Tell riders who wait for a vehicle by mail, if its reservation has expired without a ride."""
    if vehicle_key := _find_reserved_vehicle(vehicle.key):
        execute_write(end_waits_of_expired_statement(vehicle_key), idempotent=True)


def notify_of_reservation_end(ending: EndingReservation, job: RunningJob) -> None:
    """Notify a rider that a reservation is about to end; not if it has ended. If it was extended,
    another job does it later."""
    rider = find_job_account(job)
    row = rider and db.session.execute(_active_reservation_query(rider.key, ending)).one_or_none()
    if not row:
        return
    reservation, vehicle, moment = row
    notify_at = reservation.until - END_LEAD_TIME
    if notify_at > moment:
        later = job_statement(
            RESERVATION_ENDING,
            ending,
            region=job.key.region,
            account_key=job.account_key,
            due_at=notify_at,
            job_id=uuid5(job.key.id, notify_at.isoformat()),
        )
        execute_write(later, idempotent=True)
        return
    notify(
        job,
        RESERVATION_ENDS_SOON,
        public_url("rides.reservations.show"),
        make_vehicle_facts(vehicle),
    )


def _active_reservation_query(
    rider_key: RowKey, ending: EndingReservation
) -> Select[tuple[Reservation, Vehicle, datetime]]:
    """Return the query of a reservation with its vehicle, if it has not ended."""
    is_of_vehicle = (Vehicle.region == Reservation.vehicle_region) & (
        Vehicle.id == Reservation.vehicle_id
    )
    return (
        select(Reservation, Vehicle, func.now())
        .join(Vehicle, is_of_vehicle)
        .where(
            key_condition(Reservation, rider_key, id="rider_id"),
            Reservation.id == ending.id,
            Reservation.until > func.now(),
            Vehicle.reserved_until == Reservation.until,
        )
    )


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
