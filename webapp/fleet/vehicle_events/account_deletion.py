"""Events of vehicles when the account that caused them is deleted."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.catalogue import list_city_regions


def anonymise_events_in_slices(account_key: RowKey) -> None:
    """Remove a person from the events that they caused, which stay; the hook
    ``deletion_slices``."""
    is_actor = key_condition(table(VehicleEvent), account_key, "actor_region", "actor_id")
    for region in list_city_regions():
        set_null_in_slices(VehicleEvent, region, is_actor, "actor_region", "actor_id")
