"""Giving a vehicle to another owner."""

from dataclasses import replace

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from webapp.auth.models import User, is_account_open_condition
from webapp.auth.services.role_grants import grant_role_statement
from webapp.auth.services.users import UnknownUser, find_user
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import withdraw_owner_role_statement
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import check_done, find_required_permission
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement, vehicles_condition
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.mail import mail_statement
from webapp.web.roles import Role
from webapp.web.urls import public_url

ACTION = VehicleAction.TRANSFER


class UnknownOwner(UnknownUser):
    field = "owner"


def transfer_vehicle(
    staff: User, vehicle_key: RowKey, owner_name: str, details: ActionDetails
) -> None:
    """Give a vehicle to another owner, who gets the role of one; the former owner loses it with the
    last vehicle. Both are told by mail.

    owner_name: username or e-mail address; empty: the operator.

    Raises UnknownOwner, and as ``act_on_vehicle``.
    """
    owner_key = _find_owner_key(owner_name) if owner_name else None
    cities = staff.cities_with_permission(find_required_permission(ACTION))
    is_vehicle = vehicles_condition(vehicle_key.region, [vehicle_key.id], cities)
    statement = vehicle_action_statement(
        ACTION, replace(details, owner_key=owner_key), staff.key, is_vehicle & _is_open(owner_key)
    )

    def work(session: Session) -> bool:
        vehicle = session.get(Vehicle, vehicle_key)  # with its former owner
        if vehicle is None or session.execute(statement).first() is None:
            return False
        _change_owners(session, vehicle, owner_key)
        return True

    if not run_transaction(work, idempotent=True):
        check_done(staff, vehicle_key, ACTION, details)


def _find_owner_key(name: str) -> RowKey:
    owner = find_user(name)
    if owner is None or owner.disabled_at or owner.deleted_at:
        raise UnknownOwner
    return owner.key


def _is_open(owner_key: RowKey | None) -> ColumnElement[bool]:
    """Return the condition that the new owner has not deleted the account meanwhile."""
    return true() if owner_key is None else is_account_open_condition(owner_key)


def _change_owners(session: Session, vehicle: Vehicle, owner_key: RowKey | None) -> None:
    """Let roles follow a vehicle to its new owner, and tell both.

    vehicle: as it was before.
    """
    former_key = None
    if vehicle.owner_region and vehicle.owner_id:
        former_key = RowKey(vehicle.owner_region, vehicle.owner_id)
    if former_key == owner_key:
        return
    name, region = vehicle_name(vehicle), vehicle.region
    if owner_key:
        session.execute(grant_role_statement(owner_key, Role.OWNER))
        link = public_url("fleet.owner.index")
        mail = mail_statement("vehicle_received", owner_key, region=region, vehicle=name, link=link)
        session.execute(mail)
    if former_key:
        session.execute(withdraw_owner_role_statement(former_key))
        session.execute(
            mail_statement("vehicle_given_away", former_key, region=region, vehicle=name)
        )
