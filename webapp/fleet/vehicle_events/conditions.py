"""Columns of and conditions on vehicles and their events, for statements that read or change the
state of vehicles."""

from sqlalchemy import ColumnElement, FromClause, String, and_, case, func, literal, or_

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, reservation_expired_condition, stored_reserved_condition
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.transitions import StateChange


def change_applies_condition(change: StateChange) -> ColumnElement[bool]:
    """Return the condition that a vehicle is in a state that a change begins with. One whose
    reservation has expired is available."""
    states = change.states_before
    if states == [VehicleState.RESERVED]:
        return stored_reserved_condition()
    is_stored = table(Vehicle).c.state.in_([state.value for state in states])
    if VehicleState.AVAILABLE not in states:
        return is_stored
    return or_(is_stored, reservation_expired_condition())


def current_state_column(vehicles: FromClause) -> ColumnElement[str]:
    """Return the state of a vehicle: the stored one; available if its reservation has expired."""
    available = literal(VehicleState.AVAILABLE.value, String)
    return case((has_expired_condition(vehicles), available), else_=vehicles.c.state)


def by_closing_condition(events: FromClause) -> ColumnElement[bool]:
    """Return the condition that an event is by closing a city or opening it again
    (webapp/ops/cities/jobs.py): what staff do with a vehicle has an action."""
    return and_(events.c.cause == EventCause.STAFF.value, events.c.action.is_(None))


def has_expired_condition(vehicles: FromClause) -> ColumnElement[bool]:
    """Return the condition that a vehicle is stored as reserved, and the reservation is over."""
    is_reserved = vehicles.c.state == VehicleState.RESERVED.value
    return and_(is_reserved, vehicles.c.reserved_until <= func.now())


def unrecorded_condition(vehicles: FromClause) -> ColumnElement[bool]:
    """Return the condition that the last event of a vehicle has not brought it into its state."""
    return vehicles.c.event_state.is_distinct_from(vehicles.c.state)


def count_column(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return 1 where a condition is met, else 0, for a sum."""
    return case((condition, 1), else_=0)
