"""What staff read for the events of vehicles."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.vehicle_actions.labels import action_label
from webapp.fleet.vehicle_events.enums import EventCause, EventType
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.translations import lazy_gettext as _l

EVENT_TYPE_LABELS: Mapping[EventType, LazyString] = {
    EventType.BATTERY_CHARGED: _l("Battery charged"),
    EventType.BATTERY_LOW: _l("Battery low"),
    EventType.COMMS_LOST: _l("Contact lost"),
    EventType.COMMS_RESTORED: _l("In contact again"),
    EventType.COMPLIANCE_PICK_UP: _l("Picked up: it stood where it must not stand"),
    EventType.DECOMMISSIONED: _l("Retired"),
    EventType.LOCATED: _l("Found"),
    EventType.MAINTENANCE: _l("Maintenance"),
    EventType.MAINTENANCE_PICK_UP: _l("Picked up for maintenance"),
    EventType.NOT_LOCATED: _l("Not found"),
    EventType.PROVIDER_DROP_OFF: _l("Put on the street"),
    EventType.REBALANCE_PICK_UP: _l("Picked up to place it elsewhere"),
    EventType.RESERVATION_CANCEL: _l("Reservation ended"),
    EventType.RESERVATION_START: _l("Reserved"),
    EventType.SYSTEM_RESUME: _l("Service resumed"),
    EventType.SYSTEM_SUSPEND: _l("Service suspended"),
    EventType.TRIP_END: _l("Ride ended"),
    EventType.TRIP_START: _l("Ride started"),
    EventType.UNSPECIFIED: _l("First known state"),
}

CAUSE_LABELS: Mapping[EventCause, LazyString] = {
    EventCause.RIDER: _l("Rider"),
    EventCause.OWNER: _l("Owner"),
    EventCause.STAFF: _l("Staff"),
    EventCause.FEED: _l("Feed"),
    EventCause.TIME: _l("Time ran out"),
    EventCause.UNKNOWN: _l("Unknown"),
}


def describe_event(event: VehicleEvent) -> str:
    """Return what happened, in a few words."""
    if event.action:
        return action_label(event.action)
    return ", ".join(str(EVENT_TYPE_LABELS[EventType(each)]) for each in event.event_types)


def event_cause_label(event: VehicleEvent) -> str:
    """Return who or what caused an event."""
    return str(CAUSE_LABELS[EventCause(event.cause)])
