"""Favourites of an account that has ended, in slices."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.sql.dml import ReturningDelete

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import execute_in_slices, in_slice_condition
from webapp.db.types import table
from webapp.fleet.favourites.models import SavedVehicle
from webapp.regions.catalogue import list_city_regions


def delete_saved_vehicles_in_slices(rider_key: RowKey) -> None:
    """Delete what a person has saved; the hook ``deletion_slices``. The few saved places go with
    the account."""
    for region in list_city_regions():
        execute_in_slices(delete_saved_vehicles_statement(rider_key, region))


def delete_saved_vehicles_statement(rider_key: RowKey, region: str) -> ReturningDelete[Any]:
    """Return the statement that deletes some saved vehicles. Any: the columns of their key."""
    saved = table(SavedVehicle)
    is_riders = key_condition(saved, rider_key, "rider_region", "rider_id")
    return (
        delete(saved)
        .where(in_slice_condition(SavedVehicle, region, is_riders))
        .returning(*saved.primary_key.columns)
    )
