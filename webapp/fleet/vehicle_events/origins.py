"""Who or what changes the state of vehicles, and why."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam

from webapp.db.keys import RowKey, make_key_parameters
from webapp.db.types import table
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent


class EventOrigin(NamedTuple):
    """Who or what changes the state, and why: values, or SQL."""

    cause: EventCause | ColumnElement[str]
    #: The account of staff or of the owner.
    actor_key: RowKey | None = None
    ride_id: UUID | ColumnElement[UUID] | None = None
    note: str | ColumnElement[str] = ""
    #: What staff did. Then there is an event also where the state stays (``state_values``).
    action: VehicleAction | None = None
    action_id: UUID | None = None
    #: What staff did where the state stays. None: ``action``.
    action_if_state_stays: VehicleAction | None = None
    #: What staff did just before they changed the state. It has an event of its own.
    preceding_action: VehicleAction | None = None
    #: When it happened, if that is known only now. NULL or None: now.
    occurred_at: ColumnElement[datetime] | None = None


def make_origin_parameters(ride_id: ColumnElement[UUID]) -> EventOrigin:
    """Return the origin as parameters, for a statement that is built once. It is executed with
    ``bind_origin``."""
    cause = bindparam("change_cause", type_=table(VehicleEvent).c.cause.type)
    note = bindparam("change_note", type_=table(VehicleEvent).c.note.type)
    occurred_at = bindparam("change_occurred_at", type_=table(VehicleEvent).c.occurred_at.type)
    return EventOrigin(
        cause, make_key_parameters("change_actor"), ride_id, note, occurred_at=occurred_at
    )


def bind_origin(
    cause: EventCause,
    actor_key: RowKey | None,
    note: str = "",
    occurred_at: datetime | None = None,
) -> dict[str, object]:
    """Return the values of ``make_origin_parameters``. occurred_at: None: now."""
    region, id_ = actor_key or (None, None)
    return {
        "change_cause": cause.value,
        "change_note": note,
        "change_occurred_at": occurred_at,
        "change_actor_key_region": region,
        "change_actor_key_id": id_,
    }
