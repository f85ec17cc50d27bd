"""The jobs that take the vehicles of a closed city out of service, and return them."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.enums import OutOfServiceReason, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails, make_rule
from webapp.fleet.vehicle_events.conditions import by_closing_condition, change_applies_condition
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import (
    RETURNED_TO_SERVICE,
    TAKEN_OUT_OF_SERVICE_FOR,
    StateChange,
)
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.ops.cities.closing import CityName
from webapp.regions.catalogue import catalogue
from webapp.regions.each_city import run_for_each_city
from webapp.regions.models import City

#: Vehicles that one transaction changes at most: those who want to ride one wait for it.
SLICE = 200
SUSPENDED = OutOfServiceReason.SYSTEM_SUSPEND


def take_out_vehicles(payload: CityName, _: RunningJob) -> None:
    """Take the vehicles of a closed city out of service, unless it is open again. It may run again
    after it was interrupted."""
    if city := catalogue().find(payload.city):
        _take_out_vehicles(city)


def take_out_vehicles_of_region(_: NoPayload, job: RunningJob) -> None:
    """Take out those of the closed cities of a region whose ride has ended, or that are new."""
    run_for_each_city(_take_out_vehicles, [job.key.region])


def return_vehicles(payload: CityName, _: RunningJob) -> None:
    """Return the vehicles to service that are out of it because their city was closed, the last
    time or before, unless it is closed again. Those with a critical report or a task in progress
    stay out, and those that staff have taken out."""
    if city := catalogue().find(payload.city):
        _change_in_slices(_return_statement(city))


def _take_out_vehicles(city: City) -> None:
    if city.is_closed:
        _change_in_slices(_take_out_statement(city))


def _change_in_slices(statement: Select[tuple[UUID]]) -> None:
    def change(session: Session) -> bool:
        return bool(session.scalars(statement).all())

    while run_transaction(change, idempotent=True):
        pass


def _take_out_statement(city: City) -> Select[tuple[UUID]]:
    """Return the statement that takes some vehicles out of service while the city is closed. It
    returns their ids."""
    change, cities = TAKEN_OUT_OF_SERVICE_FOR[SUSPENDED], table(City).c
    is_closed = exists().where(cities.name == city.name, cities.closes_at <= func.now())
    return _change_statement(
        city,
        change,
        VehicleState.NON_OPERATIONAL,
        and_(change_applies_condition(change), is_closed),
        out_of_service_reason=SUSPENDED.value,
    )


def _return_statement(city: City) -> Select[tuple[UUID]]:
    """Return the statement that returns some vehicles to service while the city is open."""
    cities = table(City).c
    has_not_closed = or_(cities.closes_at.is_(None), cities.closes_at > func.now())
    is_open = exists().where(cities.name == city.name, has_not_closed)
    is_ready = make_rule(VehicleAction.RETURN_TO_SERVICE, ActionDetails()).condition
    condition = and_(_taken_out_by_closing_condition(), is_ready, is_open)
    return _change_statement(city, RETURNED_TO_SERVICE, VehicleState.AVAILABLE, condition)


def _taken_out_by_closing_condition() -> ColumnElement[bool]:
    """Return the condition that a vehicle is out of service because its city was closed: its last
    event when it went out of service has no action. What staff suspend has one."""
    vehicles, events = table(Vehicle).c, table(VehicleEvent).c
    by_closing = (
        select(by_closing_condition(table(VehicleEvent)))
        .where(
            events.region == vehicles.region,
            events.vehicle_id == vehicles.id,
            events.occurred_at <= vehicles.state_changed_at,
        )
        .order_by(events.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return and_(vehicles.out_of_service_reason == SUSPENDED.value, by_closing)


def _change_statement(
    city: City,
    change: StateChange,
    state: VehicleState,
    condition: ColumnElement[bool],
    **values: str,
) -> Select[tuple[UUID]]:
    vehicles = table(Vehicle)
    in_city = and_(vehicles.c.region == city.region, vehicles.c.city == city.name)
    ids = select(vehicles.c.id).where(in_city, condition).limit(SLICE).correlate(None)
    changed = (
        change_state_statement(change, state)
        .where(in_city, vehicles.c.id.in_(ids))
        .values(**values)
        .returning(*returned_columns())
        .cte("changed_vehicles")
    )
    events = vehicle_events_cte(change, changed, EventOrigin(EventCause.STAFF))
    return select(changed.c.id).add_cte(events)
