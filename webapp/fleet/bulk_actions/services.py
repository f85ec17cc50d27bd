"""Starting a bulk action, and undoing one."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import DomainError, NotFound
from webapp.fleet.bulk_actions.enums import BULK_ACTIONS, INVERSES, find_inverse
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.fleet.bulk_actions.queries import find_bulk_action
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.statements import start_statement
from webapp.fleet.enums import OutOfServiceReason, PickUpReason
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import find_required_permission
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.translations import lazy_gettext as _l


class CannotBeUndone(DomainError):
    message = _l("This action cannot be undone.")


def dump_details(details: ActionDetails) -> dict[str, Any]:  # Any: JSON
    """Return what a bulk action may say, as it is stored."""
    names = ("note", "out_of_service_reason", "pick_up_reason", "battery_percent")
    return {name: asdict(details)[name] for name in names}


def load_details(stored: dict[str, Any]) -> ActionDetails:
    """Return what ``dump_details`` has made JSON of."""
    return ActionDetails(
        note=stored["note"],
        out_of_service_reason=OutOfServiceReason(stored["out_of_service_reason"]),
        pick_up_reason=PickUpReason(stored["pick_up_reason"]),
        battery_percent=stored["battery_percent"],
    )


def start_bulk_action(
    staff: User,
    bulk_action_id: UUID,
    action: VehicleAction,
    details: ActionDetails,
    selection: Selection,
    filter_args: dict[str, str] | None = None,
) -> RowKey:
    """Store a bulk action, which a worker does; return its key. Sent twice, it is stored once.

    filter_args: the filter of the selection, as it stands in addresses.

    Raises NotFound without the permission in its city, and for an action that is not for many.
    """
    undoes = selection.undoes.id if selection.undoes else None
    if action not in (BULK_ACTIONS if undoes is None else INVERSES.values()):
        raise NotFound
    if not staff.has_permission(find_required_permission(action), selection.city.name):
        raise NotFound
    row = {
        "region": selection.city.region,
        "id": bulk_action_id,
        "city": selection.city.name,
        "action": action.value,
        "details": dump_details(details),
        "filter": filter_args,
        "undoes_id": undoes,
        "creator_region": staff.region,
        "creator_id": staff.id,
    }
    execute_write(start_statement(row, selection), idempotent=True)
    return RowKey(selection.city.region, bulk_action_id)


def find_undoable(staff: User, key: RowKey) -> tuple[BulkAction, VehicleAction]:
    """Return a bulk action that has ended, and the action that undoes it.

    Raises NotFound, CannotBeUndone.
    """
    bulk_action = find_bulk_action(staff, key)
    inverse = find_inverse(bulk_action.action)
    if inverse is None or bulk_action.undoes_id or bulk_action.finished_at is None:
        raise CannotBeUndone
    return bulk_action, inverse
