"""The positions of stations, which vehicles at a station take."""

from collections.abc import Mapping, Sequence

from webapp.fleet.gbfs.positions import Position, find_position
from webapp.fleet.gbfs.vehicle_types import identifier


def read_stations(listed: Sequence[object]) -> dict[str, Position]:
    """Return the positions of ``station_information.json`` by station, without invalid ones."""
    stations: dict[str, Position] = {}
    for entry in listed:
        if isinstance(entry, dict) and (position := find_position(entry)):
            stations.setdefault(identifier(entry.get("station_id")) or "", position)
    stations.pop("", None)
    return stations


def find_station_position(
    vehicle: Mapping[str, object], stations: Mapping[str, Position]
) -> Position | None:
    """Return the position of the station where a vehicle stands; None if it is not known."""
    return stations.get(identifier(vehicle.get("station_id")) or "")
