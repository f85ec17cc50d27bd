"""The job that adds the vehicles of a file."""

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.types import table
from webapp.fleet.vehicle_import.models import VehicleImport
from webapp.fleet.vehicle_import.services import apply_import
from webapp.jobs.kinds import KeyPayload, RunningJob


def add_vehicles(payload: KeyPayload, _: RunningJob) -> None:
    """Add the vehicles of a confirmed file. It is gone if its owner has deleted the account."""
    imports = table(VehicleImport).c
    names = ("region", "id", "owner_region", "owner_id", "is_operator_fleet")
    query = select(*(imports[name] for name in names))
    if row := find_in_any_region(query, VehicleImport, payload.key):
        apply_import(
            RowKey(row.owner_region, row.owner_id),
            RowKey(row.region, row.id),
            is_operator_fleet=row.is_operator_fleet,
        )
