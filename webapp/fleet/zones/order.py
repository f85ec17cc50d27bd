"""The order of precedence of a city's zones: which one applies first where zones overlap.

Moving a zone is no version of it: it holds at once, and for the versions that begin later, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import shapely
from sqlalchemy import (
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    column,
    func,
    literal,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import EditConflict
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.geometry import MIN_SQUARE_M
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.queries import newest_rows
from webapp.fleet.zones.rules import CityZones
from webapp.regions.models import City


@dataclass(frozen=True)
class PlacedZone:
    """A zone with its place in the order of its city."""

    order: CityZones
    zone: Zone
    #: 1 is the first one. ``Zone.position`` is only what rows are sorted by, and has gaps.
    place: int
    #: Of the zones in the order.
    count: int


def list_placed_zones(zones: CityZones) -> list[PlacedZone]:
    """Return the zones of a city in their order, each as its newest version has it."""
    rows = newest_rows(zones.zones)
    return [PlacedZone(zones, zone, place, len(rows)) for place, zone in enumerate(rows, start=1)]


def find_placed_zone(zones: CityZones, zone: Zone) -> PlacedZone:
    """Return the place of a zone, which is the newest row of it."""
    return next(each for each in list_placed_zones(zones) if each.zone is zone)


def list_overlapping_zones(zones: CityZones, zone: Zone) -> list[PlacedZone]:
    """Return the other zones that share a part of a zone's area, in their order."""
    area = zones.find_area_m(zone)
    placed = [each for each in list_placed_zones(zones) if each.zone.zone_id != zone.zone_id]
    areas = [zones.find_area_m(each.zone) for each in placed]
    shared = shapely.area(shapely.intersection(areas, area))
    return [each for each, size in zip(placed, shared, strict=True) if size >= MIN_SQUARE_M]


def move_zone(city: City, moved: PlacedZone, place: int, why: str) -> None:
    """Give a zone another place in the order. Raises EditConflict if that has changed meanwhile."""
    if not execute_write(move_statement(city, moved, place, why)):
        raise EditConflict
    zone_cache().forget()


def find_new_positions(zones: CityZones, zone_id: UUID, place: int) -> dict[UUID, int]:
    """Return the positions that rows get when a zone takes a place: its own rows, and of the rows
    after it as many as must make room."""
    moved = [row for row in zones.zones if row.zone_id == zone_id]
    others = [row for row in zones.zones if row.zone_id != zone_id]
    before = newest_rows(others)[: place - 1]
    start = others.index(before[-1]) + 1 if before else 0
    after = others[start:]
    if before:
        position = others[start - 1].position
    else:
        position = min((row.position for row in after), default=0) - len(moved) - 1
    positions = {}
    for row in (*moved, *after):
        if row.zone_id != zone_id and row.position > position:
            break
        position += 1
        positions[row.id] = position
    return positions


def move_statement(city: City, moved: PlacedZone, place: int, why: str) -> Select[tuple[UUID]]:
    """Move a zone with its audit event, if the order is as it was read; return the ids of the rows
    that have another position, else nothing."""
    name = {"name": moved.zone.name}
    written = _write_positions(city, moved, place).cte("written")
    audit_event = city_event_statement(
        AuditKind.ZONE_CHANGED,
        city,
        subject=f"zone {moved.zone.zone_id}",
        after=select(written.c.id).limit(1).cte("moved"),
        change=RecordedChange(name | {"place": moved.place}, name | {"place": place}, why),
    )
    return select(written.c.id).add_cte(as_cte(audit_event))


def _write_positions(city: City, moved: PlacedZone, place: int) -> ReturningUpdate[tuple[UUID]]:
    zones = table(Zone)
    positions = find_new_positions(moved.order, moved.zone.zone_id, place)
    new = values(column("id", Uuid), column("position", Integer), name="new_positions")
    new = new.data(list(positions.items()))
    is_unchanged = _order_query(city).scalar_subquery() == literal(
        sorted(_describe_position(row.id, row.position) for row in moved.order.zones), ARRAY(Text)
    )
    return (
        update(zones)
        .where(zones.c.city == city.name, zones.c.id == new.c.id, is_unchanged)
        .values(position=new.c.position)
        .returning(zones.c.id)
    )


def _order_query(city: City) -> Select[tuple[Sequence[str]]]:
    """Return the query for the rows of a city with their positions."""
    rows = table(Zone).alias("rows").c
    text = cast(rows.id, Text) + " " + cast(rows.position, Text)
    return select(func.array_agg(aggregate_order_by(text, rows.id))).where(rows.city == city.name)


def _describe_position(id_: UUID, position: int) -> str:
    return f"{id_} {position}"
