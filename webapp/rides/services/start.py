"""Starting a ride: one statement, which decides and acts at once."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, available_condition, public_key_condition
from webapp.fleet.pricing.queries import current_plan_id_subquery
from webapp.riders.wallet.ledger import must_pay_first_condition
from webapp.rides.models import OpenRide, Ride
from webapp.rides.refusals import refuse, situation
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import held_by, holds_another


class PriceChanged(DomainError):
    message = _l("The price has just changed. Have a look at the new one.")


#: What the ride takes over from its vehicle.
TAKEN = ("region", "id", "city", "address", "lat", "lon", "form_factor", "propulsion_type")


def start_ride(rider: RowKey, vehicle: RowKey, plan: UUID | None = None) -> RowKey:
    """Start a ride on a vehicle that is free, or held for the rider, and return the ride's key.

    vehicle: its public key.
    plan: the pricing plan that the rider has seen; None: whichever holds.

    Takes effect once or not at all: the ride's id is made here, so an answer lost on the way back
    is looked for. Raises VehicleUnavailable, RideAlreadyOpen, HoldingAnother, RiderOwes,
    PriceChanged, NotFound.
    """
    ride = RowKey(vehicle.region, uuid4())
    statement = _starting(rider, vehicle, ride, plan)
    try:
        started = run_transaction(
            lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
        )
    except IntegrityError as error:
        refused_by = violated_constraint(error)
        if refused_by.startswith(("fk_rides_users", "fk_open_rides_users")):
            raise NotFound from None  # the account has just been deleted, or moved
        if refused_by not in ("pk_rides", "pk_open_rides", "uq_rides_open_vehicle"):
            raise
        started = None
    return ride if started else _found_or_refused(rider, vehicle, ride, plan)


def _starting(rider: RowKey, vehicle: RowKey, ride: RowKey, plan: UUID | None) -> Any:
    """Take the vehicle if the rider may have it, write the ride, and mark the rider as riding: all
    or nothing.

    The last insert fails on the primary key of open_rides when the rider has a ride already, and
    takes the rest with it.
    """
    taken = _taking(rider, vehicle, plan).cte("taken")
    rides, open_rides, held = table(Ride), table(OpenRide), table(Reservation)
    rider_region, rider_id = literal(rider.region, Region), literal(rider.id)
    columns = {
        "region": taken.c.region,
        "id": literal(ride.id),
        "city": taken.c.city,
        "vehicle_id": taken.c.id,
        "rider_region": rider_region,
        "rider_id": rider_id,
        "start_address": taken.c.address,
        "start_lat": taken.c.lat,
        "start_lon": taken.c.lon,
        "plan_id": current_plan_id_subquery(taken),
    }
    begun = (
        insert(rides)
        .from_select(list(columns), select(*columns.values()))
        .returning(rides.c.region, rides.c.id, rides.c.started_at)
        .cte("ride")
    )
    used = (
        delete(held)
        .where(held.c.region == rider.region, held.c.rider_id == rider.id, exists(select(begun)))
        .returning(held.c.rider_id)
        .cte("used")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDE_STARTED, actor=rider, subject=audit_subject("ride", ride), after=begun
    )
    return (
        insert(open_rides)
        .from_select(
            ["region", "rider_id", "ride_region", "ride_id", "started_at"],
            select(rider_region, rider_id, begun.c.region, begun.c.id, begun.c.started_at),
        )
        .returning(open_rides.c.ride_id)
        .add_cte(used, as_cte(audit_event))
    )


def _taking(rider: RowKey, vehicle: RowKey, plan: UUID | None) -> Any:
    vehicles = table(Vehicle)
    conditions = [
        public_key_condition(vehicle),
        or_(available_condition(), held_by(rider)),
        ~holds_another(rider),
        # Whoever holds it has been let in already, and may owe for holding it longer.
        or_(held_by(rider), ~must_pay_first_condition(rider)),
    ]
    if plan:
        conditions.append(current_plan_id_subquery() == plan)
    return (
        update(vehicles)
        .where(*conditions)
        .values(state=VehicleState.ON_TRIP.value, reserved_until=None)
        .returning(*(vehicles.c[name] for name in TAKEN))
    )


def _found_or_refused(rider: RowKey, vehicle: RowKey, ride: RowKey, plan: UUID | None) -> RowKey:
    """Say why nothing was started, or find that it was, by an attempt whose answer got lost."""
    found = situation(rider, public_key_condition(vehicle), ride)
    if found.started:  # and ended since, perhaps: also then the rider learns of it
        return found.started.key
    running = found.running
    if running and found.vehicle and running.vehicle_id == found.vehicle.id:
        return running.key  # the button was pressed twice
    raise refuse(found, PriceChanged() if plan else None)
