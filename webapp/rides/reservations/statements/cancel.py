"""The statement that cancels a reservation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Integer, Select, case, cast, exists, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_waits_cte, free_vehicle_jobs_query
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RESERVATION_CANCELLED
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.jobs.writing import insert_jobs_cte
from webapp.rides.reservations.conditions import (
    own_active_reservation_condition,
    reserves_vehicle_condition,
)
from webapp.rides.reservations.free_minutes import MINUTE
from webapp.rides.reservations.models import Reservation


def cancel_reservation_statement(rider_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that cancels the rider's active reservation, and tells riders who wait
    for the vehicle. It returns the id of the vehicle that it has freed, if any."""
    freed = _free_vehicle_cte(rider_key)
    audit_event = audit_event_statement(
        AuditKind.RESERVATION_CANCELLED,
        actor=rider_key,
        subject=audit_subject("vehicle", cte_key(freed, "vehicle_id")),
        after=freed,
    )
    notices = insert_jobs_cte(free_vehicle_jobs_query(end_waits_cte(freed)))
    vehicle_events = vehicle_events_cte(RESERVATION_CANCELLED, freed, EventOrigin(EventCause.RIDER))
    return select(freed.c.vehicle_id).add_cte(
        _end_reservation_cte(rider_key, freed), vehicle_events, as_cte(audit_event), notices
    )


def _free_vehicle_cte(rider_key: RowKey) -> CTE:
    """Make the vehicle available; it can be reserved again after a pause. Free minutes that were
    not used count no more."""
    vehicles = table(Vehicle)
    unused_s = func.extract("epoch", _free_until_column() - func.now())
    unused_min = func.greatest(cast(func.floor(unused_s / 60.0), Integer), 0)
    return (
        change_state_statement(RESERVATION_CANCELLED, VehicleState.AVAILABLE)
        .where(own_active_reservation_condition(rider_key), reserves_vehicle_condition())
        .values(
            reserved_until=func.now(),
            free_reserved_min=func.greatest(vehicles.c.free_reserved_min - unused_min, 0),
        )
        .returning(*returned_columns(), vehicles.c.id.label("vehicle_id"))
        .cte("freed")
    )


def _free_until_column() -> ColumnElement[datetime]:
    """Until when a reservation is free of charge: what was paid for was never counted."""
    reservations, plans = table(Reservation).c, table(PricingPlan).c
    paid_from = (
        select(reservations.reserved_at + plans.reserve_min * MINUTE)
        .where(plans.id == reservations.plan_id, plans.reservation_rate > 0)
        .correlate(table(Reservation))
        .scalar_subquery()
    )
    return func.coalesce(paid_from, reservations.until)


def _end_reservation_cte(rider_key: RowKey, freed: CTE) -> CTE:
    """End the reservation also if its vehicle was withdrawn a moment ago: it could not be freed.
    The job of the withdrawal settles the rest."""
    reservations = table(Reservation)
    withdrawn_at = case((exists(select(freed)), reservations.c.withdrawn_at), else_=func.now())
    return (
        update(reservations)
        .where(own_active_reservation_condition(rider_key))
        .values(until=func.now(), withdrawn_at=withdrawn_at)
        .returning(reservations.c.id)
        .cte("ended")
    )
