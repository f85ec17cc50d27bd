"""The rules of a reservation: one vehicle at a time, for the plan's free minutes, and longer for
its price. It lapses by itself: nothing has to run."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    ColumnElement,
    Interval,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import after_commit, checking_outcome, run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_waits_cte, mail_waiting_riders
from webapp.fleet.models import Vehicle, available_condition, public_key_condition
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.price import Quote, quote_reservation
from webapp.fleet.pricing.queries import current_plan_id_subquery, current_plan_subquery
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import derive_entry_id, reservation_entry
from webapp.rides.models import OpenRide
from webapp.rides.refusals import refuse, situation
from webapp.rides.reservations.models import Reservation
from webapp.web import rate_limits

MINUTE = literal(timedelta(minutes=1), Interval)
#: How long a vehicle is held in a city without prices, minutes.
FREE_HOLD_MIN = 10
#: By how much a reservation is made longer at once, minutes.
LONGER_MIN = 5


class HeldJustNow(DomainError):
    message = _l("You held this one a moment ago. Let somebody else have a chance, or ride it.")


class NotReservable(DomainError):
    message = _l("This vehicle cannot be reserved. It is there for whoever comes first.")


class ReservationOver(DomainError):
    message = _l("Your reservation is over. If the vehicle is still free, start the ride.")


class HeldLongEnough(DomainError):
    message = _l("It cannot be held any longer.")


# --- conditions, for statements that take vehicles ---------------------------------------------


def _mine(rider: RowKey) -> Any:
    held = table(Reservation).c
    return and_(held.region == rider.region, held.rider_id == rider.id)


def _of_this_vehicle() -> Any:
    held, vehicles = table(Reservation).c, table(Vehicle).c
    return and_(held.vehicle_region == vehicles.region, held.vehicle_id == vehicles.id)


def held_by(rider: RowKey) -> ColumnElement[bool]:
    """The condition that the row of ``vehicles`` at hand is held for the rider now."""
    held = table(Reservation).c
    return exists().where(_mine(rider), held.until > func.now(), _holds_this_vehicle())


def _holds_this_vehicle() -> Any:
    """By the moment that both have it is the same hold: the vehicle may have been taken out of
    service since, put back, and be held by somebody else."""
    held, vehicles = table(Reservation).c, table(Vehicle).c
    reserved = vehicles.state == VehicleState.RESERVED.value
    return and_(_of_this_vehicle(), reserved, vehicles.reserved_until == held.until)


def holds_another(rider: RowKey) -> ColumnElement[bool]:
    """The condition that the rider holds a vehicle now, and another one than the row at hand."""
    now_mine = and_(_mine(rider), table(Reservation).c.until > func.now())
    return exists().where(now_mine, ~_of_this_vehicle())


def hold_minutes(vehicle: Vehicle) -> int:
    """Return for how many minutes the vehicle could be held without a charge."""
    plan = find_plan(vehicle)
    return plan.reserve_min if plan else FREE_HOLD_MIN


# --- reserving ---------------------------------------------------------------------------------


def reserve(rider: RowKey, vehicle: RowKey) -> None:
    """Hold a free vehicle for the rider. While it holds, once more changes nothing.

    vehicle: its public key.
    Raises VehicleUnavailable, RideAlreadyOpen, HoldingAnother, HeldJustNow, NotReservable,
    RiderOwes, NotFound, TooManyTries.
    """
    # Else somebody could hold two vehicles by turns, for ever.
    limit = rate_limits.Limit(*current_app.config["LIMIT_RESERVATIONS"])
    rate_limits.attempt([rate_limits.bucket("reserve", limit, rider.id)])
    statement = _reserving(rider, public_key_condition(vehicle))
    try:
        reserved = run_transaction(
            lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
        )
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_reservations_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise
    if not reserved:
        _held_or_refuse(rider, public_key_condition(vehicle))


def _reserving(rider: RowKey, its_place: Any) -> Any:
    """Under SERIALIZABLE, two requests of one rider cannot both find that nothing is held."""
    taken = _taking(rider, its_place).cte("taken")
    held = table(Reservation)
    columns = {
        "region": literal(rider.region, Region),
        "rider_id": literal(rider.id),
        "id": literal(uuid4()),
        "vehicle_region": taken.c.region,
        "vehicle_id": taken.c.id,
        "plan_id": current_plan_id_subquery(taken),
        "reserved_at": func.now(),
        "until": taken.c.reserved_until,
    }
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_RESERVED,
        actor=rider,
        subject=audit_subject("vehicle", cte_key(taken)),
        after=taken,
    )
    written = insert(held).from_select(list(columns), select(*columns.values()))
    anew = {name: written.excluded[name] for name in columns if name not in ("region", "rider_id")}
    return (
        written.on_conflict_do_update(index_elements=["region", "rider_id"], set_=anew)
        .returning(held.c.id)
        .add_cte(as_cte(audit_event))
    )


def _taking(rider: RowKey, its_place: Any) -> Any:
    vehicles, open_rides, held = table(Vehicle), table(OpenRide).c, table(Reservation).c
    riding = exists().where(open_rides.region == rider.region, open_rides.rider_id == rider.id)
    pause = timedelta(seconds=current_app.config["RESERVE_AGAIN_S"])
    just_now = and_(_of_this_vehicle(), held.until > func.now() - pause)
    is_held = exists().where(_mine(rider), or_(held.until > func.now(), just_now))
    minutes = _free_minutes()
    return (
        update(vehicles)
        .where(its_place, available_condition(), minutes > 0, ~riding, ~is_held)
        .where(~ledger.must_pay_first_condition(rider))
        .values(
            state=VehicleState.RESERVED.value, reserved_until=func.now() + _free_minutes() * MINUTE
        )
        .returning(
            *(vehicles.c[n] for n in ("region", "id", "city", "form_factor", "propulsion_type")),
            vehicles.c.reserved_until,
        )
    )


def _free_minutes() -> Any:
    return func.coalesce(current_plan_subquery(table(PricingPlan).c.reserve_min), FREE_HOLD_MIN)


def _held_or_refuse(rider: RowKey, its_place: Any) -> None:
    found = situation(rider, its_place)
    held, vehicle = found.reservation, found.vehicle
    is_this = held is not None and vehicle is not None and held.vehicle_key == vehicle.key
    if held and vehicle and held.holds and vehicle.reserved_until == held.until:
        return
    raise refuse(found, HeldJustNow() if is_this else NotReservable())


# --- what becomes of it ------------------------------------------------------------------------


def reserved_vehicle(held: Reservation) -> tuple[Vehicle, PricingPlan | None]:
    """Return the vehicle that is held, and the plan it was reserved with. Raises NotFound."""
    statement = (
        select(Vehicle, PricingPlan)
        .outerjoin(PricingPlan, PricingPlan.id == held.plan_id)
        .where(Vehicle.region == held.vehicle_region, Vehicle.id == held.vehicle_id)
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def hold_longer(rider: RowKey, held: Reservation, seen_until: datetime) -> None:
    """Hold the vehicle some minutes longer, for the price that its plan says.

    seen_until: the end of the reservation that the rider has seen; asked twice, it is made longer
        once.
    Raises ReservationOver, HeldLongEnough.
    """
    if held.until != seen_until:  # it is longer already, or another one
        return
    plan = db.session.get(PricingPlan, held.plan_id) if held.plan_id else None
    until = seen_until + timedelta(minutes=LONGER_MIN)
    if plan is None or until > longest(held, plan):
        raise HeldLongEnough
    statement = _holding_longer(rider, held, plan, seen_until, until)
    longer = run_transaction(
        lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
    )
    if not longer:
        with checking_outcome():
            now = db.session.get(Reservation, rider, populate_existing=True)
        if now is None or not now.holds or now.id != held.id:
            raise ReservationOver


def longest(held: Reservation, plan: PricingPlan) -> datetime:
    """Return until when the vehicle can be held at the longest."""
    return held.reserved_at + timedelta(minutes=plan.reserve_max_min)


def price_of_longer(plan: PricingPlan) -> Quote:
    """Return what it costs to hold the vehicle longer, once."""
    return quote_reservation(plan.tariff, LONGER_MIN, plan.reservation_rate)


def _holding_longer(
    rider: RowKey, held: Reservation, plan: PricingPlan, seen_until: datetime, until: datetime
) -> Any:
    reservations, vehicles = table(Reservation), table(Vehicle)
    kept = (
        update(vehicles)
        .where(
            vehicles.c.region == held.vehicle_region,
            vehicles.c.id == held.vehicle_id,
            vehicles.c.state == VehicleState.RESERVED.value,
            vehicles.c.reserved_until == seen_until,
            vehicles.c.reserved_until > func.now(),
        )
        .values(reserved_until=until)
        .returning(vehicles.c.id)
        .cte("kept")
    )
    longer = (
        update(reservations)
        .where(_mine(rider), reservations.c.id == held.id, exists(select(kept)))
        .values(until=until)
        .returning(reservations.c.id)
        .cte("longer")
    )
    price = price_of_longer(plan)
    cause = derive_entry_id(held.id, f"until {until.isoformat()}")
    entry = reservation_entry(rider, cause, price.currency, price.total, price.tax)
    audit_event = audit_event_statement(
        AuditKind.RESERVATION_EXTENDED,
        actor=rider,
        subject=audit_subject("vehicle", held.vehicle_key),
        after=longer,
    )
    return select(longer.c.id).add_cte(as_cte(audit_event), ledger.entry_cte(entry, after=longer))


def cancel(rider: RowKey) -> None:
    """Let the vehicle go that the rider holds, and tell those who wait for it; twice is fine."""
    statement = _cancelling(rider)

    def work(session: Session) -> None:
        rows = session.execute(statement).all()
        waiting = [(row.rider_region, row.rider_id) for row in rows if row.rider_id]
        if waiting:
            vehicle = RowKey(rows[0].region, rows[0].vehicle_id)
            after_commit(session, lambda: mail_waiting_riders(waiting, vehicle))

    run_transaction(work, idempotent=True, one_statement=True)


def _cancelling(rider: RowKey) -> Any:
    held, vehicles = table(Reservation), table(Vehicle)
    freed = (
        update(vehicles)
        .where(_mine(rider), held.c.until > func.now(), _holds_this_vehicle())
        .values(state=VehicleState.AVAILABLE.value, reserved_until=None)
        .returning(vehicles.c.region, vehicles.c.id.label("vehicle_id"))
        .cte("freed")
    )
    ended = (
        update(held)
        .where(_mine(rider), held.c.until > func.now())
        .values(until=func.now())
        .returning(held.c.id)
        .cte("ended")
    )
    waiting = end_waits_cte(freed)
    audit_event = audit_event_statement(
        AuditKind.RESERVATION_CANCELLED,
        actor=rider,
        subject=audit_subject("vehicle", cte_key(freed, "vehicle_id")),
        after=freed,
    )
    return (
        select(freed, waiting.c.rider_region, waiting.c.rider_id)
        .select_from(freed.outerjoin(waiting, literal(True)))
        .add_cte(ended, as_cte(audit_event))
    )
