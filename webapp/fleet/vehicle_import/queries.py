"""Reading the files that a person has uploaded, and their rows."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, exists, select, tuple_
from sqlalchemy.orm import aliased

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.vehicle_import.models import VehicleImport, VehicleImportRow
from webapp.fleet.vehicle_import.statements import own_import_condition

#: Files that the page of uploads lists.
MAX_LISTED = 5


class ImportPreview(NamedTuple):
    """A file with a page of its vehicles."""

    vehicle_import: VehicleImport
    #: Whether the owner has added the vehicles of the same file before.
    was_added_before: bool
    page: Page[VehicleImportRow]


def list_imports(owner_key: RowKey, operator_city: str | None = None) -> Sequence[VehicleImport]:
    """Return the last files of an owner, newest first; with ``operator_city`` those of vehicles of
    the operator that the person has uploaded for this city."""
    of_operator = VehicleImport.is_operator_fleet
    is_listed = and_(of_operator, VehicleImport.city == operator_city)
    if operator_city is None:
        is_listed = of_operator.is_(False)
    return db.session.scalars(
        select(VehicleImport)
        .where(key_condition(VehicleImport, owner_key, "owner_region", "owner_id"), is_listed)
        .order_by(VehicleImport.created_at.desc(), VehicleImport.id.desc())
        .limit(MAX_LISTED)
    ).all()


def find_import(owner_key: RowKey, import_key: RowKey) -> VehicleImport:
    """Return a file of the owner; raises NotFound, for another's too."""
    query = select(VehicleImport).where(own_import_condition(owner_key, import_key))
    vehicle_import = db.session.scalar(query.execution_options(populate_existing=True))
    if vehicle_import is None:
        raise NotFound
    return vehicle_import


def find_preview(owner_key: RowKey, import_key: RowKey, after: Cursor | None) -> ImportPreview:
    """Return a file of the owner with a page of its vehicles, in the order of the file.

    Raises NotFound, for another's too.
    """
    former = aliased(VehicleImport)
    was_added_before = exists().where(
        key_condition(former, owner_key, "owner_region", "owner_id"),
        former.file_hash == VehicleImport.file_hash,
        former.id != VehicleImport.id,
        former.applied_at.is_not(None),
    )
    rows = VehicleImportRow
    is_row = (rows.region == VehicleImport.region) & (rows.import_id == VehicleImport.id)
    query = (
        select(VehicleImport, was_added_before, rows)
        .join(rows, is_row)
        .where(own_import_condition(owner_key, import_key))
        .order_by(rows.number)
        .limit(page_size() + 1)
        .execution_options(populate_existing=True)
    )
    if after:
        query = query.where(tuple_(rows.number, rows.vehicle_id) > after)
    found = db.session.execute(query).all()
    if not found:
        raise NotFound
    page = make_page([row for *_, row in found], lambda row: (row.number, row.vehicle_id))
    return ImportPreview(found[0][0], found[0][1], page)
