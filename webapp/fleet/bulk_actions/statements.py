"""The statements of bulk actions: starting one, and the results of a slice of its vehicles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Update,
    and_,
    case,
    cast,
    func,
    null,
    select,
    update,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.bulk_actions.enums import DONE_RESULTS, BulkResult
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.bulk_actions.selection import Selection, result_column
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_events.conditions import current_state_column
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.jobs.kinds import JobKind, KeyPayload
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query, key_payload

#: Does a bulk action; run by webapp/fleet/bulk_actions/jobs.py.
BULK_ACTION = JobKind("bulk_action", KeyPayload, max_run_s=2 * 3600)


# Any: the columns of several types.
def start_statement(row: dict[str, Any], selection: Selection) -> Select[tuple[UUID]]:
    """Return the statement that stores a bulk action with its vehicles, its job and its audit
    event. It returns the id; no row if there is one with this id already.

    row: the columns of ``BulkAction``.
    """
    actions = table(BulkAction)
    started = (
        insert(actions)
        .values(row)
        .on_conflict_do_nothing()
        .returning(actions.c.region, actions.c.id)
        .cte("started")
    )
    selected = _insert_vehicles_cte(started, VehicleAction(row["action"]), selection)
    key = RowKey(row["region"], row["id"])
    job = jobs_from_rows_query(
        BULK_ACTION,
        key_payload(started),
        rows=started,
        region=started.c.region,
        job_id=derive_job_id(BULK_ACTION, started.c.id),
    )
    audit_event = audit_event_statement(
        AuditKind.BULK_ACTION_STARTED,
        subject=audit_subject("bulk_action", key),
        after=started,
        region=key.region,
        city=row["city"],
        action=row["action"],
    )
    return select(started.c.id).add_cte(selected, insert_jobs_cte(job), as_cte(audit_event))


def _insert_vehicles_cte(started: CTE, action: VehicleAction, selection: Selection) -> CTE:
    """Return the part that stores the vehicles of the bulk action that ``started`` has stored."""
    vehicles, rows = table(Vehicle).c, table(BulkActionVehicle)
    result: ColumnElement[str] = cast(null(), rows.c.result.type)
    if selection.undoes:
        is_not_restorable = selection.not_restorable_condition(action)
        result = case((is_not_restorable, BulkResult.NOT_RESTORABLE.value), else_=result)
    chosen = selection.select_vehicles(
        select(
            started.c.region, started.c.id, vehicles.id, selection.event_count_column(), result
        ).join_from(started, table(Vehicle), vehicles.region == started.c.region)
    )
    if action is VehicleAction.RETIRE:  # it cannot be undone: only what the preview has counted
        is_done = selection.result_column(action, ActionDetails()) == BulkResult.DONE.value
        chosen = chosen.where(is_done)
    names = ["region", "bulk_action_id", "vehicle_id", "event_count", "result"]
    return insert(rows).from_select(names, chosen).returning(rows.c.vehicle_id).cte("selected")


def waiting_query(key: RowKey, after: UUID | None, limit: int) -> Select[tuple[UUID]]:
    """Return the query for the next vehicles without a result."""
    rows = table(BulkActionVehicle).c
    query = select(rows.vehicle_id).where(_is_of_action(key), rows.result.is_(None))
    if after:
        query = query.where(rows.vehicle_id > after)
    return query.order_by(rows.vehicle_id).limit(limit)


def decide_statement(
    key: RowKey, city: str, ids: Sequence[UUID], action: VehicleAction, details: ActionDetails
) -> Update:
    """Return the statement that stores what becomes of some vehicles, before the action."""
    rows, vehicles = table(BulkActionVehicle), table(Vehicle)
    return (
        update(rows)
        .where(
            _are_rows(key, ids),
            rows.c.result.is_(None),
            vehicles.c.region == rows.c.region,
            vehicles.c.id == rows.c.vehicle_id,
            vehicles.c.city == city,
            ~retired_condition(),
        )
        .values(
            result=result_column(action, details, rows.c.event_count),
            state_before=current_state_column(vehicles),
            reason_before=vehicles.c.out_of_service_reason,
        )
    )


def set_result_statement(key: RowKey, ids: Sequence[UUID], result: BulkResult) -> Update:
    """Return the statement that stores a result of the vehicles among these that have none."""
    rows = table(BulkActionVehicle)
    return update(rows).where(_are_rows(key, ids), rows.c.result.is_(None)).values(result=result)


def is_decided_condition(key: RowKey, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Return the condition for those vehicles among these that the action is to be done with."""
    rows, vehicles = table(BulkActionVehicle).c, table(Vehicle).c
    done = select(rows.vehicle_id).where(_are_rows(key, ids), rows.result.in_(DONE_RESULTS))
    return and_(vehicles.region == key.region, vehicles.id.in_(done))


def reasons_query(undoes: RowKey, ids: Sequence[UUID]) -> Select[tuple[UUID, str]]:
    """Return the query for why some vehicles were out of service before an action that is undone;
    those without a reason have no row."""
    rows = table(BulkActionVehicle).c
    has_reason = rows.reason_before.is_not(None)
    return select(rows.vehicle_id, rows.reason_before).where(_are_rows(undoes, ids), has_reason)


def count_events_statement(key: RowKey, ids: Sequence[UUID]) -> Update:
    """Return the statement that stores how many events some vehicles have after the action."""
    rows, vehicles = table(BulkActionVehicle), table(Vehicle).c
    return (
        update(rows)
        .where(
            _are_rows(key, ids),
            rows.c.result.in_(DONE_RESULTS),
            vehicles.region == rows.c.region,
            vehicles.id == rows.c.vehicle_id,
        )
        .values(event_count=vehicles.event_count)
    )


def finish_statement(key: RowKey) -> Update:
    """Return the statement that stores that all vehicles have a result."""
    actions = table(BulkAction)
    is_open = actions.c.finished_at.is_(None)
    return (
        update(actions).where(key_condition(actions, key), is_open).values(finished_at=func.now())
    )


def _are_rows(key: RowKey, ids: Sequence[UUID]) -> ColumnElement[bool]:
    return and_(_is_of_action(key), table(BulkActionVehicle).c.vehicle_id.in_(ids))


def _is_of_action(key: RowKey) -> ColumnElement[bool]:
    return key_condition(table(BulkActionVehicle), key, id="bulk_action_id")
