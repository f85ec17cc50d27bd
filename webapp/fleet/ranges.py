"""How far a vehicle still goes: too little to offer it, or little enough to warn riders."""

from flask import current_app

from webapp.fleet.enums import PropulsionType
from webapp.fleet.vehicle_columns import VehicleColumns
from webapp.fleet.vehicle_types.settings import find_type_settings

#: A vehicle with a motor and a smaller range is out of service, metres: pages show it as 0 km.
SMALLEST_RANGE_M = 1_000
#: The longest range that is believed, metres. Feeds say more by mistake.
MAX_RANGE_M = 1_000_000


def is_out_of_power(propulsion_type: str, range_m: int | None) -> bool:
    """Return whether a vehicle has a motor and too little energy to offer it; unknown is enough."""
    has_motor = propulsion_type != PropulsionType.HUMAN
    return has_motor and range_m is not None and range_m < SMALLEST_RANGE_M


def has_low_range(vehicle: VehicleColumns) -> bool:
    """Return whether riders are warned that the vehicle does not go far (``LOW_RANGE_M``).

    If its range is not known, the battery counts (``LOW_BATTERY_PERCENT``). If a low battery is set
    for its type, the battery counts first.
    """
    if vehicle.propulsion_type == PropulsionType.HUMAN:
        return False
    settings = find_type_settings(vehicle.form_factor, vehicle.propulsion_type)
    if settings.low_battery_percent and vehicle.battery_percent is not None:
        return vehicle.battery_percent < settings.low_battery_percent
    if vehicle.range_m is None:
        percent: int = current_app.config["LOW_BATTERY_PERCENT"]
        return vehicle.battery_percent is not None and vehicle.battery_percent < percent
    limits: dict[str, int] = current_app.config["LOW_RANGE_M"]
    return vehicle.range_m < limits.get(vehicle.form_factor, limits[""])
