"""Reading and checking the vehicles of GBFS 1.0 to 3.0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webapp.cli import show_text
from webapp.fleet.enums import VehicleState
from webapp.fleet.gbfs.positions import Position, find_position, is_number
from webapp.fleet.gbfs.stations import find_station_position
from webapp.fleet.gbfs.timestamps import read_timestamp
from webapp.fleet.gbfs.vehicle_types import (
    FeedVehicleType,
    VehicleTypes,
    VehicleUnusable,
    identifier,
)
from webapp.fleet.models import MAX_FEED_ID_LENGTH
from webapp.fleet.ranges import MAX_RANGE_M, is_out_of_power
from webapp.regions.geography import Point, is_position

#: The longest id that messages show whole, characters.
MAX_SHOWN_LENGTH = 60


@dataclass(frozen=True)
class FeedVehicle:
    """A vehicle that can be imported."""

    id: str
    type: FeedVehicleType
    point: Point
    state: VehicleState
    range_m: int | None
    #: Of the battery or tank, 0 to 100.
    battery_percent: int | None = None
    #: When its operator last heard of it.
    last_reported: datetime | None = None


@dataclass(frozen=True)
class SkippedVehicle:
    """A vehicle that cannot be imported."""

    #: The whole id, to compare with; None: it has none.
    id: str | None
    #: Its number in the file, from 1.
    number: int = 0

    @property
    def label(self) -> str:
        """Its name in messages: the id, shortened, else its number in the file."""
        if not self.id:
            return f"no. {self.number}"
        is_short = len(self.id) <= MAX_SHOWN_LENGTH
        return show_text(self.id if is_short else self.id[: MAX_SHOWN_LENGTH - 3] + "...")


@dataclass
class VehicleList:
    """The content of a vehicle file, each id once."""

    vehicles: list[FeedVehicle] = field(default_factory=list)
    #: Those that cannot be imported, by reason.
    skipped: dict[str, list[SkippedVehicle]] = field(default_factory=dict)
    #: All positions as they stand there, also of skipped vehicles.
    positions: list[Position] = field(default_factory=list)


def read_vehicles(
    listed: Sequence[object], types: VehicleTypes, stations: Mapping[str, Position]
) -> VehicleList:
    """Return the vehicles to import, and the others by reason."""
    result, ids = VehicleList(), set[str]()
    for number, entry in enumerate(listed, 1):
        position = _find_position(entry, stations) if isinstance(entry, dict) else None
        if position:
            result.positions.append(position)
        try:
            vehicle = read_vehicle(entry, types, position)
            if vehicle.id in ids:
                raise VehicleUnusable("has an id that stands earlier in the feed")
        except VehicleUnusable as error:
            id_ = identifier(_find_id(entry)) if isinstance(entry, dict) else None
            result.skipped.setdefault(str(error), []).append(SkippedVehicle(id_, number))
        else:
            ids.add(vehicle.id)
            result.vehicles.append(vehicle)
    return result


def needs_stations(listed: Sequence[object]) -> bool:
    """Return whether a vehicle has no position of its own, and stands at a station."""
    return any(
        isinstance(entry, dict) and entry.get("station_id") is not None and not find_position(entry)
        for entry in listed
    )


def read_vehicle(entry: object, types: VehicleTypes, position: Position | None) -> FeedVehicle:
    """Return one entry of ``vehicles`` or ``bikes``, which is at ``position``.

    One that somebody has reserved in the other system is out of service until the feed says that
    it is free.

    Raises VehicleUnusable.
    """
    if not isinstance(entry, dict):
        raise VehicleUnusable("is not an object")
    id_, type_, point = _read_id(entry), types.find(entry), _read_point(entry, position)
    state, range_m = _read_state(entry), _read_range_m(entry)
    battery_percent = _read_battery_percent(entry)
    is_empty = range_m is None and battery_percent == 0
    if is_out_of_power(type_.propulsion_type, 0 if is_empty else range_m):
        state = VehicleState.NON_OPERATIONAL
    last_reported = read_timestamp(entry.get("last_reported"))
    return FeedVehicle(id_, type_, point, state, range_m, battery_percent, last_reported)


def _find_position(
    entry: Mapping[str, object], stations: Mapping[str, Position]
) -> Position | None:
    """Return the vehicle's own position, else that of its station."""
    return find_position(entry) or find_station_position(entry, stations)


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


def _read_point(entry: Mapping[str, object], position: Position | None) -> Point:
    if position is None:
        raise VehicleUnusable(_describe_missing_position(entry))
    if not is_position(*position):
        raise VehicleUnusable("has a lat or lon outside the earth")
    return Point(*position)


def _describe_missing_position(entry: Mapping[str, object]) -> str:
    lat, lon = entry.get("lat"), entry.get("lon")
    if lat is None and lon is None and entry.get("station_id") is not None:
        return "stands at a station, without a position"
    if lat is None or lon is None:
        return "has no lat or no lon"
    if is_number(lat) and is_number(lon):
        return "has the position 0, 0"
    return "has a lat or lon that is not a number"


def _read_state(entry: Mapping[str, object]) -> VehicleState:
    flags = {name: entry.get(name) for name in ("is_disabled", "is_reserved")}
    for name, flag in flags.items():
        if flag not in (None, False, True):  # GBFS 1 has 0 and 1, which equal False and True
            raise VehicleUnusable(f"has an {name} that is neither true nor false")
    return VehicleState.NON_OPERATIONAL if any(flags.values()) else VehicleState.AVAILABLE


def _read_range_m(entry: Mapping[str, object]) -> int | None:
    metres = entry.get("current_range_meters")
    return int(metres) if is_number(metres) and 0 <= metres <= MAX_RANGE_M else None


def _read_battery_percent(entry: Mapping[str, object]) -> int | None:
    share = entry.get("current_fuel_percent")  # GBFS calls it percent, and it is 0 to 1
    return round(share * 100) if is_number(share) and 0 <= share <= 1 else None


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
