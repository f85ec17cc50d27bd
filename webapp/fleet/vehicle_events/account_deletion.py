"""Events of vehicles when the account that caused them is deleted."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import execute_in_slices, in_slice_condition
from webapp.db.types import table
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.catalogue import list_city_regions


def anonymise_events_in_slices(account_key: RowKey) -> None:
    """Remove a person from the events that they caused, which stay; the hook
    ``deletion_slices``."""
    for region in list_city_regions():
        execute_in_slices(anonymise_events_statement(account_key, region))


def anonymise_events_statement(account_key: RowKey, region: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that removes an account from some events. It returns their vehicles."""
    events = table(VehicleEvent)
    is_actor = key_condition(events, account_key, "actor_region", "actor_id")
    return (
        update(events)
        .where(in_slice_condition(VehicleEvent, region, is_actor))
        .values(actor_region=None, actor_id=None)
        .returning(events.c.vehicle_id)
    )
