"""Reservations that end because the operator takes the vehicle away, in whatever way.

The statement that takes it away writes a job in the region of the vehicle; the job ends the
reservation in the region of the rider (docs/decisions/0031).
"""

from sqlalchemy import CTE, ColumnElement, Select, Update, and_, func, select, update
from sqlalchemy.orm import Session

from webapp.auth.models import is_account_open_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.mail import mail_statement
from webapp.money import format_amount
from webapp.regions.catalogue import list_city_regions
from webapp.riders.wallet.entries import reversal_entry
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.ledger import read_entries, write_entries
from webapp.rides.reservations.conditions import reserves_vehicle_condition, same_vehicle_condition
from webapp.rides.reservations.extensions import list_extension_entry_ids
from webapp.rides.reservations.models import Reservation
from webapp.web.urls import public_url

#: Ends the reservation of the vehicle of its payload; run by webapp/rides/reservations/jobs.py.
RESERVATION_WITHDRAWN = JobKind("reservation_withdrawn", KeyPayload, Priority.URGENT)


def withdrawal_jobs_cte(withdrawn: CTE) -> CTE:
    """Return the part of a statement that writes a job for each reserved vehicle which it takes
    away; the hook ``withdrawal_parts``."""
    job = jobs_from_rows_query(
        RESERVATION_WITHDRAWN, key_payload(withdrawn), rows=withdrawn, region=withdrawn.c.region
    )
    return insert_jobs_cte(job)


def of_vehicle_condition(vehicle_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a reservation, of a rider of any region, is for a vehicle, whose
    city may have moved."""
    reservations, regions = table(Reservation).c, {*list_city_regions(), vehicle_key.region}
    return and_(
        reservations.region.in_(sorted(regions)),
        reservations.vehicle_region.in_(sorted(regions)),
        reservations.vehicle_id == vehicle_key.id,
    )


def end_withdrawn_reservations(condition: ColumnElement[bool]) -> None:
    """End reservations that have lost their vehicle: give back what was paid for them, and tell
    their riders by mail. Twice, it changes nothing.

    condition: which reservations; those that still have their vehicle stay.
    """

    def work(session: Session) -> None:
        for reservation, vehicle in session.execute(withdrawn_query(condition)).all():
            refund = _refund_extensions(session, reservation)
            notice = mail_statement(
                "reservation_withdrawn",
                RowKey(reservation.region, reservation.rider_id),
                vehicle=vehicle_name(vehicle),
                refund=refund,
                link=public_url("fleet.search.home"),
            )
            session.execute(notice)
            session.execute(end_withdrawn_statement(reservation))

    run_transaction(work, idempotent=True)


def withdrawn_query(condition: ColumnElement[bool]) -> Select[tuple[Reservation, Vehicle]]:
    """Return the query for reservations that have lost their vehicle and have not ended because of
    it, each with the vehicle. Those of accounts that have ended are being deleted."""
    reservations = table(Reservation).c
    return (
        select(Reservation, Vehicle)
        .join(Vehicle, same_vehicle_condition())
        .where(
            condition,
            reservations.withdrawn_at.is_distinct_from(reservations.until),
            reserves_vehicle_condition().is_not(True),
            is_account_open_condition(RowKey._make((reservations.region, reservations.rider_id))),
        )
    )


def _refund_extensions(session: Session, reservation: Reservation) -> str:
    """Give back what the extensions of a reservation cost; return the amount in words, '' if they
    cost nothing.

    The refunds count at the time of what they refund: else credit that paid for it would become
    money of the rider (webapp/riders/wallet/queries/own_money.py).
    """
    rider_key = RowKey(reservation.region, reservation.rider_id)
    charges = read_entries(session, rider_key, list_extension_entry_ids(reservation))
    refunds = [reversal_entry(charge) for charge in charges]
    write_entries(session, refunds)
    amount = sum(refund.amounts[LedgerAccount.RIDER] for refund in refunds)
    return format_amount(amount, refunds[0].currency) if refunds else ""


def end_withdrawn_statement(reservation: Reservation) -> Update:
    """Return the statement that ends a reservation because it has lost its vehicle."""
    reservations = table(Reservation)
    ended_at = func.least(reservations.c.until, func.now())
    rider_key = RowKey(reservation.region, reservation.rider_id)
    return (
        update(reservations)
        .where(
            key_condition(reservations, rider_key, id="rider_id"),
            reservations.c.id == reservation.id,
        )
        .values(until=ended_at, withdrawn_at=ended_at)
    )
