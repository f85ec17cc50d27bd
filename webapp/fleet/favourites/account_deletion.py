"""Favourites of an account that has ended, in slices."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import delete_in_slices
from webapp.db.types import table
from webapp.fleet.favourites.models import SavedVehicle
from webapp.regions.catalogue import list_city_regions


def delete_saved_vehicles_in_slices(rider_key: RowKey) -> None:
    """Delete what a person has saved; the hook ``deletion_slices``. The few saved places go with
    the account."""
    is_own = key_condition(table(SavedVehicle), rider_key, "rider_region", "rider_id")
    for region in list_city_regions():
        delete_in_slices(SavedVehicle, region, is_own)
