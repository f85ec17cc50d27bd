"""The job that does a bulk action, in slices."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write, run_transaction
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.fleet.bulk_actions.services import load_details
from webapp.fleet.bulk_actions.statements import (
    count_events_statement,
    decide_statement,
    finish_statement,
    is_decided_condition,
    set_result_statement,
    waiting_query,
)
from webapp.fleet.vehicle_actions.services import find_required_permission
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.jobs.kinds import KeyPayload, RunningJob

#: Vehicles that one transaction changes at most: those who want to ride one wait for it.
SLICE = 200


def do_bulk_action(payload: KeyPayload, _: RunningJob) -> None:
    """Do the action with all vehicles that have no result yet. It may be done again after it was
    interrupted: results and changes are written together."""
    query = select(BulkAction.region, BulkAction.id)
    row = find_in_any_region(query, BulkAction, payload.key)
    if row is None:
        return
    key = RowKey(row.region, row.id)
    after: UUID | None = None
    while ids := run_transaction(lambda session: _do_slice(session, key, after), idempotent=True):  # noqa: B023
        after = ids[-1]
    execute_write(finish_statement(key), idempotent=True)


def _do_slice(session: Session, key: RowKey, after: UUID | None) -> list[UUID]:
    """Do the action with the next vehicles; return their ids."""
    bulk_action = session.get_one(BulkAction, key)
    ids = list(session.scalars(waiting_query(key, after, SLICE)))
    staff = _find_permitted_staff(session, bulk_action)
    if staff is None:
        session.execute(set_result_statement(key, ids, BulkResult.REFUSED))
        return ids
    action, details = VehicleAction(bulk_action.action), load_details(bulk_action.details)
    session.execute(decide_statement(key, bulk_action.city, ids, action, details))
    is_decided = is_decided_condition(key, ids)
    session.execute(vehicle_action_statement(action, details, staff.key, is_decided))
    session.execute(count_events_statement(key, ids))
    session.execute(set_result_statement(key, ids, BulkResult.GONE))
    return ids


def _find_permitted_staff(session: Session, bulk_action: BulkAction) -> User | None:
    """Return who has started it, if they still may do it."""
    if bulk_action.creator_id is None or bulk_action.creator_region is None:
        return None
    creator_key = RowKey(bulk_action.creator_region, bulk_action.creator_id)
    staff = session.scalars(select(User).where(key_condition(User, creator_key))).unique().first()
    if staff is None or staff.disabled_at or staff.deleted_at:
        return None
    permission = find_required_permission(VehicleAction(bulk_action.action))
    return staff if staff.has_permission(permission, bulk_action.city) else None
