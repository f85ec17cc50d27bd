"""Reading the live map, with a cache of some seconds for maps that ask the same."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.live_map.bounding_box import BoundingBox, Grid
from webapp.fleet.live_map.queries import (
    MAX_CHANGES,
    MAX_VEHICLES,
    VEHICLE_COLUMNS,
    changes_query,
    full_map_query,
)
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.vehicle_columns import VehicleRow

#: Times are rounded down to so many seconds, so that many maps ask the same and share an answer.
TIME_STEP_S = 10
#: A map that asks for changes since longer than this gets everything.
MAX_CHANGES_AGE = timedelta(minutes=5)
#: Columns that no map shows. Any: their types differ.
NOT_READ: dict[str, Any] = {
    "id": UUID(int=0), "color": "", "reserved_until": None, "address": None,
}  # fmt: skip


class Cluster(NamedTuple):
    """Vehicles that the map shows as one number, at their middle."""

    lat: float
    lon: float
    vehicle_count: int
    #: Where one of them is, within half a cell: the middle may be far from all of them.
    zoom_lat: float
    zoom_lon: float


@dataclass(frozen=True)
class MapData:
    """What a map shows, or what has changed."""

    #: Seconds since 1970 by the database's clock; a map asks for the changes since then.
    at: int
    #: Whether this is everything in the box, and not only what has changed.
    is_full: bool
    #: How many vehicles are in the box. None: there are too many, or too many changes; the map has
    #: to read everything again.
    vehicle_count: int | None
    vehicles: list[VehicleRow] = field(default_factory=list)
    #: Public ids that are not in the box any more, or have been replaced.
    removed_ids: list[UUID] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    #: When it was read, by the clock of the cache.
    read_at_s: float = 0.0


def read_map(vehicle_filter: VehicleFilter, box: BoundingBox, since: int | None) -> MapData:
    """Return what is in the box; or what has changed in it since an earlier ``MapData.at``.

    A map that has followed all changes has ``vehicle_count`` vehicles. If it has more or fewer, it
    has missed a change (a vehicle gets another public id with each ride, and a short ride may
    begin and end between two requests), and reads everything.
    """
    now = time.time()
    if since is None or since < now - MAX_CHANGES_AGE.total_seconds():
        key: Hashable = (vehicle_filter, box)
        return _get_cache().get(key, lambda: _read_full_map(vehicle_filter, box))
    start = _round_down(datetime.fromtimestamp(min(since, now), UTC))
    return _get_cache().get(
        (vehicle_filter, box, start),
        lambda: _read_changes(vehicle_filter, box, datetime.fromtimestamp(start, UTC)),
    )


def data_age_s(data: MapData) -> float:
    """Return how long ago the data was read, seconds."""
    return _get_cache().clock() - data.read_at_s


def _read_full_map(vehicle_filter: VehicleFilter, box: BoundingBox) -> MapData:
    query, now_s = full_map_query(vehicle_filter, box), _get_cache().clock()
    at, vehicle_count, vehicles, clusters = db.session.execute(query).one()
    return MapData(
        _round_down(at),
        True,
        int(vehicle_count),
        vehicles=[_make_vehicle(vehicle_filter, row) for row in vehicles or ()],
        clusters=[make_cluster(box.grid, *row) for row in clusters or ()],
        read_at_s=now_s,
    )


def _read_changes(vehicle_filter: VehicleFilter, box: BoundingBox, since: datetime) -> MapData:
    query, now_s = changes_query(vehicle_filter, box, since), _get_cache().clock()
    at, vehicle_count, changes = db.session.execute(query).one()
    changes = changes or []
    if len(changes) > MAX_CHANGES or vehicle_count > MAX_VEHICLES:
        return MapData(_round_down(at), False, None, read_at_s=now_s)
    return MapData(
        _round_down(at),
        False,
        vehicle_count,
        vehicles=[_make_vehicle(vehicle_filter, row) for *row, matches in changes if matches],
        removed_ids=[UUID(row[0]) for *row, matches in changes if not matches],
        read_at_s=now_s,
    )


def _make_vehicle(vehicle_filter: VehicleFilter, row: list[Any]) -> VehicleRow:
    """Return a vehicle with the columns of the map. row: ``VEHICLE_COLUMNS``, from JSON (Any)."""
    city, values = vehicle_filter.city, dict(zip(VEHICLE_COLUMNS, row, strict=True))
    values["public_id"] = UUID(values["public_id"])
    return VehicleRow(region=city.region, city=city.name, **NOT_READ, **values)


def make_cluster(grid: Grid, row: float, column: float, vehicle_count: int, cell: int) -> Cluster:
    zoom_column = cell % grid.columns
    zoom_position = grid.position(cell - zoom_column, zoom_column)
    return Cluster(*grid.position(row, column), int(vehicle_count), *zoom_position)


def _round_down(at: datetime) -> int:
    return int(at.timestamp()) // TIME_STEP_S * TIME_STEP_S


#: Answers of the last seconds, by filter, box and time.
MapCache = TimedCache[Hashable, MapData]


def init_app(app: Flask) -> None:
    app.extensions["movr_live"] = MapCache(app.config["LIVE_MAX_AGE_S"])


def _get_cache() -> MapCache:
    cache: MapCache = current_app.extensions["movr_live"]
    return cache
