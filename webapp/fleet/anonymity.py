"""What everybody may know of a vehicle: nothing by which it could be recognised after a ride.

Its public id changes with each ride. Brand, colour and an exact range or battery would still tell
which vehicle it is, so visitors and programs get none of them. Riders who have signed in do: they
have to find the vehicle in the street.
"""

from dataclasses import dataclass
from math import ceil

from flask import current_app
from sqlalchemy.orm.attributes import set_committed_value

from webapp.fleet.enums import PropulsionType, VehicleType
from webapp.fleet.models import Vehicle
from webapp.fleet.ranges import SMALLEST_RANGE_M, is_out_of_power
from webapp.fleet.vehicle_columns import VehicleColumns, VehicleRow
from webapp.fleet.vehicle_types.settings import find_type_settings

#: The shares of a full battery that are published: the largest that a vehicle still has. More
#: steps would let a program follow vehicles whose battery a ride hardly changes (docs/gbfs.md has
#: the figures).
PUBLISHED_SHARES = (0.25, 0.1, 0.0)
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
    step = next((step for step in PUBLISHED_SHARES if step <= share), 0.0)
    fuel_share = None if battery_percent is None else step
    if is_out_of_power(propulsion_type, range_m) or share == 0:
        return Energy(0, fuel_share)
    return Energy(max(SMALLEST_RANGE_M, int(step * max_range_m)), fuel_share)


def make_anonymous_copy(vehicle: VehicleColumns) -> VehicleRow:
    """Return a vehicle as everybody may see it."""
    row = VehicleRow.copy(vehicle)
    max_range_m = find_max_range_m(row.vehicle_type)
    range_m = None
    if max_range_m and (row.range_m, row.battery_percent) != (None, None):
        energy = (row.range_m, row.battery_percent)
        range_m = round_energy(row.propulsion_type, max_range_m, *energy).range_m
    return row._replace(brand="", color="", range_m=range_m, battery_percent=None)


def anonymise(vehicle: Vehicle) -> Vehicle:
    """Make a vehicle that was read for one page anonymous; it is not written."""
    row = make_anonymous_copy(vehicle)
    for name in ("brand", "color", "range_m", "battery_percent"):
        set_committed_value(vehicle, name, getattr(row, name))
    return vehicle


def find_least_range_m(vehicle_type: VehicleType, published_range_m: int) -> int | None:
    """Return from which range on a vehicle of a type with a motor is published with a range of at
    least ``published_range_m`` (more than 0), metres; None: never.

    Searches by visitors compare with this: by any other limit they would tell more than the steps.
    """
    max_range_m = find_max_range_m(vehicle_type) or 0
    for step in sorted(PUBLISHED_SHARES):
        if max(SMALLEST_RANGE_M, int(step * max_range_m)) >= published_range_m:
            return max(SMALLEST_RANGE_M, ceil(round(step * max_range_m, 3)))
    return None
