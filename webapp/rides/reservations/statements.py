"""The statements that reserve a vehicle, extend a reservation and cancel it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import Region, table
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_waits_cte, free_vehicle_jobs_query
from webapp.fleet.models import Vehicle, public_key_condition, stored_reserved_condition
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.queries import current_plan_id_subquery, current_plan_subquery
from webapp.fleet.pricing.quotes import Quote
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.transitions import RESERVATION_CANCELLED, VEHICLE_RESERVED
from webapp.fleet.vehicle_events.writing import (
    EventOrigin,
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.fleet.vehicle_types.start_battery import start_battery_condition
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import (
    insert_jobs_cte,
    job_cte,
    job_statement,
    jobs_from_rows_query,
    key_payload,
)
from webapp.regions.enums import CityFeature
from webapp.regions.features import city_open_condition, feature_condition
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import reservation_entry
from webapp.rides.models import OpenRide
from webapp.rides.reservations.conditions import (
    own_active_reservation_condition,
    own_reservation_condition,
    reserves_vehicle_condition,
)
from webapp.rides.reservations.extensions import extension_entry_id
from webapp.rides.reservations.models import Reservation
from webapp.rides.start_place import StartPlace, stands_at_condition
from webapp.texts.agreements.conditions import AcceptedTerms, has_agreed_condition

MINUTE = literal(timedelta(minutes=1), Interval)
#: Is due when a reservation may have expired; run by webapp/rides/reservations/jobs.py.
RESERVATION_EXPIRY = JobKind("reservation_lapse", KeyPayload, Priority.URGENT)
#: Columns of the vehicle from which those of the reservation and its plan follow, besides its key.
RESERVED_COLUMNS = ("form_factor", "propulsion_type", "reserved_until", "reservation_id")
#: What a city must offer so that a vehicle is reserved.
RESERVING = (CityFeature.RIDES, CityFeature.RESERVATIONS)
#: How long a vehicle can be reserved in a city without prices, minutes.
FREE_MINUTES = 10


def reserve_vehicle_statement(
    rider_key: RowKey,
    vehicle_key: RowKey,
    place: StartPlace | None = None,
    accepted_terms: AcceptedTerms | None = None,
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that reserves an available vehicle in place of the rider's last
    reservation. It returns the reservation's id, or nothing when a rule forbids it.

    Under SERIALIZABLE, two requests of one rider cannot both find that there is no active one.

    place: where the vehicle must stand, so that a ride may start.
    accepted_terms: to which the rider must have agreed. None: to none.
    """
    reservation_id = uuid4()
    taken = _take_vehicle_cte(rider_key, vehicle_key, place, accepted_terms, reservation_id)
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_RESERVED,
        actor=rider_key,
        subject=audit_subject("vehicle", cte_key(taken)),
        after=taken,
    )
    vehicle_events = vehicle_events_cte(VEHICLE_RESERVED, taken, EventOrigin(EventCause.RIDER))
    expiry = jobs_from_rows_query(
        RESERVATION_EXPIRY,
        key_payload(taken),
        rows=taken,
        region=taken.c.region,
        due_at=taken.c.reserved_until,
    )
    reservations, row = table(Reservation), _reservation_columns(rider_key, taken)
    inserted = insert(reservations).from_select(list(row), select(*row.values()))
    replaced = {name: inserted.excluded[name] for name in row if name not in ("region", "rider_id")}
    return (
        inserted.on_conflict_do_update(index_elements=["region", "rider_id"], set_=replaced)
        .returning(reservations.c.id)
        .add_cte(vehicle_events, as_cte(audit_event), insert_jobs_cte(expiry))
    )


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
    place: StartPlace | None,
    accepted_terms: AcceptedTerms | None,
    reservation_id: UUID,
) -> CTE:
    city = table(Vehicle).c.city
    minutes, minutes_today = _free_minutes_column(), _free_minutes_today_column()
    return (
        change_state_statement(VEHICLE_RESERVED, VehicleState.RESERVED)
        .where(public_key_condition(vehicle_key), minutes > 0, start_battery_condition())
        .where(~_is_reserved_recently_condition(), _has_free_minutes_condition())
        .where(*_rider_may_reserve_conditions(rider_key))
        .where(feature_condition(table(Vehicle).c.city, *RESERVING))
        .where(*([stands_at_condition(place)] if place else []))
        .where(*([has_agreed_condition(rider_key, city, accepted_terms)] if accepted_terms else []))
        .values(
            reserved_until=func.now() + minutes * MINUTE,
            reservation_id=reservation_id,
            free_reserved_on=_today_column(),
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


def _today_column() -> ColumnElement[date]:
    return cast(func.timezone("UTC", func.now()), Date)


def _free_minutes_today_column() -> ColumnElement[int]:
    """Minutes for which the vehicle was reserved free of charge today, since its last ride."""
    vehicles = table(Vehicle).c
    is_today = vehicles.free_reserved_on == _today_column()
    return case((is_today, vehicles.free_reserved_min), else_=0)


def _has_free_minutes_condition() -> ColumnElement[bool]:
    max_minutes: int = current_app.config["FREE_RESERVATION_MIN_PER_DAY"]
    return _free_minutes_today_column() < max_minutes


def _free_minutes_column() -> ColumnElement[int]:
    """Minutes for which the vehicle can be reserved free of charge, by its current plan."""
    return func.coalesce(current_plan_subquery(table(PricingPlan).c.reserve_min), FREE_MINUTES)


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


def end_waits_of_expired_statement(vehicle_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that tells riders who wait for a vehicle that its reservation has
    expired. It returns their ids; no row while it is reserved, or when it is ridden."""
    vehicles = table(Vehicle)
    expired = (
        select(vehicles.c.region, vehicles.c.id.label("vehicle_id"))
        .where(
            key_condition(vehicles, vehicle_key),
            stored_reserved_condition(),
            vehicles.c.reserved_until <= func.now(),
        )
        .cte("expired")
    )
    waiting = end_waits_cte(expired)
    notices = insert_jobs_cte(free_vehicle_jobs_query(waiting))
    return select(waiting.c.rider_id).add_cte(notices)


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
        minutes_today = _free_minutes_today_column()
        extended_vehicle = extended_vehicle.where(_has_free_minutes_condition()).values(
            free_reserved_on=_today_column(), free_reserved_min=minutes_today + free_minutes
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
