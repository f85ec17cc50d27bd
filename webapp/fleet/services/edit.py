"""Changing a vehicle while nobody uses it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, update

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey, key_condition, values_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict
from webapp.fleet.models import Vehicle, staff_may_change_condition
from webapp.fleet.queries.vehicles import find_owner_vehicle
from webapp.fleet.services.audited_write import audited_write_statement
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.places import check_vehicle_place
from webapp.translations import lazy_gettext as _l

#: What the audit event of an edit says: what the vehicle is, and not where.
PROPERTIES = ("form_factor", "propulsion_type", "brand", "color")
#: The columns that an owner changes.
EDITED_COLUMNS = (*PROPERTIES, "address", "lat", "lon")


class VehicleInUse(DomainError):
    message = _l("Someone is using this vehicle. Try again when it's free.")


class VehicleImported(DomainError):
    message = _l("What this vehicle is comes from its feed. Change it there.")


def read_edited_values(vehicle: Vehicle) -> dict[str, object]:
    """Return the columns that an owner changes, as they are."""
    return {name: getattr(vehicle, name) for name in EDITED_COLUMNS}


def edit_vehicle(
    owner_key: RowKey,
    vehicle_key: RowKey,
    description: VehicleDescription,
    old_values: Mapping[str, object] | None = None,
) -> None:
    """Change the owner's vehicle while nobody uses it. One that a feed describes is changed by the
    feed only: the next import would write over it.

    old_values: columns as they were on the page. None: whatever they are.

    Raises NotFound, VehicleImported, VehicleInUse, PlaceTooFar, EditConflict.
    """
    check_vehicle_place(vehicle_key.region, description.place)
    old_values = old_values or {}
    statement = _edit_vehicle_statement(owner_key, vehicle_key, description, old_values)
    if not execute_write(statement, idempotent=True):
        vehicle = find_owner_vehicle(owner_key, vehicle_key)
        if vehicle.feed_system:
            raise VehicleImported
        if any(getattr(vehicle, name) != value for name, value in old_values.items()):
            raise EditConflict
        raise VehicleInUse


def _edit_vehicle_statement(
    owner_key: RowKey,
    vehicle_key: RowKey,
    description: VehicleDescription,
    old_values: Mapping[str, object],
) -> Select[tuple[UUID]]:
    """Return the UPDATE of an owner's vehicle with its audit event. No row: it was not changed."""
    vehicles = table(Vehicle)
    changed = (
        update(vehicles)
        .where(own_idle_vehicle_condition(owner_key, vehicle_key))
        .where(vehicles.c.feed_system.is_(None), values_condition(vehicles, old_values))
        .values(description.columns())
        .returning(vehicles.c.id)
        .cte("changed_vehicle")
    )
    new_values = {name: description.columns()[name] for name in PROPERTIES}
    properties = old_values_cte(vehicles, PROPERTIES, key_condition(vehicles, vehicle_key))
    change = RecordedChange(select_values(properties), new_values)
    return audited_write_statement(
        changed, AuditKind.VEHICLE_CHANGED, owner_key, vehicle_key, change=change
    )


def own_idle_vehicle_condition(owner_key: RowKey, vehicle_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a vehicle is the owner's, and that nobody uses it."""
    return and_(
        key_condition(table(Vehicle), vehicle_key),
        key_condition(table(Vehicle), owner_key, "owner_region", "owner_id"),
        staff_may_change_condition(),
    )


def raise_change_refusal(owner_key: RowKey, vehicle_key: RowKey) -> None:
    """Raise why the vehicle was not changed: NotFound, or else VehicleInUse."""
    find_owner_vehicle(owner_key, vehicle_key)
    raise VehicleInUse
