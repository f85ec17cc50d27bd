"""What staff read for the events of vehicles."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.vehicle_events.enums import EventCause, EventType, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.translations import find_label
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

#: What staff have done.
DONE_LABELS: Mapping[VehicleAction, LazyString] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: _l("Taken out of service"),
    VehicleAction.RETURN_TO_SERVICE: _l("Returned to service"),
    VehicleAction.SWAP_BATTERY: _l("Battery swapped"),
    VehicleAction.MOVE: _l("Moved"),
    VehicleAction.PICK_UP: _l("Picked up"),
    VehicleAction.DEPLOY: _l("Deployed"),
    VehicleAction.MARK_MISSING: _l("Marked as missing"),
    VehicleAction.MARK_FOUND: _l("Found"),
    VehicleAction.EDIT: _l("Edited"),
    VehicleAction.CHANGE_CODE: _l("Code changed"),
    VehicleAction.TRANSFER: _l("Owner changed"),
    VehicleAction.RETIRE: _l("Retired"),
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
        return find_label(DONE_LABELS, event.action)
    return ", ".join(find_label(EVENT_TYPE_LABELS, each) for each in event.event_types)


def event_cause_label(event: VehicleEvent) -> str:
    """Return who or what caused an event."""
    return find_label(CAUSE_LABELS, event.cause)
