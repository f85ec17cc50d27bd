"""Systems that have changed their ``system_id``: their vehicles are not imported a second time."""

from collections import Counter

from sqlalchemy import Row, Select, Update, and_, exists, select, update

from webapp.db import types
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feeds.imported_feeds import forget_imported_feed_statement
from webapp.fleet.feeds.imported_vehicles import (
    ImportedVehicles,
    mark_missing_statement,
    on_map_condition,
    system_condition,
)
from webapp.fleet.feeds.writing import MAX_DRIFT_DEGREES, split_batches
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point
from webapp.regions.models import City

#: System, id in it, lat, lon.
OtherVehicle = Row[tuple[str, str, float, float]]


def find_former_system(city: City, feed: Feed, imported_vehicles: ImportedVehicles) -> str | None:
    """Return the system by which the city knows the vehicles of the feed, if it is another one.

    Most vehicles of both have the same ids at the same places. The ``imported_vehicles``
    of the feed's own system may have been renamed by an import that was interrupted.
    """
    points = {vehicle.id: vehicle.point for vehicle in feed.vehicles}
    new_count = len(points.keys() - {row.feed_vehicle for row in imported_vehicles.rows})
    counts, same_counts = Counter[str](), Counter[str]()
    for row in db.session.execute(_other_systems_query(city, feed.system)):
        counts[row.feed_system] += 1
        same_counts[row.feed_system] += _is_at(row, points.get(row.feed_vehicle))
    former = (
        name for name in sorted(same_counts) if 2 * same_counts[name] > max(counts[name], new_count)
    )
    return next(former, None)


def _is_at(row: OtherVehicle, point: Point | None) -> bool:
    return (
        point is not None
        and abs(row.lat - point.lat) <= MAX_DRIFT_DEGREES
        and abs(row.lon - point.lon) <= MAX_DRIFT_DEGREES
    )


def _other_systems_query(city: City, system: str) -> Select[tuple[str, str, float, float]]:
    columns = types.table(Vehicle).c
    return select(columns.feed_system, columns.feed_vehicle, columns.lat, columns.lon).where(
        columns.region == city.region,
        columns.city == city.name,
        columns.feed_system != system,
        columns.lat.is_not(None),
        on_map_condition(),
    )


def rename_system(
    city: City, former_system: str, feed: Feed, imported_vehicles: ImportedVehicles
) -> None:
    """Let the vehicles of a former system belong to that of the feed.

    Those that the city has from both were imported twice: the former ones become missing. Can be
    repeated after an interruption; ``claim_feed`` comes last.
    """
    ids = sorted(row.id for row in imported_vehicles.rows)
    for batch in split_batches(ids):
        is_in_batch = Vehicle.id.in_(batch)
        renamed = _rename_statement(city, former_system, feed).where(is_in_batch)
        execute_write(renamed, idempotent=True)
        duplicates = and_(system_condition(city, former_system), is_in_batch)
        execute_write(mark_missing_statement(duplicates), idempotent=True)
    execute_write(forget_imported_feed_statement(city, former_system), idempotent=True)


def _rename_statement(city: City, former_system: str, feed: Feed) -> Update:
    vehicles, others = types.table(Vehicle), types.table(Vehicle).alias("others")
    is_taken = exists().where(
        others.c.region == vehicles.c.region,
        others.c.city == vehicles.c.city,
        others.c.feed_system == feed.system,
        others.c.feed_vehicle == vehicles.c.feed_vehicle,
    )
    return (
        update(vehicles)
        .where(system_condition(city, former_system), ~is_taken)
        .values(feed_system=feed.system, feed_source=feed.source, changed_at=vehicles.c.changed_at)
    )
