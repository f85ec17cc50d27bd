"""What the demo sets for its types of vehicles."""

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.vehicle_types.models import VehicleTypeRow
from webapp.fleet.vehicle_types.settings import TypeSettings, types_cache

SETTINGS = {
    "e-bike": TypeSettings(min_battery_percent=5, top_speed_kph=25, max_range_m=60_000),
    "cargo-bike": TypeSettings(icon="cargo-bike", top_speed_kph=25, max_range_m=50_000),
    "scooter": TypeSettings(
        min_battery_percent=10, top_speed_kph=20, max_range_m=35_000, rider_capacity=1
    ),
}


def set_up_vehicle_types() -> None:
    """Set what holds for the types; what is set already stays as it is."""
    rows = []
    for name, settings in SETTINGS.items():
        form_factor, propulsion_type = VEHICLE_TYPES[name]
        key = {"form_factor": form_factor.value, "propulsion_type": propulsion_type.value}
        rows.append({"name": name, **key, **settings.columns()})
    statement = insert(table(VehicleTypeRow)).values(rows).on_conflict_do_nothing()
    execute_write(statement, idempotent=True)
    types_cache().clear()
