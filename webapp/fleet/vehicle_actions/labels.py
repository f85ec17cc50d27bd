"""What staff read for actions and their reasons."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.enums import OutOfServiceCause, OutOfServiceReason, PickUpReason
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: On buttons.
ACTION_LABELS: Mapping[VehicleAction, LazyString] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: _l("Take out of service"),
    VehicleAction.RETURN_TO_SERVICE: _l("Return to service"),
    VehicleAction.SWAP_BATTERY: _l("Swap battery"),
    VehicleAction.MOVE: _l("Move"),
    VehicleAction.PICK_UP: _l("Pick up"),
    VehicleAction.DEPLOY: _l("Deploy"),
    VehicleAction.MARK_MISSING: _l("Mark as missing"),
    VehicleAction.MARK_FOUND: _l("Mark as found"),
    VehicleAction.EDIT: _l("Edit"),
    VehicleAction.CHANGE_CODE: _l("New code"),
    VehicleAction.TRANSFER: _l("Change owner"),
    VehicleAction.RETIRE: _l("Retire"),
}

#: What happens, in a sentence above the form.
ACTION_HINTS: Mapping[VehicleAction, LazyString] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: _l(
        "Nobody can ride it until staff return it to service. A reservation ends."
    ),
    VehicleAction.RETURN_TO_SERVICE: _l("Riders can ride it again."),
    VehicleAction.SWAP_BATTERY: _l(
        "If it was out of service only for its battery, it returns to service, unless a task on it"
        " is in progress or a report says that it is not safe."
    ),
    VehicleAction.MOVE: _l("You have moved it, and it still stands on the street."),
    VehicleAction.PICK_UP: _l(
        "It leaves the street: into a van, a depot or a workshop. It stays in the fleet."
    ),
    VehicleAction.DEPLOY: _l("It stands on the street, and riders can ride it."),
    VehicleAction.MARK_MISSING: _l("You looked for it, and it is not there."),
    VehicleAction.MARK_FOUND: _l("It is out of service then. Check it, and return it to service."),
    VehicleAction.EDIT: _l("What riders read about it."),
    VehicleAction.CHANGE_CODE: _l(
        "It gets a new code at random. Its label no longer works; print a new one."
    ),
    VehicleAction.TRANSFER: _l("The new owner sees its rides and reports from now on."),
    VehicleAction.RETIRE: _l("It leaves the fleet for good. Its rides stay."),
}

#: What staff read when it is done.
DONE_LABELS: Mapping[VehicleAction, LazyString] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: _l("Taken out of service."),
    VehicleAction.RETURN_TO_SERVICE: _l("Returned to service."),
    VehicleAction.SWAP_BATTERY: _l("Battery swap saved."),
    VehicleAction.MOVE: _l("New place saved."),
    VehicleAction.PICK_UP: _l("Picked up."),
    VehicleAction.DEPLOY: _l("Deployed."),
    VehicleAction.MARK_MISSING: _l("Marked as missing."),
    VehicleAction.MARK_FOUND: _l("Marked as found."),
    VehicleAction.EDIT: _l("Description saved."),
    VehicleAction.CHANGE_CODE: _l("The vehicle has a new code."),
    VehicleAction.TRANSFER: _l("New owner saved."),
    VehicleAction.RETIRE: _l("Retired."),
}

#: What staff say about a vehicle, and its feed says too.
OBSERVING_ACTIONS = frozenset(
    {
        VehicleAction.SWAP_BATTERY,
        VehicleAction.MOVE,
        VehicleAction.DEPLOY,
        VehicleAction.MARK_FOUND,
    }
)

OUT_OF_SERVICE_REASON_LABELS: Mapping[OutOfServiceReason, LazyString] = {
    OutOfServiceReason.MAINTENANCE: _l("Needs repair or a check"),
    OutOfServiceReason.BATTERY_LOW: _l("Battery is low"),
    OutOfServiceReason.SYSTEM_SUSPEND: _l("Service is suspended"),
}

#: What staff read when a vehicle has a new battery and stays out of service.
STAYS_OUT_LABELS: Mapping[str, LazyString] = {
    OutOfServiceCause.TASK: _l(
        "Battery swap saved. The vehicle stays out of service: a task is in progress."
    ),
    OutOfServiceCause.REPORT: _l(
        "Battery swap saved. The vehicle stays out of service: a report says that it is not safe."
    ),
    OutOfServiceReason.MAINTENANCE: _l(
        "Battery swap saved. The vehicle stays out of service: it needs repair or a check."
    ),
    OutOfServiceReason.SYSTEM_SUSPEND: _l(
        "Battery swap saved. The vehicle stays out of service: service is suspended."
    ),
}

PICK_UP_REASON_LABELS: Mapping[PickUpReason, LazyString] = {
    PickUpReason.MAINTENANCE: _l("Repair or check"),
    PickUpReason.REBALANCE: _l("To place it elsewhere"),
    PickUpReason.COMPLIANCE: _l("It stood where it must not stand"),
}


def action_hint(vehicle: Vehicle, action: VehicleAction) -> str:
    """Return what an action does with a vehicle."""
    hint = str(ACTION_HINTS[action])
    if vehicle.feed_system and action in OBSERVING_ACTIONS:
        warning = _("The next report of its feed may change it again.")
        return f"{hint} {warning}"
    return hint


def action_label(action: str) -> str:
    """Return the words on the button of an action."""
    return find_label(ACTION_LABELS, action)


def stays_out_label(cause: str) -> str:
    """Return why a vehicle with a new battery stays out of service: an ``OutOfServiceCause`` or a
    reason."""
    taken_out = _l(
        "Battery swap saved. The vehicle stays out of service: a report or its feed has taken it"
        " out."
    )
    return str(STAYS_OUT_LABELS.get(cause, taken_out))


def out_of_service_label(reason: str | None) -> str:
    """Return why a vehicle is out of service."""
    if reason is None:
        return _("Because of a report, or its feed says so")
    return find_label(OUT_OF_SERVICE_REASON_LABELS, reason)
