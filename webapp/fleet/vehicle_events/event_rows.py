"""The rows of the events of a change: each vehicle that was changed, with what it was before.

A part of a statement sees the table as it was before: that is how the event knows the state
before the change.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from webapp.db.types import Region, table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.conditions import (
    count_column,
    current_state_column,
    has_expired_condition,
    unrecorded_condition,
)
from webapp.fleet.vehicle_events.enums import EventCause, EventType
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import StateChange

#: What the UPDATE or INSERT of vehicles returns, so that ``vehicle_events_cte`` can follow it.
RETURNED_COLUMNS = (
    "region", "id", "city", "state", "lat", "lon", "battery_percent", "event_count",
)  # fmt: skip
#: The columns of an event that is written; the others have defaults.
EVENT_COLUMNS = (
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


def transition_cte(changed: CTE, origin: EventOrigin) -> CTE:
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
        func.coalesce(has_expired_condition(before), False).label("has_expired"),
        unrecorded_condition(before).label("is_unrecorded"),
    ]
    return select(*columns).select_from(changed.outerjoin(before, true())).cte("vehicle_transition")


def event_rows_query(
    change: StateChange | None, transition: CTE, origin: EventOrigin
) -> CompoundSelect[Any]:
    """Return the events of the vehicles in ``transition_cte``, with ``EVENT_COLUMNS``."""
    return union_all(
        _change_row(change, transition, origin),
        *_preceding_action_rows(transition, origin),
        _expiry_row(transition),
        _unrecorded_row(transition, origin),
    )


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
        "number": transition.c.event_count_before + count_column(transition.c.is_unrecorded) + 1,
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
    return select(*(whole_row[name].label(name) for name in EVENT_COLUMNS))


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


def _as_column(value: object, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, type_)
