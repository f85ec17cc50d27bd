"""Checking that the events of vehicles explain their states, and recording states that they do not
explain."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CTE, Row, Select, insert, literal, select, update

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import EventCause, EventType
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.transitions import is_possible
from webapp.fleet.vehicle_events.writing import returned_columns

#: Vehicles that one statement reads or changes.
BATCH = 500

EventRow = Row[tuple[UUID, int, int, str, list[str]]]


class UnrecordedState(NamedTuple):
    """A vehicle whose events do not lead to its state."""

    vehicle_key: RowKey
    problem: str


class ReplayCounts(NamedTuple):
    """What was replayed."""

    vehicles: int
    events: int


def replay_region(region: str) -> Iterator[UnrecordedState | ReplayCounts]:
    """Replay the events of all vehicles of a region, in batches; yield what is wrong, and at last
    how many there were."""
    vehicle_count = event_count = 0
    after: UUID | None = None
    while vehicles := _read_vehicles(region, after):
        after = vehicles[-1].id
        events = _read_events(region, vehicles[0].id, after)
        by_vehicle = {id_: list(rows) for id_, rows in groupby(events, lambda row: row[0])}
        for vehicle in vehicles:
            if problem := find_problem(vehicle, by_vehicle.get(vehicle.id, [])):
                yield UnrecordedState(RowKey(region, vehicle.id), problem)
        vehicle_count += len(vehicles)
        event_count += len(events)
    yield ReplayCounts(vehicle_count, event_count)


class VehicleStates(NamedTuple):
    """What a vehicle says of its state and events."""

    id: UUID
    state: str
    event_state: str | None
    event_count: int


def _read_vehicles(region: str, after: UUID | None) -> list[VehicleStates]:
    vehicles = table(Vehicle).c
    columns = [vehicles[name] for name in VehicleStates._fields]
    query = select(*columns).where(vehicles.region == region).order_by(vehicles.id).limit(BATCH)
    if after:
        query = query.where(vehicles.id > after)
    return [VehicleStates._make(row) for row in db.session.execute(query)]


def _read_events(region: str, first: UUID, last: UUID) -> list[EventRow]:
    events = table(VehicleEvent).c
    query = (
        select(
            events.vehicle_id,
            events.number,
            events.compacted_count,
            events.state,
            events.event_types,
        )
        .where(events.region == region, events.vehicle_id.between(first, last))
        .order_by(events.vehicle_id, events.number)
    )
    return list(db.session.execute(query))


def find_problem(vehicle: VehicleStates, events: list[EventRow]) -> str | None:
    """Return what is wrong with the events of a vehicle; None: they lead to its state."""
    state, last_number = None, 0
    for _, number, compacted_count, next_state, event_types in events:
        if number != last_number + compacted_count + 1:
            return f"event {last_number + 1} is missing"
        # What led to an event whose predecessors were deleted is not known any more.
        before = list(VehicleState) if compacted_count else [VehicleState(state) if state else None]
        types, after = [EventType(each) for each in event_types], VehicleState(next_state)
        if not any(is_possible(each, types, after) for each in before):
            return f"event {number}: {', '.join(event_types)} does not lead to {next_state}"
        state, last_number = next_state, number
    if last_number != vehicle.event_count or state != vehicle.event_state:
        return f"the last of {vehicle.event_count} events is {last_number}, and leads to {state}"
    if state != vehicle.state:
        return f"no event says that it is {vehicle.state}"
    return None


# --- states that no event explains ------------------------------------------------------------


def record_unrecorded_states(region: str) -> int:
    """Write an event for each vehicle of a region whose state no event explains: those that were
    there before events were written, and those that a release without events has changed. Return
    how many."""
    total = 0
    while count := len(execute_write(record_states_statement(region), idempotent=True)):
        total += count
    return total


def record_states_statement(region: str) -> Select[tuple[UUID]]:
    """Return the statement that writes the events of a batch of vehicles. It returns their ids."""
    events = table(VehicleEvent)
    recorded = _update_recorded_states_cte(region)
    row = {
        "region": recorded.c.region,
        "vehicle_id": recorded.c.id,
        "number": recorded.c.event_count,
        "city": recorded.c.city,
        "occurred_at": recorded.c.changed_at,
        "state": recorded.c.state,
        "event_types": literal([EventType.UNSPECIFIED.value], events.c.event_types.type),
        "lat": recorded.c.lat,
        "lon": recorded.c.lon,
        "battery_percent": recorded.c.battery_percent,
        "cause": literal(EventCause.UNKNOWN.value),
    }
    written = (
        insert(events)
        .from_select(list(row), select(*row.values()))
        .returning(events.c.number)
        .cte("written")
    )
    return select(recorded.c.id).add_cte(written)


def _update_recorded_states_cte(region: str) -> CTE:
    """Return the part that notes, for a batch of vehicles, that an event explains their state."""
    vehicles = table(Vehicle)
    unrecorded = vehicles.c.event_state.is_distinct_from(vehicles.c.state)
    batch = (
        select(vehicles.c.id)
        .where(vehicles.c.region == region, unrecorded)
        .order_by(vehicles.c.id)
        .limit(BATCH)
    )
    return (
        update(vehicles)
        .where(vehicles.c.region == region, vehicles.c.id.in_(batch), unrecorded)
        # Its row has not changed for those who follow changes.
        .values(
            event_count=vehicles.c.event_count + 1,
            event_state=vehicles.c.state,
            # Of the state before: the release that changed it did not know these columns.
            state_changed_at=vehicles.c.changed_at,
            out_of_service_reason=None,
            picked_up_at=None,
            changed_at=vehicles.c.changed_at,
        )
        .returning(*returned_columns("changed_at"))
        .cte("recorded")
    )
