"""The statement that reserves a vehicle."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import CTE, ColumnElement, Interval, String, cast, exists, func, literal, select
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import Region, table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.pricing.queries import current_plan_id_subquery
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import VEHICLE_RESERVED
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.fleet.vehicle_types.start_battery import start_battery_condition
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.regions.enums import CityFeature
from webapp.regions.features import feature_condition
from webapp.riders.ages.conditions import is_old_enough_condition
from webapp.riders.wallet import ledger
from webapp.rides.blocks.conditions import is_blocked_condition
from webapp.rides.models import OpenRide
from webapp.rides.reservations.conditions import own_active_reservation_condition
from webapp.rides.reservations.free_minutes import (
    MINUTE,
    free_minutes_column,
    free_minutes_today_column,
    has_free_minutes_condition,
    today_column,
)
from webapp.rides.reservations.job_kinds import RESERVATION_ENDING, RESERVATION_EXPIRY
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.notification_kinds import END_LEAD_TIME
from webapp.rides.start_place import StartPlace, stands_at_condition
from webapp.rides.terms_agreement import agreement_conditions
from webapp.texts.agreements.conditions import NO_TERMS, AcceptedTerms

#: Columns of the vehicle from which those of the reservation and its plan follow, besides its key.
RESERVED_COLUMNS = ("form_factor", "propulsion_type", "reserved_until", "reservation_id")
#: What a city must offer so that a vehicle is reserved.
RESERVING = (CityFeature.RIDES, CityFeature.RESERVATIONS)


def reserve_vehicle_statement(
    rider_key: RowKey,
    vehicle_key: RowKey,
    place: StartPlace | None = None,
    accepted_terms: AcceptedTerms = NO_TERMS,
    *,
    checks_age: bool = False,
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that reserves an available vehicle in place of the rider's last
    reservation. It returns the reservation's id, or nothing when a rule forbids it.

    Under SERIALIZABLE, two requests of one rider cannot both find that there is no active one.

    place: where the vehicle must stand, so that a ride may start.
    accepted_terms: to which the rider must have agreed.
    checks_age: the rider must be old enough for the vehicle's city.
    """
    reservation_id = uuid4()
    conditions = [stands_at_condition(place)] if place else []
    conditions += agreement_conditions(
        rider_key, accepted_terms, checks_terms=accepted_terms.are_required
    )
    if checks_age:
        conditions.append(is_old_enough_condition(rider_key, table(Vehicle).c.city))
    taken = _take_vehicle_cte(rider_key, vehicle_key, conditions, reservation_id)
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_RESERVED,
        actor=rider_key,
        subject=audit_subject("vehicle", cte_key(taken)),
        after=taken,
    )
    vehicle_events = vehicle_events_cte(VEHICLE_RESERVED, taken, EventOrigin(EventCause.RIDER))
    reservations, row = table(Reservation), _reservation_columns(rider_key, taken)
    inserted = insert(reservations).from_select(list(row), select(*row.values()))
    replaced = {name: inserted.excluded[name] for name in row if name not in ("region", "rider_id")}
    return (
        inserted.on_conflict_do_update(index_elements=["region", "rider_id"], set_=replaced)
        .returning(reservations.c.id)
        .add_cte(vehicle_events, as_cte(audit_event), _jobs_cte(rider_key, taken))
    )


def _jobs_cte(rider_key: RowKey, taken: CTE) -> CTE:
    """Write the jobs that are due before the reservation ends, and when it does."""
    expiry = jobs_from_rows_query(
        RESERVATION_EXPIRY,
        key_payload(taken),
        rows=taken,
        region=taken.c.region,
        due_at=taken.c.reserved_until,
    )
    ending = jobs_from_rows_query(
        RESERVATION_ENDING,
        func.jsonb_build_object("id", cast(taken.c.reservation_id, String)),
        rows=taken,
        region=taken.c.region,
        account_key=rider_key,
        due_at=taken.c.reserved_until - literal(END_LEAD_TIME, Interval),
    )
    return insert_jobs_cte(expiry, ending)


# Any: one type for each column.
def _reservation_columns(rider_key: RowKey, taken: CTE) -> dict[str, ColumnElement[Any]]:
    return {
        "region": literal(rider_key.region, Region),
        "rider_id": literal(rider_key.id),
        "id": taken.c.reservation_id,
        "vehicle_region": taken.c.region,
        "vehicle_id": taken.c.id,
        "plan_id": current_plan_id_subquery(taken),
        "reserved_at": func.now(),
        "until": taken.c.reserved_until,
    }


def _take_vehicle_cte(
    rider_key: RowKey,
    vehicle_key: RowKey,
    conditions: list[ColumnElement[bool]],
    reservation_id: UUID,
) -> CTE:
    minutes, minutes_today = free_minutes_column(), free_minutes_today_column()
    return (
        change_state_statement(VEHICLE_RESERVED, VehicleState.RESERVED)
        .where(public_key_condition(vehicle_key), minutes > 0, start_battery_condition())
        .where(~_is_reserved_recently_condition(), has_free_minutes_condition())
        .where(*_rider_may_reserve_conditions(rider_key))
        .where(feature_condition(table(Vehicle).c.city, *RESERVING))
        .where(~is_blocked_condition(rider_key), *conditions)
        .values(
            reserved_until=func.now() + minutes * MINUTE,
            reservation_id=reservation_id,
            free_reserved_on=today_column(),
            free_reserved_min=minutes_today + minutes,
        )
        .returning(*returned_columns(*RESERVED_COLUMNS))
        .cte("taken")
    )


def _rider_may_reserve_conditions(rider_key: RowKey) -> list[ColumnElement[bool]]:
    """The rider has no open ride and no active reservation, and owes nothing that stops rides."""
    is_riding = exists().where(key_condition(table(OpenRide), rider_key, id="rider_id"))
    has_reservation = exists().where(own_active_reservation_condition(rider_key))
    return [~is_riding, ~has_reservation, ~ledger.must_pay_first_condition(rider_key)]


def _is_reserved_recently_condition() -> ColumnElement[bool]:
    """A reservation of the vehicle has just ended without a ride, whoever made it."""
    pause = timedelta(seconds=current_app.config["RESERVE_AGAIN_S"])
    return func.coalesce(table(Vehicle).c.reserved_until > func.now() - pause, False)
