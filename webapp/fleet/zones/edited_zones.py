"""Which zones of a file staff have edited or removed: imports leave them alone.

The id of an imported zone follows also from its place in the file. A zone that comes before it
changes that place, so the content is compared as well.
"""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, select, union
from sqlalchemy.orm import Session

from webapp.db.types import table
from webapp.fleet.zones.models import Zone, ZoneVersion
from webapp.regions.models import City

#: The columns of a zone. Any: their types differ.
ZoneRow = dict[str, Any]


def read_edited_ids(session: Session, city: City, rows: list[ZoneRow]) -> set[UUID]:
    """Return the ids of those rows of a file whose zones staff have edited or removed."""
    versions = session.execute(_imported_versions_query(city, rows)).all()
    imported = [version._asdict() for version in versions]
    ids = {version["zone_id"] for version in imported}
    contents = {_content(version) for version in imported}
    return {row["id"] for row in rows if row["id"] in ids or _content(row) in contents}


def _content(zone: ZoneRow) -> tuple[Any, ...]:  # Any: columns of several types
    """Return what a file says of a zone, without the zone's place in it, and without its names by
    language: earlier releases have not read them."""
    columns = ("kind", "name", "fee", "max_speed_kph", "valid_from", "valid_until")
    json_columns = (json.dumps(zone[name], sort_keys=True) for name in ("rules", "coordinates"))
    return (*(zone[name] for name in columns), *json_columns)


def _imported_versions_query(city: City, rows: list[ZoneRow]) -> Select[Any]:
    """Return the query for the zones of a city that staff have edited or removed, as they were
    imported; only those with names of the file."""
    zones, removals = table(Zone).c, table(ZoneVersion).alias("removals").c
    edited = select(zones.edited_zone_id).where(
        zones.city == city.name, zones.edited_zone_id.is_not(None)
    )
    removed = select(removals.zone_id).where(
        removals.region == city.region, removals.city == city.name, removals.removed
    )
    first = table(ZoneVersion).c
    # A zone that has always applied was given the moment of the first edit.
    valid_from = case((first.effective_from != first.created_at, first.effective_from))
    return select(
        first.zone_id,
        *(first.kind, first.name, first.fee, first.max_speed_kph, first.rules, first.coordinates),
        valid_from.label("valid_from"),
        first.valid_until,
    ).where(
        first.region == city.region,
        first.number == 1,
        first.row_id == first.zone_id,  # imported, not drawn by staff
        first.zone_id.in_(union(edited, removed)),
        first.name.in_(sorted({row["name"] for row in rows})),
    )
