"""The statement that extends a reservation."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CTE, Select, exists, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.models import Vehicle, stored_reserved_condition
from webapp.fleet.pricing.quotes import Quote
from webapp.jobs.kinds import KeyPayload
from webapp.jobs.writing import job_cte, job_statement
from webapp.regions.features import city_open_condition
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import reservation_entry
from webapp.rides.reservations.conditions import own_reservation_condition
from webapp.rides.reservations.extensions import extension_entry_id
from webapp.rides.reservations.free_minutes import (
    free_minutes_today_column,
    has_free_minutes_condition,
    today_column,
)
from webapp.rides.reservations.job_kinds import RESERVATION_EXPIRY
from webapp.rides.reservations.models import Reservation


def extend_reservation_statement(
    rider_key: RowKey, reservation: Reservation, until: datetime, price: Quote
) -> Select[tuple[UUID]]:
    """Return the statement that extends a reservation and charges it, if it still is as it was
    read. It returns the reservation's id.

    Minutes that cost nothing count as free ones of the vehicle, and need some that are left.
    """
    free_minutes = 0 if price.total else (until - reservation.until) // timedelta(minutes=1)
    extended = _extend_reservation_cte(rider_key, reservation, until, free_minutes)
    entry_id = extension_entry_id(reservation.id, until)
    entry = reservation_entry(rider_key, entry_id, price.currency, price.total, price.tax)
    audit_event = audit_event_statement(
        AuditKind.RESERVATION_EXTENDED,
        actor=rider_key,
        subject=audit_subject("vehicle", reservation.vehicle_key),
        after=extended,
    )
    expiry = job_statement(
        RESERVATION_EXPIRY,
        KeyPayload(*reservation.vehicle_key),
        region=reservation.vehicle_key.region,
        due_at=until,
        after=extended,
    )
    return select(extended.c.id).add_cte(
        as_cte(audit_event), ledger.entry_cte(entry, after=extended), job_cte(expiry)
    )


def _extend_reservation_cte(
    rider_key: RowKey, reservation: Reservation, until: datetime, free_minutes: int
) -> CTE:
    vehicles, reservations = table(Vehicle), table(Reservation)
    extended_vehicle = (
        update(vehicles)
        .where(
            key_condition(vehicles, reservation.vehicle_key),
            stored_reserved_condition(),
            vehicles.c.reserved_until == reservation.until,
            vehicles.c.reserved_until > func.now(),
            city_open_condition(vehicles.c.city),
        )
        .values(reserved_until=until)
    )
    if free_minutes:
        minutes_today = free_minutes_today_column()
        extended_vehicle = extended_vehicle.where(has_free_minutes_condition()).values(
            free_reserved_on=today_column(), free_reserved_min=minutes_today + free_minutes
        )
    vehicle = extended_vehicle.returning(vehicles.c.id).cte("extended_vehicle")
    return (
        update(reservations)
        .where(
            own_reservation_condition(rider_key),
            reservations.c.id == reservation.id,
            exists(select(vehicle)),
        )
        .values(until=until)
        .returning(reservations.c.id)
        .cte("extended")
    )
