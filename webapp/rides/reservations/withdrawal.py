"""Reservations that end because the operator withdraws the vehicle, in whatever way.

The statement that withdraws it writes a job in the region of the vehicle; the job settles the
reservation in the region of the rider (docs/decisions/0031).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, String, Update, and_, cast, func, select, update
from sqlalchemy.orm import Session

from webapp.auth.models import is_account_open_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.reports.models import Report
from webapp.jobs.writing import jobs_from_rows_query
from webapp.mail import mail_statement
from webapp.money import format_amount
from webapp.regions.catalogue import list_city_regions
from webapp.riders.wallet.entries import LedgerEntry, reversal_entry
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.ledger import read_entries, write_entries
from webapp.rides.reservations.extensions import EXTENSION_MIN, extension_ends_by_entry_id
from webapp.rides.reservations.job_kinds import RESERVATION_WITHDRAWN, Withdrawal
from webapp.rides.reservations.models import Reservation
from webapp.web.urls import public_url


def withdrawal_jobs_query(withdrawn: CTE) -> Select[Any]:
    """Return a job for each reserved vehicle that a statement withdraws; the hook
    ``withdrawal_jobs``."""
    payload = func.jsonb_build_object(
        "region", cast(withdrawn.c.region, String),
        "id", cast(withdrawn.c.id, String),
        "reservation_id", cast(withdrawn.c.reservation_id, String),
        "reserved_until", withdrawn.c.reserved_until,
    )  # fmt: skip
    return jobs_from_rows_query(
        RESERVATION_WITHDRAWN, payload, rows=withdrawn, region=withdrawn.c.region
    )


def settle_withdrawal(withdrawal: Withdrawal, withdrawn_at: datetime) -> None:
    """End the reservation of a withdrawn vehicle, give back what was paid to extend it, and tell
    its rider by mail. Twice, it changes nothing.

    The rider may have another reservation by now, or a ride: then the row of this one is gone, and
    its charges are found by their ids.
    """
    row = find_in_any_region(select(Vehicle), Vehicle, withdrawal.vehicle_key)
    vehicle = row[0] if row else None

    def work(session: Session) -> None:
        reservation = session.scalar(withdrawn_reservation_query(withdrawal, withdrawn_at))
        charges = _read_charges(session, withdrawal, reservation)
        refundable = _select_refundable(session, withdrawal, withdrawn_at, charges)
        refunds = write_entries(session, map(reversal_entry, refundable))
        if reservation:
            session.execute(end_withdrawn_statement(reservation, withdrawn_at))
            _return_free_minutes(session, withdrawal, reservation, withdrawn_at)
            rider_key = RowKey(reservation.region, reservation.rider_id)
        elif refunds:
            rider_key = refunds[0].rider_key
        else:
            return
        session.execute(
            record_on_report_statement(withdrawal, withdrawn_at, rider_key, _sum_amounts(refunds))
        )
        notice = mail_statement(
            "reservation_withdrawn",
            rider_key,
            vehicle=vehicle_name(vehicle) if vehicle else "",
            refund=_describe_amount(refunds),
            is_refund_partial=len(refundable) < len(charges),
            link=public_url("fleet.search.home"),
        )
        session.execute(notice)

    run_transaction(work, idempotent=True)


def withdrawn_reservation_query(
    withdrawal: Withdrawal, withdrawn_at: datetime
) -> Select[tuple[Reservation]]:
    """Return the query for the reservation, of a rider of any region, that is not settled yet.
    Those of accounts that have ended are being deleted."""
    reservations = table(Reservation).c
    was_active = and_(reservations.reserved_at < withdrawn_at, reservations.until > withdrawn_at)
    return (
        select(Reservation)
        .where(
            _of_vehicle_condition(withdrawal.vehicle_key),
            (reservations.id == withdrawal.reservation_id) | was_active,
            reservations.withdrawn_at.is_distinct_from(withdrawn_at),
            is_account_open_condition(RowKey._make((reservations.region, reservations.rider_id))),
        )
        .limit(1)
    )


def _of_vehicle_condition(vehicle_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a reservation is for a vehicle, whose city may have moved."""
    reservations, regions = table(Reservation).c, {*list_city_regions(), vehicle_key.region}
    return and_(
        reservations.region.in_(sorted(regions)),
        reservations.vehicle_region.in_(sorted(regions)),
        reservations.vehicle_id == vehicle_key.id,
    )


def end_withdrawn_statement(reservation: Reservation, withdrawn_at: datetime) -> Update:
    """Return the statement that ends a reservation because its vehicle was withdrawn."""
    reservations = table(Reservation)
    rider_key = RowKey(reservation.region, reservation.rider_id)
    return (
        update(reservations)
        .where(
            key_condition(reservations, rider_key, id="rider_id"),
            reservations.c.id == reservation.id,
        )
        .values(until=withdrawn_at, withdrawn_at=withdrawn_at)
    )


# --- what was paid -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Charge:
    """What an extension cost, and until when it was."""

    entry: LedgerEntry
    until: datetime


def _read_charges(
    session: Session, withdrawal: Withdrawal, reservation: Reservation | None
) -> list[_Charge]:
    """Return the charges of the extensions."""
    reservation_id, until = withdrawal.reservation_id, withdrawal.reserved_until
    if reservation:
        reservation_id, until = reservation.id, until or reservation.until
    if reservation_id is None or until is None:
        return []
    ends = extension_ends_by_entry_id(reservation_id, until)
    return [_Charge(entry, ends[entry.id]) for entry in read_entries(session, list(ends))]


def _select_refundable(
    session: Session, withdrawal: Withdrawal, withdrawn_at: datetime, charges: Collection[_Charge]
) -> list[LedgerEntry]:
    """Return what is given back: all, unless the rider's own report withdrew the vehicle. Else an
    extension could be had for nothing, by a report in its last minute; then only those that had not
    begun are given back."""
    entries = [charge.entry for charge in charges]
    if not entries:
        return []
    reported = own_report_query(withdrawal, withdrawn_at, entries[0].rider_key)
    if session.scalar(reported) is None:
        return entries
    latest = withdrawn_at + timedelta(minutes=EXTENSION_MIN)
    return [charge.entry for charge in charges if charge.until >= latest]


def own_report_query(
    withdrawal: Withdrawal, withdrawn_at: datetime, rider_key: RowKey
) -> Select[tuple[UUID]]:
    """Return the query for the report of a rider that withdrew a vehicle."""
    is_own = key_condition(table(Report), rider_key, "reporter_region", "reporter_id")
    query = select(table(Report).c.id)
    return query.where(_is_withdrawing_report(withdrawal, withdrawn_at), is_own)


def record_on_report_statement(
    withdrawal: Withdrawal, withdrawn_at: datetime, rider_key: RowKey, amount: int
) -> Update:
    """Return the statement that says on the report that withdrew a vehicle, if one did, whose
    reservation it has ended, and what that rider got back."""
    reports = table(Report)
    is_own = and_(
        reports.c.reporter_region.is_not_distinct_from(rider_key.region),
        reports.c.reporter_id.is_not_distinct_from(rider_key.id),
    )
    return (
        update(reports)
        .where(_is_withdrawing_report(withdrawal, withdrawn_at), reports.c.critical)
        .values(ended_own_reservation=is_own, returned_amount=amount)
    )


def _is_withdrawing_report(withdrawal: Withdrawal, withdrawn_at: datetime) -> ColumnElement[bool]:
    """Return the condition that a report was written by the statement that withdrew a vehicle: at
    the same time as the job."""
    reports = table(Report).c
    return and_(
        reports.region.in_(sorted({*list_city_regions(), withdrawal.region})),
        reports.vehicle_id == withdrawal.id,
        reports.created_at == withdrawn_at,
    )


def _sum_amounts(refunds: list[LedgerEntry]) -> int:
    return sum(refund.amounts[LedgerAccount.RIDER] for refund in refunds)


def _describe_amount(refunds: list[LedgerEntry]) -> str:
    """Return what was given back, in words; '' if it is nothing."""
    return format_amount(_sum_amounts(refunds), refunds[0].currency) if refunds else ""


# --- free minutes --------------------------------------------------------------------------------


def _return_free_minutes(
    session: Session, withdrawal: Withdrawal, reservation: Reservation, withdrawn_at: datetime
) -> None:
    """Let the free minutes of the vehicle that were not used count no more, as cancelling does."""
    plan = session.get(PricingPlan, reservation.plan_id) if reservation.plan_id else None
    free_until = withdrawal.reserved_until or withdrawn_at
    if plan and plan.reservation_rate > 0:
        free_until = reservation.reserved_at + timedelta(minutes=plan.reserve_min)
    unused_min = (free_until - withdrawn_at) // timedelta(minutes=1)
    if unused_min > 0:
        vehicle_key = RowKey(reservation.vehicle_region, reservation.vehicle_id)
        session.execute(return_free_minutes_statement(vehicle_key, withdrawn_at, unused_min))


def return_free_minutes_statement(
    vehicle_key: RowKey, withdrawn_at: datetime, minutes: int
) -> Update:
    """Return the statement that gives free minutes of that day back to a vehicle, if nobody has
    reserved or ridden it since."""
    vehicles = table(Vehicle)
    return (
        update(vehicles)
        .where(
            key_condition(vehicles, vehicle_key),
            vehicles.c.reserved_until == withdrawn_at,
            vehicles.c.free_reserved_on == withdrawn_at.astimezone(UTC).date(),
        )
        .values(free_reserved_min=func.greatest(vehicles.c.free_reserved_min - minutes, 0))
    )
