"""Reading and checking the vehicles of GBFS 2.0 to 3.0."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeGuard, cast

from webapp.fleet.enums import VehicleState
from webapp.fleet.gbfs.documents import printable
from webapp.fleet.gbfs.vehicle_types import VehicleType, VehicleTypes, VehicleUnusable, identifier
from webapp.fleet.models import MAX_FEED_ID_LENGTH
from webapp.fleet.ranges import is_out_of_power
from webapp.regions.geography import Point, is_position

#: The largest range that the database stores.
MAX_RANGE_M = 2**31 - 1


@dataclass(frozen=True)
class FeedVehicle:
    """A vehicle that can be imported."""

    id: str
    type: VehicleType
    point: Point
    state: VehicleState
    range_m: int | None


def read_vehicles(
    listed: Sequence[object], types: VehicleTypes
) -> tuple[list[FeedVehicle], dict[str, list[str]]]:
    """Return the vehicles to import, each id once, and the ids of the others by reason."""
    vehicles: dict[str, FeedVehicle] = {}
    skipped: dict[str, list[str]] = defaultdict(list)
    for number, entry in enumerate(listed, 1):
        try:
            vehicle = read_vehicle(entry, types)
            if vehicle.id in vehicles:
                raise VehicleUnusable("has an id that stands earlier in the feed")
            vehicles[vehicle.id] = vehicle
        except VehicleUnusable as error:
            skipped[str(error)].append(_name_entry(entry, number))
    return list(vehicles.values()), dict(skipped)


def read_vehicle(entry: object, types: VehicleTypes) -> FeedVehicle:
    """Return one entry of ``vehicles`` or ``bikes``; raises VehicleUnusable.

    ``is_reserved`` is ignored: it is a reservation in the other system, and nothing here ends it.
    """
    if not isinstance(entry, dict):
        raise VehicleUnusable("is not an object")
    id_, type_, point = _read_id(entry), types.find(entry), _read_point(entry)
    state, range_m = _read_state(entry), _read_range_m(entry)
    if is_out_of_power(type_.propulsion_type, range_m):
        state = VehicleState.NON_OPERATIONAL
    return FeedVehicle(id_, type_, point, state, range_m)


def _find_id(entry: Mapping[str, object]) -> object:
    id_ = entry.get("vehicle_id")
    return entry.get("bike_id") if id_ is None else id_


def _read_id(entry: Mapping[str, object]) -> str:
    raw = _find_id(entry)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        raise VehicleUnusable("has no id")
    id_ = identifier(raw)
    if id_ is None:
        raise VehicleUnusable("has an id that is not text")
    if len(id_) > MAX_FEED_ID_LENGTH:
        raise VehicleUnusable(f"has an id of more than {MAX_FEED_ID_LENGTH} characters")
    if not _is_storable(id_):
        raise VehicleUnusable("has an id with characters that are no text")
    return id_


def _read_point(entry: Mapping[str, object]) -> Point:
    lat, lon = entry.get("lat"), entry.get("lon")
    if lat is None and lon is None and entry.get("station_id") is not None:
        raise VehicleUnusable("stands at a station, without a position")
    if lat is None or lon is None:
        raise VehicleUnusable("has no lat or no lon")
    if not (_is_number(lat) and _is_number(lon)):
        raise VehicleUnusable("has a lat or lon that is not a number")
    if not is_position(lat, lon):
        raise VehicleUnusable("has a lat or lon outside the earth")
    if lat == 0 and lon == 0:  # sent by a tracker without reception
        raise VehicleUnusable("has the position 0, 0")
    return Point(float(lat), float(lon))


def _read_state(entry: Mapping[str, object]) -> VehicleState:
    disabled = entry.get("is_disabled")
    if disabled not in (None, False, True):  # GBFS 1 has 0 and 1, which equal False and True
        raise VehicleUnusable("has an is_disabled that is neither true nor false")
    return VehicleState.NON_OPERATIONAL if disabled else VehicleState.AVAILABLE


def _read_range_m(entry: Mapping[str, object]) -> int | None:
    metres = entry.get("current_range_meters")
    return int(metres) if _is_number(metres) and 0 <= metres <= MAX_RANGE_M else None


def _is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: a bool is an int.
    return type(value) in (int, float) and isfinite(cast(float, value))


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _name_entry(entry: object, number: int) -> str:
    """Return the name of a vehicle in the output: its id, else its number in the file."""
    id_ = identifier(_find_id(entry)) if isinstance(entry, dict) else None
    return printable(id_ if len(id_) <= 60 else id_[:57] + "...") if id_ else f"no. {number}"
