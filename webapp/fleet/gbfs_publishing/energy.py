"""How far a vehicle goes, in steps: an exact number would tell which vehicle it is after a ride."""

from dataclasses import dataclass

from flask import current_app

from webapp.fleet.enums import PropulsionType, VehicleType
from webapp.fleet.ranges import SMALLEST_RANGE_M, is_out_of_power
from webapp.fleet.vehicle_types.settings import find_type_settings

#: The shares of a full battery that are published: the largest that a vehicle still has.
STEPS = (0.75, 0.5, 0.25, 0.1, 0.0)
#: Of a vehicle whose range and battery are not known. Riders are not warned of it, so it goes a
#: little way.
UNKNOWN_SHARE = 0.25


@dataclass(frozen=True)
class Energy:
    """What is published of a vehicle with a motor. Both follow from one step, so that together they
    tell no more than one of them."""

    #: How far it still goes at least, metres.
    range_m: int
    #: The share of its battery; None: it is not known.
    fuel_share: float | None


def find_max_range_m(vehicle_type: VehicleType) -> int | None:
    """Return how far a type goes with a full battery, metres; None: it has no motor."""
    form_factor, propulsion_type = vehicle_type
    if propulsion_type == PropulsionType.HUMAN:
        return None
    usual: dict[str, int] = current_app.config["GBFS_MAX_RANGE_M"]
    set_range_m = find_type_settings(form_factor, propulsion_type).max_range_m
    return set_range_m or usual.get(form_factor, usual[""])


def round_energy(
    propulsion_type: str, max_range_m: int, range_m: int | None, battery_percent: int | None
) -> Energy:
    """Return the energy of a vehicle in steps, from its range, else from its battery."""
    share = UNKNOWN_SHARE
    if range_m is not None:
        share = range_m / max_range_m
    elif battery_percent is not None:
        share = battery_percent / 100
    step = next((step for step in STEPS if step <= share), 0.0)
    fuel_share = None if battery_percent is None else step
    if is_out_of_power(propulsion_type, range_m) or share == 0:
        return Energy(0, fuel_share)
    return Energy(max(SMALLEST_RANGE_M, int(step * max_range_m)), fuel_share)
