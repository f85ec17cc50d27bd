"""Removing vehicles: one by its owner, or all of an account that is deleted."""

from sqlalchemy import Delete, delete, exists, select, true, update
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.auth.models import RoleGrant
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, idle_condition
from webapp.fleet.services.edit import change_idle_vehicle_statement, raise_change_refusal
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Role


class OwnedVehicleInUse(DomainError):
    message = _l(
        "Someone is riding or has reserved one of your vehicles. Try again when it's free."
    )


def remove_vehicle(owner_key: RowKey, vehicle_key: RowKey) -> None:
    """Remove the owner's vehicle, and the role of an owner with the last one. Idempotent.

    Raises NotFound, VehicleInUse.
    """
    statement = change_idle_vehicle_statement(
        AuditKind.VEHICLE_REMOVED, owner_key, vehicle_key, {"state": VehicleState.REMOVED.value}
    )

    def work(session: Session) -> bool:
        is_removed = session.execute(statement).first() is not None
        session.execute(_withdraw_owner_role_statement(owner_key))
        return is_removed

    if not run_transaction(work, idempotent=True):
        vehicle = db.session.get(Vehicle, vehicle_key)
        if vehicle and vehicle.state == VehicleState.REMOVED and vehicle.owner_id == owner_key.id:
            return
        raise_change_refusal(owner_key, vehicle_key)


def _withdraw_owner_role_statement(owner_key: RowKey) -> Delete:
    """Return the DELETE of the owner's role, which does nothing while a vehicle is left."""
    has_vehicles = exists().where(
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        Vehicle.state != VehicleState.REMOVED,
    )
    return (
        delete(RoleGrant)
        .where(
            key_condition(RoleGrant, owner_key, id="user_id"),
            RoleGrant.role == Role.OWNER.value,
            ~has_vehicles,
        )
        .execution_options(synchronize_session=False)
    )


def remove_vehicles_of_account(session: Session, owner_key: RowKey) -> None:
    """Remove all vehicles of an account that is deleted; the hook ``on_account_deletion``.

    Raises OwnedVehicleInUse.
    """
    conditions = (
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        Vehicle.state != VehicleState.REMOVED,
    )
    in_use = select(Vehicle.id).where(*conditions, idle_condition().is_not(true())).limit(1)
    if session.scalar(in_use):
        raise OwnedVehicleInUse
    removed = update(Vehicle).where(*conditions).values(state=VehicleState.REMOVED.value)
    session.execute(removed.execution_options(synchronize_session=False))
