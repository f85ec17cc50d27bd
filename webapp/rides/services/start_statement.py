"""The statement that starts a ride: it checks all rules and writes everything, or nothing."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Select, Uuid, bindparam, delete, exists, insert, or_, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, bind_audit_event, event_parameters_statement
from webapp.db.keys import RowKey, bind_keys, make_key_parameters
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, available_condition, public_key_condition
from webapp.fleet.pricing.queries import current_plan_id_subquery
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RIDE_STARTED
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.fleet.vehicle_types.start_battery import start_battery_condition
from webapp.regions.enums import CityFeature
from webapp.regions.features import feature_condition
from webapp.riders.ages.conditions import is_old_enough_condition
from webapp.riders.wallet.ledger import is_in_debt_condition
from webapp.rides.blocks.conditions import is_blocked_condition
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.conditions import (
    own_reservation_condition,
    reserved_by_condition,
    reserved_other_condition,
)
from webapp.rides.reservations.models import Reservation
from webapp.rides.start_place import StartPlace, stands_at_condition
from webapp.rides.terms_agreement import agreement_conditions
from webapp.texts.agreements.conditions import AcceptedTerms

RIDER_KEY, VEHICLE_KEY, RIDE_KEY = map(make_key_parameters, ("rider", "vehicle", "ride"))
PLACE = StartPlace._make(
    bindparam(f"place_{name}", type_=table(Vehicle).c[name].type) for name in StartPlace._fields
)

#: Columns of the vehicle from which those of the ride and its plan follow, besides its key and
#: place.
VEHICLE_COLUMNS = ("address", "form_factor", "propulsion_type")


@cache
def start_ride_statement(
    *,
    checks_plan: bool,
    checks_place: bool,
    checks_debt: bool,
    checks_terms: bool,
    checks_age: bool,
) -> Select[tuple[UUID]]:
    """Return the statement that starts a ride: the vehicle is taken, the ride is written, and the
    rider's reservation ends. It returns the ride's id, or nothing when a rule forbids the ride.
    It is executed with ``bind_ride_start``.

    checks_plan: the price must be the one that the rider has seen.
    checks_place: the vehicle must still stand where it was checked that a ride may start.
    checks_debt: the rider must not owe anything.
    checks_terms: the rider must have agreed to the terms of the vehicle's city, if riders must.
    checks_age: the rider must be old enough for the vehicle's city.

    It violates the primary key of open_rides, and changes nothing, when the rider has an open ride.
    """
    taken = _take_vehicle_cte(checks_plan, checks_place, checks_debt, checks_terms, checks_age)
    ride = _insert_ride_cte(taken)
    vehicle_events = vehicle_events_cte(
        RIDE_STARTED, taken, EventOrigin(EventCause.RIDER, ride_id=RIDE_KEY.id)
    )
    open_ride = _insert_open_ride_cte(ride)
    audit_event = event_parameters_statement(after=ride)
    return select(open_ride.c.ride_id).add_cte(
        _delete_reservation_cte(ride), vehicle_events, as_cte(audit_event)
    )


def bind_ride_start(
    rider_key: RowKey,
    vehicle_key: RowKey,
    ride_key: RowKey,
    seen_plan_id: UUID | None,
    place: StartPlace | None,
    accepted_terms: AcceptedTerms,
) -> dict[str, object]:
    """Return the values of ``start_ride_statement``. It ignores those of what it does not check."""
    return {
        **bind_keys(rider=rider_key, vehicle=vehicle_key, ride=ride_key),
        **bind_audit_event(AuditKind.RIDE_STARTED, actor=rider_key, subject=f"ride {ride_key}"),
        "seen_plan_id": seen_plan_id,
        **accepted_terms.bind(),
        **({f"place_{name}": value for name, value in place._asdict().items()} if place else {}),
    }


def _take_vehicle_cte(
    checks_plan: bool, checks_place: bool, checks_debt: bool, checks_terms: bool, checks_age: bool
) -> CTE:
    conditions = [
        public_key_condition(VEHICLE_KEY),
        or_(available_condition(), reserved_by_condition(RIDER_KEY)),
        ~reserved_other_condition(RIDER_KEY),
        # Who has reserved it may ride all the same: its battery empties also where it stands.
        or_(reserved_by_condition(RIDER_KEY), start_battery_condition()),
        feature_condition(table(Vehicle).c.city, CityFeature.RIDES),
        # Who has reserved it before may ride all the same.
        or_(reserved_by_condition(RIDER_KEY), ~is_blocked_condition(RIDER_KEY)),
    ]
    if checks_debt:
        # Who has reserved it may ride all the same: an extension may have caused the debt.
        conditions.append(or_(reserved_by_condition(RIDER_KEY), ~is_in_debt_condition(RIDER_KEY)))
    conditions.extend(agreement_conditions(RIDER_KEY, checks_terms=checks_terms))
    if checks_age:
        conditions.append(is_old_enough_condition(RIDER_KEY, table(Vehicle).c.city))
    if checks_plan:
        conditions.append(current_plan_id_subquery() == bindparam("seen_plan_id", type_=Uuid()))
    if checks_place:
        conditions.append(stands_at_condition(PLACE))
    return (
        change_state_statement(RIDE_STARTED, VehicleState.ON_TRIP)
        .where(*conditions)
        .values(reserved_until=None, free_reserved_min=0)
        .returning(*returned_columns(*VEHICLE_COLUMNS))
        .cte("taken")
    )


def _insert_ride_cte(taken: CTE) -> CTE:
    rides = table(Ride)
    row: dict[str, Any] = {  # one type for each column
        "region": taken.c.region,
        "id": RIDE_KEY.id,
        "city": taken.c.city,
        "vehicle_id": taken.c.id,
        "rider_region": RIDER_KEY.region,
        "rider_id": RIDER_KEY.id,
        "start_address": taken.c.address,
        "start_lat": taken.c.lat,
        "start_lon": taken.c.lon,
        "plan_id": current_plan_id_subquery(taken),
    }
    return (
        insert(rides)
        .from_select(list(row), select(*row.values()))
        .returning(rides.c.region, rides.c.id, rides.c.started_at)
        .cte("ride")
    )


def _insert_open_ride_cte(ride: CTE) -> CTE:
    open_rides = table(OpenRide)
    row: dict[str, Any] = {
        "region": RIDER_KEY.region,
        "rider_id": RIDER_KEY.id,
        "ride_region": ride.c.region,
        "ride_id": ride.c.id,
        "started_at": ride.c.started_at,
    }
    return (
        insert(open_rides)
        .from_select(list(row), select(*row.values()))
        .returning(open_rides.c.ride_id)
        .cte("open_ride")
    )


def _delete_reservation_cte(ride: CTE) -> CTE:
    reservations = table(Reservation)
    return (
        delete(reservations)
        .where(own_reservation_condition(RIDER_KEY), exists(select(ride)))
        .returning(reservations.c.rider_id)
        .cte("deleted_reservation")
    )
