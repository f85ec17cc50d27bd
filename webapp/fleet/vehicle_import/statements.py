"""The statements of imports of vehicles: storing a file, confirming it, and adding its vehicles."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
    true,
    update,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.writing import add_vehicles_ctes, new_vehicle_columns
from webapp.fleet.vehicle_import.models import VehicleImport, VehicleImportRow, description_columns
from webapp.fleet.vehicle_import.parsing import ParsedRow
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import derive_job_id, jobs_from_rows_query, key_payload, replace_jobs_cte
from webapp.regions.enums import CityFeature
from webapp.regions.features import city_open_condition, feature_condition

#: Adds the vehicles of a file; run by webapp/fleet/vehicle_import/jobs.py.
VEHICLE_IMPORT = JobKind("vehicle_import", KeyPayload, Priority.URGENT)


# Any: the columns of several types.
def store_statement(row: dict[str, Any], rows: Sequence[ParsedRow]) -> Select[tuple[UUID]]:
    """Return the statement that stores a file with its rows. It returns the id of the import.

    row: the columns of ``VehicleImport``.
    """
    imports, columns = table(VehicleImport), table(VehicleImportRow).c
    stored = insert(imports).values(row).returning(imports.c.region, imports.c.id).cte("stored")
    values = [
        {"number": each.number, "vehicle_id": each.vehicle_id, **each.description.columns()}
        for each in rows
    ]
    names = ["number", "vehicle_id", *description_columns(columns)]
    arrays = [
        bindparam(None, [value[name] for value in values], ARRAY(columns[name].type))
        for name in names
    ]
    read = (
        func.unnest(*arrays)
        .table_valued(*(column(name, columns[name].type) for name in names))
        .render_derived("read")
    )
    source = select(stored.c.region, stored.c.id, *(read.c[name] for name in names))
    source = source.select_from(stored.join(read, true()))
    inserted = insert(table(VehicleImportRow)).from_select(["region", "import_id", *names], source)
    inserted_rows = inserted.returning(columns.number).cte("stored_rows")
    return select(stored.c.id).add_cte(inserted_rows)


def confirm_statement(
    owner_key: RowKey, import_key: RowKey, is_confirmable: ColumnElement[bool]
) -> Select[tuple[UUID]]:
    """Return the statement that lets a worker add the vehicles of an own file. It returns the id;
    no row if it was confirmed already, or is not there.

    is_confirmable: ``owner_import_condition`` or ``operator_import_condition``.
    """
    imports = table(VehicleImport)
    confirmed = (
        update(imports)
        .where(
            own_import_condition(owner_key, import_key),
            imports.c.confirmed_at.is_(None),
            is_account_open_condition(owner_key),
            is_confirmable,
        )
        .values(confirmed_at=func.now())
        .returning(imports.c.region, imports.c.id)
        .cte("confirmed")
    )
    job = jobs_from_rows_query(
        VEHICLE_IMPORT,
        key_payload(confirmed),
        rows=confirmed,
        region=confirmed.c.region,
        job_id=derive_job_id(VEHICLE_IMPORT, confirmed.c.id),
    )
    # There may be one that has found the city closed.
    return select(confirmed.c.id).add_cte(replace_jobs_cte(job))


def withdraw_confirmation_statement(import_key: RowKey) -> Update:
    """Return the statement after which a file whose vehicles were not added can be confirmed."""
    imports = table(VehicleImport)
    return (
        update(imports)
        .where(key_condition(imports, import_key), imports.c.applied_at.is_(None))
        .values(confirmed_at=None)
    )


def owner_import_condition() -> ColumnElement[bool]:
    """Return the condition that a file is of an owner's vehicles, and its city lets owners add
    some."""
    imports = table(VehicleImport).c
    return and_(
        imports.is_operator_fleet.is_(False),
        feature_condition(imports.city, CityFeature.OWNER_VEHICLES),
    )


def operator_import_condition(staff_cities: Collection[str] | None) -> ColumnElement[bool]:
    """Return the condition that a file is of vehicles of the operator, in an open city.

    staff_cities: where the person may add them; None: everywhere.
    """
    imports = table(VehicleImport).c
    is_of_staff = true() if staff_cities is None else imports.city.in_(sorted(staff_cities))
    return and_(imports.is_operator_fleet, is_of_staff, city_open_condition(imports.city))


def own_import_condition(owner_key: RowKey, import_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a file is the person's."""
    imports = table(VehicleImport)
    is_own = key_condition(imports, owner_key, "owner_region", "owner_id")
    return and_(key_condition(imports, import_key), is_own)


def apply_statement(
    owner_key: RowKey, import_key: RowKey, *, is_operator_fleet: bool
) -> Select[tuple[UUID]]:
    """Return the statement that adds all vehicles of a confirmed file, with their events and audit
    events. It returns their ids; no row if it was applied already.

    is_operator_fleet: as the file says.
    """
    applied = _mark_applied_statement(owner_key, import_key).cte("applied")
    vehicles, rows = table(Vehicle), table(VehicleImportRow).c
    values = {
        "region": applied.c.region,
        "id": rows.vehicle_id,
        "city": applied.c.city,
        **{
            name: literal(value, vehicles.c[name].type)
            for name, value in new_vehicle_columns(VehicleState.AVAILABLE).items()
        },
        **description_columns(rows),
    }
    if not is_operator_fleet:
        values |= {"owner_region": applied.c.owner_region, "owner_id": applied.c.owner_id}
    source = select(*values.values()).select_from(_join_rows(applied))
    inserted = insert(vehicles).from_select(list(values), source)
    added, vehicle_events = add_vehicles_ctes(
        inserted.on_conflict_do_nothing(index_elements=["region", "id"]),
        EventOrigin(EventCause.STAFF if is_operator_fleet else EventCause.OWNER, owner_key),
    )
    audit_events = audit_event_statement(
        AuditKind.VEHICLE_ADDED,
        actor=owner_key,
        subject=audit_subject("vehicle", cte_key(added)),
        after=added,
        for_each=added.c.id,
        region=added.c.region if is_operator_fleet else None,
        city=added.c.city if is_operator_fleet else None,
    )
    return select(added.c.id).add_cte(vehicle_events, as_cte(audit_events))


def _mark_applied_statement(owner_key: RowKey, import_key: RowKey) -> Any:  # Any: of five columns
    imports = table(VehicleImport)
    names = ("region", "id", "city", "owner_region", "owner_id")
    return (
        update(imports)
        .where(
            own_import_condition(owner_key, import_key),
            imports.c.confirmed_at.is_not(None),
            imports.c.applied_at.is_(None),
            is_account_open_condition(owner_key),
            city_open_condition(imports.c.city),
        )
        .values(applied_at=func.now())
        .returning(*(imports.c[name] for name in names))
    )


def _join_rows(applied: CTE) -> Any:
    rows = table(VehicleImportRow)
    is_row = and_(rows.c.region == applied.c.region, rows.c.import_id == applied.c.id)
    return applied.join(rows, is_row)
