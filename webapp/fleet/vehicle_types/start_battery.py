"""With how little battery a ride may still start, as it is set for the type of the vehicle."""

from sqlalchemy import ColumnElement, exists

from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_columns import VehicleColumns
from webapp.fleet.vehicle_types.models import VehicleTypeRow
from webapp.fleet.vehicle_types.settings import find_type_settings


def has_start_battery(vehicle: VehicleColumns) -> bool:
    """Return whether the battery of a vehicle is full enough to start a ride; unknown is enough."""
    minimum = find_type_settings(vehicle.form_factor, vehicle.propulsion_type).min_battery_percent
    return not minimum or vehicle.battery_percent is None or vehicle.battery_percent >= minimum


def start_battery_condition() -> ColumnElement[bool]:
    """Return the same as a condition of the row of ``vehicles`` in the statement around it. It
    reads the table, so what an admin has set a moment ago holds."""
    vehicles, types = table(Vehicle).c, table(VehicleTypeRow).c
    return ~exists().where(
        types.form_factor == vehicles.form_factor,
        types.propulsion_type == vehicles.propulsion_type,
        types.min_battery_percent > vehicles.battery_percent,
    ).correlate(table(Vehicle))
