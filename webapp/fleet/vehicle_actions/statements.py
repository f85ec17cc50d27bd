"""The statement of an action of staff."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    select,
    true,
    update,
)

from webapp.audit.changes import RecordedChange, make_object, values_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.alerts.statements import delete_alerts_cte
from webapp.fleet.enums import OutOfServiceCause, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.ownership import owner_jobs_cte
from webapp.fleet.services.retirement import make_retirement_parts
from webapp.fleet.tasks.models import task_in_progress_condition
from webapp.fleet.vehicle_actions.rules import ActionDetails, ActionRule, make_rule
from webapp.fleet.vehicle_events.conditions import current_state_column
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.writing import (
    returned_columns,
    state_values,
    vehicle_events_cte,
    withdrawal_values,
)

#: Among how many events of a vehicle an action is looked for that may have been done already. More
#: cannot happen while it is retried.
LAST_EVENTS = 20


class ActionParts(NamedTuple):
    """The parts of a statement that acts on vehicles."""

    #: The vehicles that it could act on: ``returned_columns``.
    changed: CTE
    #: To be added to the statement: their events, and what else follows.
    follow_up_ctes: list[CTE]
    #: To be added, too, all in one part (``as_cte``).
    audit_events: list[Insert]


def vehicle_action_statement(
    action: VehicleAction,
    details: ActionDetails,
    staff_key: RowKey,
    vehicles_condition: ColumnElement[bool],
) -> Select[tuple[UUID, str | None]]:
    """Return the statement that acts on vehicles, with their events and audit events. It returns
    the ids of those that it could act on, and what keeps each out of service now
    (``out_of_service_cause_column``). Sent again, it does nothing.

    vehicles_condition: which vehicles; those of the cities of the member of staff.
    """
    rule = make_rule(action, details)
    parts = make_action_parts(action, rule, details, staff_key, vehicles_condition)
    cause = out_of_service_cause_column(parts.changed).label("out_of_service_cause")
    query = select(parts.changed.c.id, cause)
    return query.add_cte(*parts.follow_up_ctes, as_cte(*parts.audit_events))


def out_of_service_cause_column(vehicles: FromClause) -> ColumnElement[str | None]:
    """Return what keeps a vehicle out of service: an ``OutOfServiceCause``, or the reason of staff;
    empty if they gave none. NULL: it is in service."""
    columns = vehicles.c
    has_task = task_in_progress_condition(columns.region, columns.id)
    is_unsafe = critical_report_condition(columns.region, columns.id)
    return case(
        (columns.state != VehicleState.NON_OPERATIONAL.value, None),
        (has_task, OutOfServiceCause.TASK.value),
        (is_unsafe, OutOfServiceCause.REPORT.value),
        else_=func.coalesce(columns.out_of_service_reason, ""),
    )


def make_action_parts(
    action: VehicleAction,
    rule: ActionRule,
    details: ActionDetails,
    staff_key: RowKey,
    vehicles_condition: ColumnElement[bool],
    cause: EventCause = EventCause.STAFF,
) -> ActionParts:
    """Return the parts of a statement that acts on vehicles by a rule; the arguments are those of
    ``vehicle_action_statement``.

    cause: who acts, if not staff.
    """
    is_changed = vehicles_condition & rule.condition & ~_is_done_condition(details.action_id)
    changed = _update_vehicles_cte(rule, is_changed)
    origin = EventOrigin(
        cause,
        staff_key,
        note=details.note,
        action=action,
        action_id=details.action_id,
        action_if_state_stays=rule.action_if_state_stays,
        preceding_action=rule.preceding_action,
    )
    events = vehicle_events_cte(rule.change, changed, origin)
    follow_up_ctes, audit_events = [events], [_audit_event_statement(events, staff_key, details)]
    if action is VehicleAction.RETIRE:
        retirement = make_retirement_parts(changed)
        follow_up_ctes += [*retirement.ctes, owner_jobs_cte(changed, None, *retirement.jobs)]
        audit_events += retirement.audit_events
    if action is VehicleAction.PICK_UP:
        is_picked_up = changed.c.state == VehicleState.REMOVED.value
        picked_up = select(changed.c.region, changed.c.id).where(is_picked_up).cte("picked_up")
        follow_up_ctes.append(delete_alerts_cte(picked_up))
    return ActionParts(changed, follow_up_ctes, audit_events)


def _update_vehicles_cte(rule: ActionRule, condition: ColumnElement[bool]) -> CTE:
    """Return the part that changes the vehicles by the rule, with a row for each of them."""
    values = {
        **state_values(
            rule.state, by_action=True, has_preceding_action=rule.preceding_action is not None
        ),
        **withdrawal_values(rule.change),
        **rule.values,
    }
    return (
        update(table(Vehicle))
        .where(condition)
        .values(values)
        .returning(*returned_columns("out_of_service_reason"))
        .cte("changed_vehicles")
    )


def _audit_event_statement(events: CTE, staff_key: RowKey, details: ActionDetails) -> Insert:
    """Return the INSERT of an audit event for each action that ``events`` records; with the state
    of the vehicle before and after, or, if that is changed, what the vehicle was and is."""
    before = _vehicle_before(events)
    actions = (
        select(events, current_state_column(before).label("state_before"))
        .join(before, true())
        .where(events.c.action.is_not(None))
        .cte("vehicle_actions")
    )
    change = RecordedChange(
        make_object({"state": actions.c.state_before}), values_object(actions, "state")
    )
    if details.properties and details.old_values:
        old = {name: details.old_values[name] for name in details.properties}
        change = RecordedChange(old, details.properties, details.note)
    return audit_event_statement(
        AuditKind.VEHICLE_ACTION,
        actor=staff_key,
        subject=audit_subject("vehicle", cte_key(actions, "vehicle_id")),
        after=actions,
        for_each=cast(actions.c.vehicle_id, String) + cast(actions.c.number, String),
        region=actions.c.region,
        city=actions.c.city,
        change=change,
        action=actions.c.action,
    )


def _vehicle_before(events: CTE) -> FromClause:
    """Return the vehicle of an event as it was before the statement."""
    vehicles = table(Vehicle)
    # With a LIMIT, PostgreSQL looks it up by its key, whatever it believes about the table.
    is_vehicle = and_(vehicles.c.region == events.c.region, vehicles.c.id == events.c.vehicle_id)
    return (
        select(vehicles.c.state, vehicles.c.reserved_until)
        .where(is_vehicle)
        .limit(1)
        .lateral("vehicle_before_action")
    )


def _is_done_condition(action_id: UUID) -> ColumnElement[bool]:
    """Return the condition that one of the last events of a vehicle is this action."""
    vehicles, events = table(Vehicle).c, table(VehicleEvent).c
    return exists().where(
        events.region == vehicles.region,
        events.vehicle_id == vehicles.id,
        events.number > vehicles.event_count - LAST_EVENTS,
        events.action_id == action_id,
    )


def vehicles_condition(
    region: str, ids: Collection[UUID], city_names: Collection[str] | None
) -> ColumnElement[bool]:
    """Return the condition for vehicles of a region by their ids.

    city_names: the cities that the member of staff may change; None: all.
    """
    vehicles = table(Vehicle).c
    condition = (vehicles.region == region) & vehicles.id.in_(sorted(ids))
    return condition if city_names is None else condition & vehicles.city.in_(sorted(city_names))
