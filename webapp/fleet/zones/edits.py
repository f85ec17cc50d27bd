"""Drawing a zone, changing, removing and restoring one, by the staff of a city.

Each is a version of the zone (``ZoneVersion``), which is kept for good, and is in force from a
moment on. ``zones`` has a row for each version that is in force or will be, with the times between
which it applies: every process, also one of the release before, takes the next version by its
clock. A version replaces those that would begin later.

An imported zone that is edited becomes one of staff: its first version is what was imported.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    Delete,
    ScalarSelect,
    Select,
    Table,
    Update,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict, check_form_values
from webapp.extensions import Base, db
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.models import CityZoneRules, Zone, ZoneVersion
from webapp.fleet.zones.services import ID_NAMESPACE
from webapp.fleet.zones.zone_data import ZoneData
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l

#: Of a city: all are in the memory of each process.
MAX_ZONES = 2_000


class TooManyZones(DomainError):
    """A city has as many zones as it can have."""

    message = _l("This city has %(max)s zones, which is the limit. Remove some first.")


@dataclass(frozen=True)
class ZoneEdit:
    """What all edits of a zone have in common.

    author: the account of who does it.
    effective_from: None: at once.
    """

    author: RowKey
    city: City
    effective_from: datetime | None = None
    why: str = ""


class NewVersion(NamedTuple):
    """A version to write. removed: from then on there is no zone; ``data`` is what it was.

    valid_until: until when the zone applies, where an import has said so.
    """

    zone_id: UUID
    number: int
    row_id: UUID
    data: ZoneData
    before: ZoneData | None
    valid_until: datetime | ScalarSelect[datetime] | None = None
    removed: bool = False


def add_zone(edit: ZoneEdit, data: ZoneData, nonce: str) -> UUID:
    """Add a zone and return its id; the same form again is the same zone. Raises FormReused."""
    zone_id = uuid5(edit.author.id, nonce)
    version = NewVersion(zone_id, 1, uuid5(ID_NAMESPACE, f"{zone_id} 1"), data, None)

    statement = write_version_statement(edit, version)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            key = (edit.city.region, zone_id, 1)
            sent = {**data._asdict(), "city": edit.city.name, "why": edit.why}
            check_form_values(db.session.get_one(ZoneVersion, key), sent)
    zone_cache().forget()
    return zone_id


def change_zone(edit: ZoneEdit, zone: Zone, data: ZoneData) -> None:
    """Change a zone. Raises EditConflict unless ``zone`` still is the newest row of it."""
    version = NewVersion(
        zone.zone_id,
        _next_number(zone),
        uuid4(),
        data,
        ZoneData.of(zone),
        zone.valid_until if zone.is_imported else imported_end_query(edit.city, zone.zone_id),
    )
    _run(partial(_replace, edit=edit, zone=zone, version=version))


def remove_zone(edit: ZoneEdit, zone: Zone) -> None:
    """Remove a zone. Raises EditConflict unless ``zone`` still is the newest row of it."""
    data = ZoneData.of(zone)
    version = NewVersion(zone.zone_id, _next_number(zone), uuid4(), data, data, removed=True)
    _run(partial(_replace, edit=edit, zone=zone, version=version))


def restore_version(edit: ZoneEdit, old: ZoneVersion, newest: ZoneVersion) -> None:
    """Make an older version the newest one; of a zone that was removed, too. Raises EditConflict if
    ``newest`` is not the newest one. Where the zone was moved in the order, it stays."""
    before = None if newest.removed else ZoneData.of(newest)
    version = NewVersion(
        old.zone_id, newest.number + 1, uuid4(), ZoneData.of(old), before, old.valid_until
    )

    def work(session: Session) -> None:
        retired = session.execute(retire_rows_statement(edit, old.zone_id, version.number))
        position = next((row.position for row in retired if row.kind == old.kind), old.position)
        placed = version._replace(data=version.data._replace(position=position))
        if not session.execute(write_version_statement(edit, placed)).all():
            _check_written(session, edit, version)

    _run(work)


def _run(work: Callable[[Session], None]) -> None:
    run_transaction(work, idempotent=True)
    zone_cache().forget()


def _next_number(zone: Zone) -> int:
    """Return the number of the next version; the first one of an imported zone is the import."""
    return (zone.version or 1) + 1


def _replace(session: Session, edit: ZoneEdit, zone: Zone, version: NewVersion) -> None:
    """Write a version if ``zone`` still is the newest row of its zone."""
    was_newest = table(Zone).c.version.is_not_distinct_from(zone.version)
    retired = retire_rows_statement(edit, zone.zone_id, version.number, was_newest)
    if not session.execute(retired).all():
        return _check_written(session, edit, version)
    imported = zone if zone.is_imported else None
    if not session.execute(write_version_statement(edit, version, imported)).all():
        raise EditConflict
    return None


def _check_written(session: Session, edit: ZoneEdit, version: NewVersion) -> None:
    """Raise EditConflict unless this version is written already: a lost answer to COMMIT."""
    versions = table(ZoneVersion).c
    query = select(versions.row_id).where(
        versions.region == edit.city.region,
        versions.zone_id == version.zone_id,
        versions.number == version.number,
    )
    if session.scalar(query) != version.row_id:
        raise EditConflict


# --- statements --------------------------------------------------------------------------------


def retire_rows_statement(
    edit: ZoneEdit, zone_id: UUID, number: int, *conditions: ColumnElement[bool]
) -> Update | Delete:
    """End what is in force, and what would be, at the moment of the edit; return the rows."""
    zones = table(Zone)
    z = zones.c
    of_zone = (
        z.city == edit.city.name,
        or_(z.edited_zone_id == zone_id, z.id == zone_id),
        *conditions,
    )
    if edit.effective_from is None:
        return delete(zones).where(*of_zone).returning(z.id, z.kind, z.position)
    moment = literal(edit.effective_from, z.valid_until.type)
    ended = {
        "valid_until": case(
            (z.valid_from >= moment, z.valid_from),  # it never begins
            (z.valid_until < moment, z.valid_until),
            else_=moment,
        ),
        "edited_zone_id": zone_id,
        "version": number,
    }
    return update(zones).where(*of_zone).values(ended).returning(z.id, z.kind, z.position)


def imported_end_query(city: City, zone_id: UUID) -> ScalarSelect[datetime]:
    """Return the query for when a zone ends by its newest version that does not remove it. Its row
    of ``zones`` may end earlier: where a version ends it that is now replaced."""
    versions = table(ZoneVersion).c
    return (
        select(versions.valid_until)
        .where(
            versions.region == city.region, versions.zone_id == zone_id, versions.removed.is_(False)
        )
        .order_by(versions.number.desc())
        .limit(1)
        .scalar_subquery()
    )


def write_version_statement(
    edit: ZoneEdit, version: NewVersion, imported: Zone | None = None
) -> Select[tuple[int]]:
    """Write a version with its row and its audit event, if its number is free; else return nothing.

    imported: the zone as it was imported, which becomes the version before it.
    """
    versions = table(ZoneVersion)
    rows = [_make_version_row(edit, version)]
    if imported:
        rows.append(_make_first_row(edit, imported))
    source = union_all(*(select(*_cast_values(versions, row)) for row in rows))
    inserted = insert(versions).from_select(list(rows[0]), source).on_conflict_do_nothing()
    all_written = inserted.returning(versions.c.number).cte("all_written")
    is_new = all_written.c.number == version.number
    written = select(all_written.c.number).where(is_new).cte("written_version")
    statement = select(written.c.number).add_cte(_event_cte(edit, version, written))
    if version.removed:
        return statement
    zone_row = _make_zone_row(edit, version)
    statement = statement.add_cte(_insert_cte(written, Zone, zone_row, "id"))
    if version.data.rules is not None:
        # A city with a zone that has rules of its own has a row here; that of a feed stays.
        row_version = uuid5(ID_NAMESPACE, str(version.row_id))
        empty = {"city": edit.city.name, "version": row_version, "source": "", "rules": []}
        statement = statement.add_cte(_insert_cte(written, CityZoneRules, empty, "city"))
    return statement


def _insert_cte(written: CTE, model: type[Base], row: dict[str, Any], key: str) -> CTE:
    """Return the INSERT of a row, where there is none yet, if the version is written."""
    target = table(model)
    source = select(*_cast_values(target, row)).select_from(written)
    inserted = insert(target).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(target.c[key]).cte(f"written_{target.name}")


def _cast_values(target: Table, row: dict[str, Any]) -> Iterator[ColumnElement[Any]]:
    """Yield the values of a row in the order of its names, with the types of the columns."""
    for name, value in row.items():
        type_ = target.c[name].type
        sql = value if isinstance(value, ColumnElement) else literal(value, type_)
        yield cast(sql, type_).label(name)


def _event_cte(edit: ZoneEdit, version: NewVersion, written: CTE) -> CTE:
    before = version.before.describe(edit.city) if version.before else None
    after = None if version.removed else version.data.describe(edit.city)
    details = {"effective_from": edit.effective_from.isoformat()} if edit.effective_from else {}
    audit_event = city_event_statement(
        AuditKind.ZONE_CHANGED,
        edit.city,
        subject=f"zone {version.zone_id}",
        after=written,
        change=RecordedChange(before, after, edit.why),
        version=version.number,
        **details,
    )
    return as_cte(audit_event)


def _make_version_row(edit: ZoneEdit, version: NewVersion) -> dict[str, Any]:
    return {
        **version.data._asdict(),
        "region": edit.city.region,
        "city": edit.city.name,
        "zone_id": version.zone_id,
        "number": version.number,
        "row_id": version.row_id,
        "valid_until": version.valid_until,
        "effective_from": edit.effective_from or func.now(),
        "removed": version.removed,
        "why": edit.why,
        "author_region": edit.author.region,
        "author_id": edit.author.id,
    }


def _make_first_row(edit: ZoneEdit, zone: Zone) -> dict[str, Any]:
    """Return the first version of an imported zone: as it was imported."""
    return {
        **ZoneData.of(zone)._asdict(),
        "region": edit.city.region,
        "city": edit.city.name,
        "zone_id": zone.id,
        "number": 1,
        "row_id": zone.id,
        "valid_until": zone.valid_until,
        "effective_from": zone.valid_from or func.now(),
        "removed": False,
        "why": "",
        "author_region": None,
        "author_id": None,
    }


def _make_zone_row(edit: ZoneEdit, version: NewVersion) -> dict[str, Any]:
    return {
        **version.data._asdict(),
        "id": version.row_id,
        "city": edit.city.name,
        "valid_from": edit.effective_from,
        "valid_until": version.valid_until,
        "edited_zone_id": version.zone_id,
        "version": version.number,
    }
