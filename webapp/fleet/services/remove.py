"""Removing vehicles: one by its owner, or all of an account that is deleted."""

from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Delete, Select, Update, delete, exists, or_, select, true, update
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.auth.models import RoleGrant
from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import execute_in_slices, in_slice_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import (
    Vehicle,
    idle_condition,
    retired_condition,
    staff_may_change_condition,
)
from webapp.fleet.services.audited_write import audited_write_statement
from webapp.fleet.services.edit import own_idle_vehicle_condition, raise_change_refusal
from webapp.fleet.services.retirement import make_retirement_parts, retirement_ctes
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RETIRED
from webapp.fleet.vehicle_events.writing import returned_columns, state_values, vehicle_events_cte
from webapp.jobs.writing import insert_jobs_cte
from webapp.regions.catalogue import list_city_regions
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
    statement = _remove_vehicle_statement(owner_key, vehicle_key)

    def work(session: Session) -> bool:
        is_removed = session.execute(statement).first() is not None
        session.execute(withdraw_owner_role_statement(owner_key))
        return is_removed

    if not run_transaction(work, idempotent=True):
        vehicle = db.session.get(Vehicle, vehicle_key)
        if vehicle and vehicle.is_retired and vehicle.owner_id == owner_key.id:
            return
        raise_change_refusal(owner_key, vehicle_key)


def _remove_vehicle_statement(owner_key: RowKey, vehicle_key: RowKey) -> Select[tuple[UUID]]:
    removed = (
        retire_statement()
        .where(own_idle_vehicle_condition(owner_key, vehicle_key))
        .returning(*returned_columns())
        .cte("removed")
    )
    vehicle_events = vehicle_events_cte(RETIRED, removed, EventOrigin(EventCause.OWNER, owner_key))
    parts = make_retirement_parts(removed)
    statement = audited_write_statement(
        removed, AuditKind.VEHICLE_REMOVED, owner_key, vehicle_key, *parts.audit_events
    )
    return statement.add_cte(vehicle_events, *parts.ctes, insert_jobs_cte(*parts.jobs))


def retire_statement() -> Update:
    """Return the UPDATE that takes vehicles which nobody uses out of the fleet for good, to which
    conditions are added."""
    return update(table(Vehicle)).where(staff_may_change_condition()).values(_retired_values())


# Any: values and SQL of several types.
def _retired_values() -> dict[str, Any]:
    return {**state_values(VehicleState.REMOVED), "picked_up_at": None}


def withdraw_owner_role_statement(owner_key: RowKey) -> Delete:
    """Return the DELETE of the owner's role, which does nothing while a vehicle is left."""
    has_vehicles = exists().where(
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        ~retired_condition(),
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


def check_vehicles_idle(session: Session, owner_key: RowKey) -> None:
    """Raise OwnedVehicleInUse if somebody uses a vehicle of the account."""
    in_use = (
        select(Vehicle.id)
        .where(
            key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
            Vehicle.state != VehicleState.REMOVED,
            idle_condition().is_not(true()),
        )
        .limit(1)
    )
    if session.scalar(in_use):
        raise OwnedVehicleInUse


def remove_vehicles_of_account(session: Session, owner_key: RowKey) -> None:
    """Remove all vehicles of an account that is deleted; the hook ``on_account_deletion``.

    Raises OwnedVehicleInUse.
    """
    check_vehicles_idle(session, owner_key)
    removed = (
        retire_statement()
        .where(key_condition(table(Vehicle), owner_key, "owner_region", "owner_id"))
        .returning(*returned_columns())
        .cte("removed")
    )
    session.execute(_with_events_statement(removed))


def _with_events_statement(removed: CTE) -> Select[tuple[UUID]]:
    """Return the statement that removes vehicles and writes their events, which do not name the
    owner, whose account is deleted."""
    events = vehicle_events_cte(RETIRED, removed, EventOrigin(EventCause.OWNER))
    return select(removed.c.id).add_cte(events, *retirement_ctes(removed))


def remove_vehicles_in_slices(owner_key: RowKey) -> None:
    """Remove the vehicles of an account that nobody uses; the hook ``deletion_slices``."""
    for region in list_city_regions():
        execute_in_slices(remove_vehicles_statement(owner_key, region))


def remove_vehicles_statement(owner_key: RowKey, region: str) -> Select[tuple[UUID]]:
    """Return the statement that removes some vehicles of an account and its key from them. It
    returns their ids."""
    vehicles = table(Vehicle)
    is_unused = or_(vehicles.c.state == VehicleState.REMOVED.value, idle_condition())
    is_owned = key_condition(vehicles, owner_key, "owner_region", "owner_id")
    removed = (
        update(vehicles)
        .where(in_slice_condition(Vehicle, region, is_owned, is_unused))
        .values(**_retired_values(), owner_region=None, owner_id=None)
        .returning(*returned_columns())
        .cte("removed")
    )
    return _with_events_statement(removed)
