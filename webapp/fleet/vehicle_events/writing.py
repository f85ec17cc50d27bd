"""The parts of statements that change the state of vehicles and write what happened.

All changes of ``vehicles.state`` are made of these parts, so each has its event, in the same
statement. A part of a statement sees the table as it was before: that is how the event knows the
state before the change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    String,
    Update,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from webapp.db.keys import RowKey, make_key_parameters
from webapp.db.types import Region, table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import (
    Vehicle,
    reservation_expired_condition,
    stored_reserved_condition,
)
from webapp.fleet.vehicle_events.enums import EventCause, EventType, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.transitions import ADDED, StateChange
from webapp.hooks import get_hooks
from webapp.jobs.writing import insert_jobs_cte

#: What the UPDATE or INSERT of vehicles returns, so that ``vehicle_events_cte`` can follow it.
RETURNED_COLUMNS = (
    "region", "id", "city", "state", "lat", "lon", "battery_percent", "event_count",
)  # fmt: skip


class EventOrigin(NamedTuple):
    """Who or what changes the state, and why: values, or SQL."""

    cause: EventCause | ColumnElement[str]
    #: The account of staff or of the owner.
    actor_key: RowKey | None = None
    ride_id: UUID | ColumnElement[UUID] | None = None
    note: str | ColumnElement[str] = ""
    #: What staff did. Then there is an event also where the state stays (``state_values``).
    action: VehicleAction | None = None
    action_id: UUID | None = None
    #: What staff did where the state stays. None: ``action``.
    action_if_state_stays: VehicleAction | None = None
    #: What staff did just before they changed the state. It has an event of its own.
    preceding_action: VehicleAction | None = None
    #: When it happened, if that is known only now. NULL or None: now.
    occurred_at: ColumnElement[datetime] | None = None


def make_origin_parameters(ride_id: ColumnElement[UUID]) -> EventOrigin:
    """Return the origin as parameters, for a statement that is built once. It is executed with
    ``bind_origin``."""
    cause = bindparam("change_cause", type_=table(VehicleEvent).c.cause.type)
    note = bindparam("change_note", type_=table(VehicleEvent).c.note.type)
    occurred_at = bindparam("change_occurred_at", type_=table(VehicleEvent).c.occurred_at.type)
    return EventOrigin(
        cause, make_key_parameters("change_actor"), ride_id, note, occurred_at=occurred_at
    )


def bind_origin(
    cause: EventCause,
    actor_key: RowKey | None,
    note: str = "",
    occurred_at: datetime | None = None,
) -> dict[str, object]:
    """Return the values of ``make_origin_parameters``. occurred_at: None: now."""
    region, id_ = actor_key or (None, None)
    return {
        "change_cause": cause.value,
        "change_note": note,
        "change_occurred_at": occurred_at,
        "change_actor_key_region": region,
        "change_actor_key_id": id_,
    }


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
    is_change, has_expired = current_state_column(vehicles) != new_state, _has_expired(vehicles)
    change_count = literal(1) if by_action else _count(is_change)
    if has_preceding_action:
        change_count += _count(is_change)
    count = _count(_is_unrecorded(vehicles)) + _count(has_expired) + change_count
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
    transition = _transition_cte(changed, origin)
    rows = [
        _change_row(change, transition, origin),
        *_preceding_action_rows(transition, origin),
        _expiry_row(transition),
        _unrecorded_row(transition, origin),
    ]
    events = table(VehicleEvent)
    statement = insert(events).from_select(list(_COLUMNS), union_all(*rows))
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


#: The columns of an event that is written; the others have defaults.
_COLUMNS = (
    "region", "vehicle_id", "number", "city", "occurred_at", "state", "event_types", "lat", "lon",
    "battery_percent", "ride_id", "cause", "actor_region", "actor_id", "note", "action",
    "action_id",
)  # fmt: skip
#: Those that say where a vehicle stood.
_PLACE_COLUMNS = ("city", "lat", "lon", "battery_percent")
_NOBODY: dict[str, ColumnElement[Any]] = {
    "ride_id": cast(null(), Uuid()),
    "actor_region": cast(null(), Region),
    "actor_id": cast(null(), Uuid()),
    "note": literal("", String),
    "action": cast(null(), String(24)),
    "action_id": cast(null(), Uuid()),
}


def _transition_cte(changed: CTE, origin: EventOrigin) -> CTE:
    """Return the vehicles that were changed, each with what it was before; that is NULL for new
    ones."""
    vehicles = table(Vehicle)
    # With a LIMIT, PostgreSQL looks it up by its key, whatever it believes about the table.
    before = (
        select(vehicles)
        .where(vehicles.c.region == changed.c.region, vehicles.c.id == changed.c.id)
        .limit(1)
        .lateral("vehicle_before")
    )
    ride_id = cast(null(), Uuid()) if origin.ride_id is None else _as_column(origin.ride_id, Uuid())
    columns = [
        *(changed.c[name] for name in RETURNED_COLUMNS),
        ride_id.label("ride_id"),
        *(before.c[name].label(f"{name}_before") for name in (*_PLACE_COLUMNS, "event_count")),
        before.c.state.label("stored_state"),
        before.c.reserved_until.label("reserved_until_before"),
        before.c.reservation_id.label("reservation_id_before"),
        before.c.changed_at.label("changed_at"),
        current_state_column(before).label("state_before"),
        before.c.out_of_service_reason.label("reason_before"),
        func.coalesce(_has_expired(before), False).label("has_expired"),
        _is_unrecorded(before).label("is_unrecorded"),
    ]
    return select(*columns).select_from(changed.outerjoin(before, true())).cte("vehicle_transition")


def _change_row(change: StateChange | None, transition: CTE, origin: EventOrigin) -> Select[Any]:
    """Return the event of the change itself."""
    row = {
        **_row_of_now(transition, origin),
        "state": transition.c.state,
        "number": transition.c.event_count,
        "event_types": _event_types_column(change, transition, origin),
        "ride_id": transition.c.ride_id,
    }
    is_change = transition.c.state_before.is_distinct_from(transition.c.state)
    if origin.action is None:
        return _row_query(row, transition).where(is_change)
    action: ColumnElement[str] = literal(origin.action.value, String)
    if other_action := origin.action_if_state_stays:
        action = case((is_change, action), else_=literal(other_action.value, String))
    return _row_query({**row, "action": action}, transition)


def _preceding_action_rows(transition: CTE, origin: EventOrigin) -> list[Select[Any]]:
    """Return the event of what staff did just before the change, if there is such an action."""
    if origin.preceding_action is None:
        return []
    row = {
        **_row_of_now(transition, origin),
        "state": transition.c.state_before,
        "number": transition.c.event_count - 1,
        "event_types": _types_column([]),
        "action": literal(origin.preceding_action.value, String),
    }
    return [_row_query(row, transition).where(transition.c.state_before != transition.c.state)]


def _row_of_now(transition: CTE, origin: EventOrigin) -> dict[str, ColumnElement[Any]]:
    """Return what events have in common that are caused now: who, where and why."""
    at = origin.occurred_at
    row = {
        **{name: transition.c[name] for name in _PLACE_COLUMNS},
        "occurred_at": func.now() if at is None else func.coalesce(at, func.now()),
        "cause": _as_column(origin.cause, String()),
        "note": _as_column(origin.note, String()),
    }
    if origin.action:
        row["action_id"] = literal(origin.action_id, Uuid())
    if actor := origin.actor_key:
        row |= {
            "actor_region": _as_column(actor.region, Region),
            "actor_id": _as_column(actor.id, Uuid()),
        }
    return row


def _expiry_row(transition: CTE) -> Select[Any]:
    """Return the event of a reservation that had expired, at its end."""
    row = {
        **_place_before(transition),
        "number": transition.c.event_count_before + _count(transition.c.is_unrecorded) + 1,
        "occurred_at": transition.c.reserved_until_before,
        "state": literal(VehicleState.AVAILABLE.value, String),
        "event_types": _types_column([EventType.RESERVATION_CANCEL]),
        "cause": literal(EventCause.TIME.value, String),
    }
    return _row_query(row, transition).where(transition.c.has_expired)


def _unrecorded_row(transition: CTE, origin: EventOrigin) -> Select[Any]:
    """Return the event of the state before, if it is not that of the last event."""
    row = {
        **_place_before(transition),
        "number": transition.c.event_count_before + 1,
        "occurred_at": transition.c.changed_at,
        "state": transition.c.stored_state,
        "event_types": _types_column([EventType.UNSPECIFIED]),
        "cause": literal(EventCause.UNKNOWN.value, String),
    }
    state_changes = or_(transition.c.state_before != transition.c.state, transition.c.has_expired)
    query = _row_query(row, transition).where(transition.c.is_unrecorded)
    return query if origin.action else query.where(state_changes)


def _place_before(transition: CTE) -> dict[str, ColumnElement[Any]]:
    return {name: transition.c[f"{name}_before"] for name in _PLACE_COLUMNS}


def _row_query(row: Mapping[str, ColumnElement[Any]], transition: CTE) -> Select[Any]:
    whole_row = {**_NOBODY, **row, "region": transition.c.region, "vehicle_id": transition.c.id}
    return select(*(whole_row[name].label(name) for name in _COLUMNS))


def _event_types_column(
    change: StateChange | None, transition: CTE, origin: EventOrigin
) -> ColumnElement[list[str]]:
    if change is None:
        return _types_column([])
    types = set(change.events.values())
    if len(types) == 1 and not origin.action:
        return _types_column(types.pop())
    by_transition = (
        (
            and_(_is_state(transition.c.state_before, before), transition.c.state == after.value),
            _types_column(event_types),
        )
        for (before, after), event_types in change.events.items()
    )
    by_reason = (
        (transition.c.reason_before == reason.value, _types_column(event_types))
        for reason, event_types in change.events_by_reason.items()
    )
    stays = transition.c.state_before == transition.c.state
    cases = [(stays, _types_column([])), *by_reason, *by_transition]
    return case(*cases, else_=_types_column([EventType.UNSPECIFIED]))


def _is_state(column: ColumnElement[str], state: VehicleState | None) -> ColumnElement[bool]:
    return column.is_(None) if state is None else column == state.value


def _types_column(event_types: Sequence[EventType]) -> ColumnElement[list[str]]:
    array: ARRAY[str] = ARRAY(String())
    return literal([each.value for each in event_types], array)


def by_closing_condition(events: FromClause) -> ColumnElement[bool]:
    """Return the condition that an event is by closing a city or opening it again
    (webapp/ops/cities/jobs.py): what staff do with a vehicle has an action."""
    return and_(events.c.cause == EventCause.STAFF.value, events.c.action.is_(None))


def current_state_column(vehicles: FromClause) -> ColumnElement[str]:
    """Return the state of a vehicle: the stored one; available if its reservation has expired."""
    available = literal(VehicleState.AVAILABLE.value, String)
    return case((_has_expired(vehicles), available), else_=vehicles.c.state)


def _has_expired(vehicles: FromClause) -> ColumnElement[bool]:
    is_reserved = vehicles.c.state == VehicleState.RESERVED.value
    return and_(is_reserved, vehicles.c.reserved_until <= func.now())


def _is_unrecorded(vehicles: FromClause) -> ColumnElement[bool]:
    return vehicles.c.event_state.is_distinct_from(vehicles.c.state)


def _as_column(value: object, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, type_)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
