"""The parts of statements that change the state of vehicles and write what happened.

All changes of ``vehicles.state`` are made of these parts, so each has its event, in the same
statement.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    String,
    Update,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.conditions import (
    change_applies_condition,
    count_column,
    current_state_column,
    has_expired_condition,
    unrecorded_condition,
)
from webapp.fleet.vehicle_events.event_rows import (
    EVENT_COLUMNS,
    RETURNED_COLUMNS,
    event_rows_query,
    transition_cte,
)
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import ADDED, StateChange
from webapp.hooks import get_hooks
from webapp.jobs.writing import insert_jobs_cte


def returned_columns(*others: str) -> list[ColumnElement[Any]]:
    """Return what an UPDATE or INSERT of vehicles has to return, and other columns. Any: of several
    types."""
    return [table(Vehicle).c[name] for name in (*RETURNED_COLUMNS, *others)]


def change_state_statement(change: StateChange, state: VehicleState | ColumnElement[str]) -> Update:
    """Return the UPDATE of vehicles by a change, to which conditions and values are added. Vehicles
    in other states than those that it changes stay as they are.

    state: the new one.
    """
    values = {**state_values(state), **withdrawal_values(change)}
    return update(table(Vehicle)).where(change_applies_condition(change)).values(values)


def state_values(
    state: VehicleState | ColumnElement[str],
    *,
    by_action: bool = False,
    has_preceding_action: bool = False,
) -> dict[str, ColumnElement[Any]]:
    """Return the columns of a vehicle that change together with its state, for an UPDATE, or for
    ON CONFLICT DO UPDATE. Any: of several types.

    by_action: the origin has an ``action``, so that there is an event also if the state stays.
    has_preceding_action: the origin has a ``preceding_action``.
    """
    vehicles = table(Vehicle)
    new_state = literal(state.value, String) if isinstance(state, VehicleState) else state
    is_change = current_state_column(vehicles) != new_state
    has_expired = has_expired_condition(vehicles)
    change_count = literal(1) if by_action else count_column(is_change)
    if has_preceding_action:
        change_count += count_column(is_change)
    count = count_column(unrecorded_condition(vehicles)) + count_column(has_expired) + change_count
    state_changes = or_(is_change, has_expired)
    has_event = true() if by_action else state_changes

    def null_if_state_changes(column: str) -> ColumnElement[Any]:
        return case((state_changes, null()), else_=vehicles.c[column])

    return {
        "state": new_state,
        "state_changed_at": case((state_changes, func.now()), else_=vehicles.c.state_changed_at),
        "out_of_service_reason": null_if_state_changes("out_of_service_reason"),
        "picked_up_at": null_if_state_changes("picked_up_at"),
        "reservation_id": null_if_state_changes("reservation_id"),
        "event_count": vehicles.c.event_count + case((has_event, count), else_=0),
        "event_state": case((has_event, new_state), else_=vehicles.c.event_state),
    }


def withdrawal_values(change: StateChange | None) -> dict[str, ColumnElement[datetime]]:
    """Return the column of a vehicle that ends its reservation, for a change that takes it away."""
    if change is None or not change.withdraws_reserved:
        return {}
    reserved_until = table(Vehicle).c.reserved_until
    return {"reserved_until": case((reserved_until > func.now(), func.now()), else_=reserved_until)}


def new_vehicle_columns(state: VehicleState) -> dict[str, str | int]:
    """Return the columns of a new vehicle that belong to its state, for an INSERT."""
    return {"state": state.value, "event_count": 1, "event_state": state.value}


def add_vehicles_ctes(vehicles: Insert, origin: EventOrigin) -> tuple[CTE, CTE]:
    """Return the parts of a statement that add vehicles, and write their first events. The first
    part has ``returned_columns`` of those that were added.

    vehicles: an INSERT with ``new_vehicle_columns``.
    """
    added = vehicles.returning(*returned_columns()).cte("added")
    return added, vehicle_events_cte(ADDED, added, origin)


def vehicle_events_cte(change: StateChange | None, changed: CTE, origin: EventOrigin) -> CTE:
    """Return the part of a statement that writes the events of vehicles that another part has
    changed.

    change: None for an action that changes no state.
    changed: an UPDATE or INSERT with ``state_values`` that returns ``returned_columns``.

    It has ``region``, ``vehicle_id``, ``number`` and ``action`` of each event. Before the change
    itself it writes what nobody has recorded: the end of a reservation that has expired, and a
    state that a release without events has written. If the change takes reserved vehicles away,
    their riders learn of it.
    """
    transition = transition_cte(changed, origin)
    events = table(VehicleEvent)
    rows = event_rows_query(change, transition, origin)
    statement = insert(events).from_select(list(EVENT_COLUMNS), rows)
    if change and change.withdraws_reserved:
        statement = statement.add_cte(*_withdrawal_ctes(transition))
    returned = (
        events.c[name] for name in ("region", "vehicle_id", "number", "city", "state", "action")
    )
    return statement.returning(*returned).cte("vehicle_events")


def _withdrawal_ctes(transition: CTE) -> list[CTE]:
    """Return the part that writes the jobs for vehicles which were reserved until the change."""
    before = transition.c
    withdrawn = (
        select(
            before.region,
            before.id,
            before.reservation_id_before.label("reservation_id"),
            before.reserved_until_before.label("reserved_until"),
        )
        .where(before.state_before == VehicleState.RESERVED.value)
        .where(before.state != VehicleState.RESERVED.value)
        .cte("withdrawn_vehicles")
    )
    jobs = [make_jobs(withdrawn) for make_jobs in get_hooks().withdrawal_jobs]
    return [insert_jobs_cte(*jobs)] if jobs else []
