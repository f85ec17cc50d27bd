"""When the state of a vehicle changed, for vehicles from before this was recorded."""

from sqlalchemy import Update, func, select, update

from webapp.db.slices import execute_in_slices, in_slice_condition
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def fill_state_times(region: str) -> None:
    """Fill ``state_changed_at`` of the vehicles of a region where it is NULL: with the time of the
    last event, or else of the last change of the row."""
    for city in catalogue().all():
        if city.region == region:
            for state in VehicleState:
                execute_in_slices(_fill_state_times_statement(city, state))


def _fill_state_times_statement(city: City, state: VehicleState) -> Update:
    """Return the UPDATE of a slice of the vehicles of a city in a state, which an index finds."""
    vehicles, events = table(Vehicle), table(VehicleEvent).c
    last_event_at = (
        select(events.occurred_at)
        .where(
            events.region == vehicles.c.region,
            events.vehicle_id == vehicles.c.id,
            events.number == vehicles.c.event_count,
        )
        .scalar_subquery()
    )
    is_unknown = vehicles.c.state_changed_at.is_(None)
    conditions = (vehicles.c.city == city.name, vehicles.c.state == state.value, is_unknown)
    return (
        update(vehicles)
        .where(in_slice_condition(Vehicle, city.region, *conditions), is_unknown)
        # The row has not changed for those who follow changes.
        .values(
            state_changed_at=func.coalesce(last_event_at, vehicles.c.changed_at),
            changed_at=vehicles.c.changed_at,
        )
        .returning(vehicles.c.id)
    )
