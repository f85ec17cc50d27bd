"""Files with vehicles when the account of their owner is deleted."""

from sqlalchemy import exists

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import delete_in_slices
from webapp.db.types import table
from webapp.fleet.vehicle_import.models import VehicleImport, VehicleImportRow
from webapp.regions.catalogue import list_city_regions


def delete_imports_in_slices(owner_key: RowKey) -> None:
    """Delete the files of a person and their rows; the hook ``deletion_slices``."""
    imports, rows = table(VehicleImport), table(VehicleImportRow).c
    is_own = key_condition(imports, owner_key, "owner_region", "owner_id")
    is_own_row = exists().where(
        imports.c.region == rows.region, imports.c.id == rows.import_id, is_own
    )
    for region in list_city_regions():
        delete_in_slices(VehicleImportRow, region, is_own_row)
        delete_in_slices(VehicleImport, region, is_own)
