"""Adding types of vehicles and changing what is set for them, with their audit events."""

from sqlalchemy import CTE, Select, select

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.inserts import insert
from webapp.db.keys import values_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict
from webapp.fleet.enums import VEHICLE_TYPES, VehicleType
from webapp.fleet.vehicle_types.models import MAX_TYPE_NAME_LENGTH, VehicleTypeRow
from webapp.fleet.vehicle_types.settings import (
    NamedTypes,
    TypeSettings,
    load_vehicle_types,
    types_cache,
)
from webapp.regions.catalogue import first_region
from webapp.translations import lazy_gettext as _l


class VehicleTypeExists(DomainError):
    field = "propulsion_type"
    message = _l("There is a type with this form factor and propulsion already.")


class TypeNameTaken(DomainError):
    field = "label"
    message = _l("Another type has this name. Use another one.")


def make_type_name(label: str) -> str:
    """Return the name that a type gets by its label: ``cargo-bike``. It never changes."""
    words = "".join(each if each.isalnum() else " " for each in label.lower())
    return "-".join(words.split())[:MAX_TYPE_NAME_LENGTH].rstrip("-")


def add_vehicle_type(vehicle_type: VehicleType, settings: TypeSettings, why: str = "") -> str:
    """Add a type and return its name. Raises VehicleTypeExists, TypeNameTaken."""
    name = make_type_name(settings.label)
    if vehicle_type in VEHICLE_TYPES.values():
        raise VehicleTypeExists
    if name in VEHICLE_TYPES:
        raise TypeNameTaken
    values = _make_row_values(name, vehicle_type, settings)
    types = table(VehicleTypeRow)
    added = insert(types).values(values).on_conflict_do_nothing().returning(types.c.name)
    shown = {key: value for key, value in values.items() if key != "name"}  # the subject has it
    change = RecordedChange(None, shown, why)
    statement = _record_statement(
        AuditKind.VEHICLE_TYPE_ADDED, name, added.cte("added_type"), change
    )
    is_added = execute_write(statement, idempotent=True)
    types_cache().clear()
    if not is_added:
        with check_outcome():
            _check_added(load_vehicle_types(), name, vehicle_type, settings)
    return name


def _check_added(
    types: NamedTypes, name: str, vehicle_type: VehicleType, settings: TypeSettings
) -> None:
    """Raise why a type was not added, unless it is there: the statement was sent twice."""
    if vehicle_type not in types.names_by_type:
        raise TypeNameTaken
    if types.names.get(name) != vehicle_type or types.find(vehicle_type) != settings:
        raise VehicleTypeExists


def change_vehicle_type(
    name: str, vehicle_type: VehicleType, old: TypeSettings, new: TypeSettings, why: str = ""
) -> None:
    """Change what is set for a type. Raises EditConflict unless it is as in ``old``."""
    types = table(VehicleTypeRow)
    changed = (
        insert(types)
        .values(_make_row_values(name, vehicle_type, new))
        .on_conflict_do_update(
            index_elements=["form_factor", "propulsion_type"],
            set_=new.columns(),
            where=values_condition(types, old.columns()),
        )
        .returning(types.c.name)
        .cte("changed_type")
    )
    change = RecordedChange(old.columns(), new.columns(), why)
    statement = _record_statement(AuditKind.VEHICLE_TYPE_CHANGED, name, changed, change)
    is_changed = execute_write(statement, idempotent=True)
    types_cache().clear()
    if not is_changed:
        raise EditConflict


def _make_row_values(
    name: str, vehicle_type: VehicleType, settings: TypeSettings
) -> dict[str, object]:
    form_factor, propulsion_type = vehicle_type
    return {
        "name": name,
        "form_factor": str(form_factor),
        "propulsion_type": str(propulsion_type),
        **settings.columns(),
    }


def _record_statement(
    kind: AuditKind, name: str, written: CTE, change: RecordedChange
) -> Select[tuple[str]]:
    audit_event = audit_event_statement(
        kind,
        subject=f"vehicle_type {name}",
        after=written,
        region=first_region(),
        change=change,
    )
    return select(written.c.name).add_cte(as_cte(audit_event))
