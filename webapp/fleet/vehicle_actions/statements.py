"""The statement of an action of staff."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.services.retirement import retirement_ctes
from webapp.fleet.vehicle_actions.rules import ActionDetails, make_rule
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.writing import (
    EventOrigin,
    returned_columns,
    state_values,
    vehicle_events_cte,
)

#: Among how many events of a vehicle an action is looked for that may have been done already. More
#: cannot happen while it is retried.
LAST_EVENTS = 20


def vehicle_action_statement(
    action: VehicleAction,
    details: ActionDetails,
    staff_key: RowKey,
    vehicles_condition: ColumnElement[bool],
) -> Select[tuple[UUID]]:
    """Return the statement that acts on vehicles, with their events and audit events. It returns
    the ids of those that it could act on. Sent again, it does nothing.

    vehicles_condition: which vehicles; those of the cities of the member of staff.
    """
    rule = make_rule(action, details)
    changed = (
        update(table(Vehicle))
        .where(vehicles_condition, rule.condition, ~_is_done_condition(details.action_id))
        .values({**state_values(rule.state, by_action=True), **rule.values})
        .returning(*returned_columns())
        .cte("changed_vehicles")
    )
    origin = EventOrigin(
        EventCause.STAFF, staff_key, note=details.note, action=action, action_id=details.action_id
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_ACTION,
        actor=staff_key,
        subject=audit_subject("vehicle", cte_key(changed)),
        after=changed,
        for_each=changed.c.id,
        action=action.value,
    )
    events = vehicle_events_cte(rule.change, changed, origin)
    others = retirement_ctes(changed) if action is VehicleAction.RETIRE else []
    return select(changed.c.id).add_cte(events, as_cte(audit_event), *others)


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
