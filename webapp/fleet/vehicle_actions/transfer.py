"""Giving a vehicle to another owner."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Select, select

from webapp.audit.writing import as_cte
from webapp.auth.models import User
from webapp.auth.services.users import UnknownUser, find_open_account, open_account_query
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.services.ownership import grant_owner_role_cte, owner_jobs_cte
from webapp.fleet.vehicle_actions.rules import ActionDetails, make_rule
from webapp.fleet.vehicle_actions.services import check_done, find_required_permission
from webapp.fleet.vehicle_actions.statements import make_action_parts, vehicles_condition
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.hooks import get_hooks

ACTION = VehicleAction.TRANSFER


class UnknownOwner(UnknownUser):
    field = "owner"


def transfer_vehicle(
    staff: User, vehicle_key: RowKey, owner_name: str, details: ActionDetails
) -> None:
    """Give a vehicle to another owner, who gets the role of one; the former owner loses it with the
    last vehicle. Both are told by mail, and open offers of the vehicle are withdrawn. All in one
    statement, and the jobs that it writes.

    owner_name: username or e-mail address; empty: the operator.

    Raises UnknownOwner, and as ``act_on_vehicle``.
    """
    if not execute_write(
        transfer_statement(staff, vehicle_key, owner_name, details), idempotent=True
    ):
        if owner_name and not find_open_account(owner_name):
            raise UnknownOwner
        check_done(staff, vehicle_key, ACTION, details)


def transfer_statement(
    staff: User, vehicle_key: RowKey, owner_name: str, details: ActionDetails
) -> Select[tuple[UUID]]:
    """Return the statement of ``transfer_vehicle``. No row: there is no such open account, or the
    vehicle could not be given away."""
    cities = staff.cities_with_permission(find_required_permission(ACTION))
    condition = vehicles_condition(vehicle_key.region, [vehicle_key.id], cities)
    new_owner = open_account_query(owner_name).cte("new_owner") if owner_name else None
    if new_owner is not None:
        columns = (new_owner.c.region, new_owner.c.id)
        owner_key = RowKey._make(select(column).scalar_subquery() for column in columns)
        details = replace(details, owner_key=owner_key)
        condition &= select(new_owner.c.id).exists()
    rule = make_rule(ACTION, details)
    parts = make_action_parts(ACTION, rule, details, staff.key, condition)
    hook_parts = [make_part(parts.changed) for make_part in get_hooks().transfer_parts]
    hook_events = [part.audit_event for part in hook_parts if part.audit_event is not None]
    hook_jobs = [part.jobs for part in hook_parts if part.jobs is not None]
    ctes = [*parts.follow_up_ctes, owner_jobs_cte(parts.changed, new_owner, *hook_jobs)]
    ctes += [part.cte for part in hook_parts]
    if new_owner is not None:
        ctes.append(grant_owner_role_cte(new_owner, parts.changed))
    return select(parts.changed.c.id).add_cte(*ctes, as_cte(*parts.audit_events, *hook_events))
