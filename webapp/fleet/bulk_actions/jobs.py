"""The job that does a bulk action, in slices."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write, is_database_outage, run_transaction
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.fleet.bulk_actions.services import load_details
from webapp.fleet.bulk_actions.statements import (
    count_events_statement,
    decide_statement,
    finish_statement,
    is_decided_condition,
    reasons_query,
    set_result_statement,
    waiting_query,
)
from webapp.fleet.enums import OutOfServiceReason
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import find_required_permission
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.jobs.kinds import KeyPayload, RunningJob

log = logging.getLogger(__name__)

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
    while ids := _do_next_slice(key, after):
        after = ids[-1]
    execute_write(finish_statement(key), idempotent=True)


def _do_next_slice(key: RowKey, after: UUID | None) -> list[UUID]:
    """Do the action with the next vehicles; return their ids. A slice that the database refuses is
    halved, down to one vehicle, which gets a result: others do not wait for it."""
    size = SLICE
    while True:
        try:
            return run_transaction(partial(_do_slice, key, after, size), idempotent=True)
        except DBAPIError as error:
            if is_database_outage(error):
                raise
            if size == 1:
                log.exception("bulk action %s failed for the vehicle after %s", key, after)
                return run_transaction(partial(_fail_vehicle, key, after), idempotent=True)
            size //= 2


def _fail_vehicle(key: RowKey, after: UUID | None, session: Session) -> list[UUID]:
    """Store that the change of the next vehicle has failed; return its id."""
    ids = list(session.scalars(waiting_query(key, after, 1)))
    session.execute(set_result_statement(key, ids, BulkResult.FAILED))
    return ids


def _do_slice(key: RowKey, after: UUID | None, size: int, session: Session) -> list[UUID]:
    """Do the action with the next vehicles; return their ids."""
    bulk_action = session.get_one(BulkAction, key)
    action = VehicleAction(bulk_action.action)  # one of a newer release is left to its workers
    ids = list(session.scalars(waiting_query(key, after, size)))
    staff = _find_permitted_staff(session, bulk_action)
    if staff is None:
        session.execute(set_result_statement(key, ids, BulkResult.REFUSED))
        return ids
    details = load_details(bulk_action.details)
    session.execute(decide_statement(key, bulk_action.city, ids, action, details))
    for details_, ids_ in _split_by_reason(session, bulk_action, ids, details):
        is_decided = is_decided_condition(key, ids_)
        session.execute(vehicle_action_statement(action, details_, staff.key, is_decided))
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
    permission = find_required_permission(bulk_action.action)
    return staff if staff.has_permission(permission, bulk_action.city) else None


def _split_by_reason(
    session: Session, bulk_action: BulkAction, ids: Sequence[UUID], details: ActionDetails
) -> list[tuple[ActionDetails, list[UUID]]]:
    """Return vehicles with what is said about them. Those that get back that they are out of
    service get the reason back, too."""
    reasons: dict[UUID, str] = {}
    if bulk_action.undoes_id and bulk_action.action == VehicleAction.TAKE_OUT_OF_SERVICE:
        query = reasons_query(RowKey(bulk_action.region, bulk_action.undoes_id), ids)
        reasons = {row.vehicle_id: row.reason_before for row in session.execute(query)}
    parts: dict[str, list[UUID]] = {}
    for id_ in ids:
        parts.setdefault(reasons.get(id_, details.out_of_service_reason), []).append(id_)
    return [
        (replace(details, out_of_service_reason=OutOfServiceReason(reason)), part)
        for reason, part in parts.items()
    ]
