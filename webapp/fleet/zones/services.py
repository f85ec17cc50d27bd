"""Writing zones: all of a file, and one at a time by the admins of a city.

The coordinates of a zone never change while it keeps its id: ``cache.is_unchanged`` relies on it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import shapely
from sqlalchemy import Delete, Select, Update, delete, select, update
from sqlalchemy.dialects.postgresql.dml import Insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.inserts import insert
from webapp.db.transactions import checking_outcome, execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import FORBIDDING_KINDS, KINDS_BY_PRECEDENCE
from webapp.fleet.zones.zone_files import ParsedZone, ZoneFile
from webapp.regions.models import City

#: The id of an imported zone is made from this and from everything that the file says of it.
ID_NAMESPACE = UUID("6a2c8f5e-54f0-4f0e-9a51-1f2f7c3d9b10")
#: Zones of a kind with a higher precedence have lower positions: each kind has so many.
POSITIONS_PER_KIND = 1_000_000

#: The columns of a zone. Any: their types differ.
ZoneRow = dict[str, Any]


@dataclass(frozen=True)
class ZoneImportOptions:
    """What the operator says about the zones of a file.

    name: of zones without a name in the file.
    fee: of zones where rides do not end, minor units.
    replace: whether the city's other zones of the same kinds are deleted.
    """

    name: str = ""
    fee: int | None = None
    replace: bool = True


@dataclass(frozen=True)
class ZoneImportResult:
    """How many zones of the city an import has added, left unchanged and removed."""

    added: int
    unchanged: int
    removed: int


# --- all zones of a file -----------------------------------------------------------------------


def import_zones(city: City, zone_file: ZoneFile, options: ZoneImportOptions) -> ZoneImportResult:
    """Import the zones of a file, all or none. The same file again changes nothing."""
    rows = zone_rows(city, zone_file, options)

    def work(session: Session) -> ZoneImportResult:
        removed = 0
        if options.replace:
            removed = len(session.scalars(_delete_others_statement(city, rows)).all())
        added = len(session.scalars(_insert_zones_statement(rows)).all())
        _record_import(session, city, added, removed)
        return ZoneImportResult(added, len(rows) - added, removed)

    result = run_transaction(work, idempotent=True)
    zone_cache().forget()
    return result


def _insert_zones_statement(rows: list[ZoneRow]) -> ReturningInsert[tuple[UUID]]:
    zones = table(Zone)
    statement: Insert = insert(zones).values(rows).on_conflict_do_nothing()
    return statement.returning(zones.c.id)


def _delete_others_statement(city: City, rows: list[ZoneRow]) -> ReturningDelete[tuple[UUID]]:
    """Delete the city's other zones of the same kinds."""
    zones = table(Zone).c
    return (
        delete(table(Zone))
        .where(
            zones.city == city.name,
            zones.kind.in_(sorted({row["kind"] for row in rows})),
            zones.id.not_in([row["id"] for row in rows]),
        )
        .returning(zones.id)
    )


def zone_rows(city: City, zone_file: ZoneFile, options: ZoneImportOptions) -> list[ZoneRow]:
    """Return the rows of a file's zones, with ids that follow from everything in them."""
    rows = []
    positions = _zone_positions(zone_file)
    for index, (zone, position) in enumerate(zip(zone_file.zones, positions, strict=True)):
        row = _zone_row(city, zone, position, options)
        content = json.dumps([zone_file.source, index, row], sort_keys=True)
        rows.append({"id": uuid5(ID_NAMESPACE, content), **row})
    return rows


def _zone_row(city: City, zone: ParsedZone, position: int, options: ZoneImportOptions) -> ZoneRow:
    return {
        "city": city.name,
        "kind": zone.kind.value,
        "name": zone.name or options.name,
        "position": position,
        "coordinates": shapely.geometry.mapping(zone.area)["coordinates"],
        "fee": options.fee if zone.kind in FORBIDDING_KINDS else None,
        "max_speed_kph": zone.max_speed_kph,
    }


def _zone_positions(zone_file: ZoneFile) -> Iterator[int]:
    """Yield the position of each zone: by the precedence of its kind, then as in the file.

    In an ordered file, a zone that overlaps an earlier one gets a higher position than that.
    """
    earlier: list[tuple[ParsedZone, int]] = []
    for index, zone in enumerate(zone_file.zones):
        position = KINDS_BY_PRECEDENCE.index(zone.kind) * POSITIONS_PER_KIND + index
        if zone_file.is_ordered:
            overlapping = [n for other, n in earlier if other.area.intersects(zone.area)]
            position = max([position, *(n + 1 for n in overlapping)])
        earlier.append((zone, position))
        yield position


# --- one zone, or all zones of a kind ----------------------------------------------------------


def change_zone(city: City, zone_id: UUID, **columns: object) -> None:
    """Change the name, the fee or the speed limit of a city's zone; raises NotFound."""
    if not _write_zone(city, zone_id, update(table(Zone)).values(columns), "changed"):
        raise NotFound


def remove_zone(city: City, zone_id: UUID) -> None:
    """Delete a city's zone, if it exists; raises NotFound for a zone of another city."""
    if not _write_zone(city, zone_id, delete(table(Zone)), "removed"):
        with checking_outcome():
            in_other_city = (Zone.id == zone_id, Zone.city != city.name)
            if db.session.scalar(select(Zone.id).where(*in_other_city)):
                raise NotFound


def _write_zone(city: City, zone_id: UUID, statement: Update | Delete, change: str) -> bool:
    """Apply the statement to one zone and write an audit event; return whether it exists."""
    written = execute_write(
        _with_event_statement(city, zone_id, statement, change), idempotent=True
    )
    zone_cache().forget()
    return bool(written)


def _with_event_statement(
    city: City, zone_id: UUID, statement: Update | Delete, change: str
) -> Select[tuple[UUID]]:
    zones = table(Zone).c
    is_zone = (zones.city == city.name, zones.id == zone_id)
    written_zone = statement.where(*is_zone).returning(zones.id).cte("written_zone")
    audit_event = audit_event_statement(
        AuditKind.ZONE_CHANGED,
        subject=f"city {city.name}",
        after=written_zone,
        zone=str(zone_id),
        what=change,
    )
    return select(written_zone.c.id).add_cte(as_cte(audit_event))


def remove_zones(city: City, kind: ZoneKind | None = None) -> int:
    """Delete a city's zones of one kind, or all of them; return how many."""
    zones = table(Zone).c
    conditions = [zones.city == city.name, *([zones.kind == kind.value] if kind else [])]
    statement = delete(table(Zone)).where(*conditions).returning(zones.id)

    def work(session: Session) -> int:
        removed = len(session.scalars(statement).all())
        _record_import(session, city, 0, removed)
        return removed

    removed = run_transaction(work, idempotent=True)
    zone_cache().forget()
    return removed


def _record_import(session: Session, city: City, added: int, removed: int) -> None:
    if added or removed:
        audit_event = audit_event_statement(
            AuditKind.ZONES_IMPORTED, subject=f"city {city.name}", new=added, removed=removed
        )
        session.execute(audit_event)
