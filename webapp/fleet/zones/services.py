"""Importing zones, all of a file; what staff draw and change is in edits.py.

The coordinates of a row never change while it keeps its id: ``cache.is_unchanged`` relies on it. An
import leaves zones alone that staff have edited, also those that they have removed
(edited_zones.py).
"""

import json
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

import shapely
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql.dml import Insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import city_event_statement
from webapp.db.inserts import insert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.edited_zones import ZoneRow, read_edited_ids
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import ListedType
from webapp.fleet.zones.models import MAX_SOURCE_LENGTH, CityZoneRules, Zone
from webapp.fleet.zones.parsed_zones import FeedRules, ParsedZone, ZoneFile
from webapp.fleet.zones.rules import FORBIDDING_KINDS, KINDS_BY_PRECEDENCE
from webapp.regions.models import City

#: The id of an imported zone is made from this and from everything that the file says of it.
ID_NAMESPACE = UUID("6a2c8f5e-54f0-4f0e-9a51-1f2f7c3d9b10")
#: Zones of a kind with a higher precedence have lower positions: each kind has so many.
POSITIONS_PER_KIND = 1_000_000
#: Zones with rules come before service areas that were drawn by kind.
FIRST_POSITION_WITH_RULES = (
    KINDS_BY_PRECEDENCE.index(ZoneKind.SERVICE_AREA) * POSITIONS_PER_KIND - POSITIONS_PER_KIND // 2
)

#: Ids of zones are made from these columns also when they are NULL, as in earlier releases.
ID_COLUMNS = ("fee", "max_speed_kph")


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
    """How many zones of the city an import has added, left unchanged and removed, whether the rules
    outside of them have changed, and how many zones of the file staff have edited since."""

    added: int
    unchanged: int
    removed: int
    has_new_rules: bool = False
    edited: int = 0


# --- all zones of a file -----------------------------------------------------------------------


def import_zones(city: City, zone_file: ZoneFile, options: ZoneImportOptions) -> ZoneImportResult:
    """Import the zones of a file, all or none. The same file again changes nothing.

    The rules of a feed for outside of its zones replace those of an earlier feed.
    """
    all_rows = zone_rows(city, zone_file, options)

    def work(session: Session) -> ZoneImportResult:
        edited = read_edited_ids(session, city, all_rows)
        rows = [row for row in all_rows if row["id"] not in edited]
        removed = added = 0
        if options.replace:
            statement = _delete_others_statement(city, zone_file, all_rows)
            removed = len(session.scalars(statement).all())
        if rows:
            added = len(session.scalars(_insert_zones_statement(rows)).all())
        has_new_rules = _write_city_rules(session, city, zone_file, options)
        _record_import(session, city, added, removed, has_new_rules)
        unchanged = len(rows) - added
        return ZoneImportResult(added, unchanged, removed, has_new_rules, len(edited))

    result = run_transaction(work, idempotent=True)
    zone_cache().forget()
    return result


def _insert_zones_statement(rows: list[ZoneRow]) -> ReturningInsert[tuple[UUID]]:
    zones = table(Zone)
    statement: Insert = insert(zones).values(rows).on_conflict_do_nothing()
    return statement.returning(zones.c.id)


def _delete_others_statement(
    city: City, zone_file: ZoneFile, rows: list[ZoneRow]
) -> ReturningDelete[tuple[UUID]]:
    """Delete the city's other zones of the same kinds. A feed replaces also the zones of an earlier
    feed, and service areas: it says itself where rides end."""
    zones = table(Zone).c
    kinds = {row["kind"] for row in rows}
    if zone_file.feed_rules:
        kinds.add(ZoneKind.SERVICE_AREA.value)
    is_of_kinds = zones.kind.in_(sorted(kinds))
    is_of_feed = zones.rules.is_not(None)
    replaced = or_(is_of_kinds, is_of_feed) if zone_file.feed_rules else is_of_kinds
    return (
        delete(table(Zone))
        .where(
            zones.city == city.name,
            zones.edited_zone_id.is_(None),
            replaced,
            zones.id.not_in([row["id"] for row in rows]),
        )
        .returning(zones.id)
    )


# --- the rules of a city outside of its zones --------------------------------------------------


def _write_city_rules(
    session: Session, city: City, zone_file: ZoneFile, options: ZoneImportOptions
) -> bool:
    """Store the rules of a feed; return whether they have changed."""
    if zone_file.feed_rules is None:
        return False
    feed_rules = zone_file.feed_rules
    if not options.replace:  # rules of the zones that stay name types of an earlier feed
        query = select(CityZoneRules.vehicle_types).where(CityZoneRules.city == city.name)
        for (earlier,) in session.execute(query).all():
            types = _merge_types(feed_rules.vehicle_types, earlier)
            feed_rules = replace(feed_rules, vehicle_types=types)
    statement = _upsert_rules_statement(city_rules_row(city, zone_file.source, feed_rules))
    return session.scalar(statement) is not None


def _merge_types(
    types: tuple[ListedType, ...] | None, earlier: list[list[str]] | None
) -> tuple[ListedType, ...] | None:
    """Return the types of two feeds; None when one of them does not say which it has."""
    if types is None or earlier is None:
        return None
    return tuple({row[0]: (row[0], row[1], row[2]) for row in (*earlier, *types)}.values())


def city_rules_row(city: City, source: str, feed_rules: FeedRules) -> dict[str, object]:
    """Return the row of CityZoneRules, with a version that follows from everything in it."""
    types = feed_rules.vehicle_types
    row: dict[str, object] = {
        "city": city.name,
        "source": source[:MAX_SOURCE_LENGTH],
        "rules": [rule.to_json() for rule in feed_rules.rules],
        "vehicle_types": None if types is None else sorted(map(list, types)),
    }
    return {"version": uuid5(ID_NAMESPACE, json.dumps(row, sort_keys=True)), **row}


def _upsert_rules_statement(row: dict[str, object]) -> ReturningInsert[tuple[str]]:
    """Store the rules of a city if they differ; return its name, else nothing."""
    city_rules = table(CityZoneRules)
    inserted = insert(city_rules).values(row)
    return inserted.on_conflict_do_update(
        index_elements=["city"],
        set_={name: inserted.excluded[name] for name in row if name != "city"},
        where=city_rules.c.version != inserted.excluded.version,
    ).returning(city_rules.c.city)


# --- the rows of a file ------------------------------------------------------------------------


def zone_rows(city: City, zone_file: ZoneFile, options: ZoneImportOptions) -> list[ZoneRow]:
    """Return the rows of a file's zones, with ids that follow from everything in them."""
    rows = []
    for index, zone in enumerate(zone_file.zones):
        row = _zone_row(city, zone, _zone_position(zone, index), options)
        # Without what few zones have, so that the others keep the ids of earlier releases.
        content_columns = {
            name: row[name] for name in row if row[name] not in (None, {}) or name in ID_COLUMNS
        }
        content = json.dumps(
            [zone_file.source, index, content_columns], sort_keys=True, default=str
        )
        rows.append({"id": uuid5(ID_NAMESPACE, content), **row})
    return rows


def _zone_row(city: City, zone: ParsedZone, position: int, options: ZoneImportOptions) -> ZoneRow:
    return {
        "city": city.name,
        "kind": zone.kind.value,
        "name": zone.name or options.name,
        "labels": dict(zone.labels),
        "position": position,
        "coordinates": shapely.geometry.mapping(zone.area)["coordinates"],
        "fee": options.fee if forbids_end(zone) else None,
        "max_speed_kph": zone.max_speed_kph,
        "rules": None if zone.rules is None else [rule.to_json() for rule in zone.rules],
        "valid_from": zone.valid_from,
        "valid_until": zone.valid_until,
    }


def forbids_end(zone: ParsedZone) -> bool:
    """Return whether there is a type of vehicle whose rides do not end in a zone."""
    if zone.rules is None:
        return zone.kind in FORBIDDING_KINDS
    return any(rule.ride_end_allowed is False for rule in zone.rules)


def _zone_position(zone: ParsedZone, index: int) -> int:
    """Return the precedence of a zone: kinds in their order, then as in the file. Zones with rules
    are in the order of the file alone; zones that forbid by their kind come before them."""
    if zone.rules is None:
        return KINDS_BY_PRECEDENCE.index(zone.kind) * POSITIONS_PER_KIND + index
    return FIRST_POSITION_WITH_RULES + index


# --- removing ----------------------------------------------------------------------------------


def remove_zones(city: City, kind: ZoneKind | None = None) -> int:
    """Delete a city's imported zones of one kind, or all of them; return how many."""
    zones = table(Zone).c
    is_imported = zones.edited_zone_id.is_(None)
    of_kind = [zones.kind == kind.value] if kind else []
    conditions = [zones.city == city.name, is_imported, *of_kind]
    statement = delete(table(Zone)).where(*conditions).returning(zones.id)

    def work(session: Session) -> int:
        removed = len(session.scalars(statement).all())
        _record_import(session, city, 0, removed)
        return removed

    removed = run_transaction(work, idempotent=True)
    zone_cache().forget()
    return removed


def _record_import(
    session: Session, city: City, added: int, removed: int, has_new_rules: bool = False
) -> None:
    if added or removed or has_new_rules:
        audit_event = city_event_statement(
            AuditKind.ZONES_IMPORTED, city, new=added, removed=removed
        )
        session.execute(audit_event)
