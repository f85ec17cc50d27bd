"""The words of bulk actions."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import VehicleAction


class BulkResult(StrEnum):
    """What becomes of a vehicle. All but those of ``DONE_RESULTS`` leave it as it is."""

    DONE = "done"
    #: Its battery was swapped, and it stays out of service: a task, a report or another reason than
    #: its battery keeps it there.
    DONE_STAYS_OUT = "done_stays_out"
    #: Somebody rides it.
    RIDDEN = "ridden"
    #: A report says that it is not safe.
    UNSAFE = "unsafe"
    #: Somebody works on it.
    TASK_IN_PROGRESS = "task_in_progress"
    #: An action is undone, and its state before cannot be restored, such as out of service by a
    #: report.
    NOT_RESTORABLE = "not_restorable"
    #: It is in a state in which this cannot be done; or, when an action is undone, it has changed.
    OTHER_STATE = "other_state"
    #: It has left the city or the fleet.
    GONE = "gone"
    #: The member of staff has lost the permission before it was its turn.
    REFUSED = "refused"
    #: The database refused the change of this vehicle; the log says why.
    FAILED = "failed"


#: Of vehicles with which the action is done.
DONE_RESULTS = (BulkResult.DONE, BulkResult.DONE_STAYS_OUT)

#: The actions that make sense for many.
BULK_ACTIONS = (
    VehicleAction.TAKE_OUT_OF_SERVICE,
    VehicleAction.RETURN_TO_SERVICE,
    VehicleAction.SWAP_BATTERY,
    VehicleAction.PICK_UP,
    VehicleAction.MARK_MISSING,
    VehicleAction.RETIRE,
)
#: What undoes an action. The others cannot be undone: nobody knows the former battery or state.
INVERSES: Mapping[VehicleAction, VehicleAction] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: VehicleAction.RETURN_TO_SERVICE,
    VehicleAction.RETURN_TO_SERVICE: VehicleAction.TAKE_OUT_OF_SERVICE,
    VehicleAction.PICK_UP: VehicleAction.DEPLOY,
}


def find_inverse(action: str) -> VehicleAction | None:
    """Return what undoes a stored action, which a newer release may know better; None: nothing."""
    return next((inverse for each, inverse in INVERSES.items() if each == action), None)


#: By the action that undoes another: the states before that other which it restores. A reservation
#: is over; a vehicle that has not been heard of is available until its feed says so again.
RESTORED_STATES: Mapping[VehicleAction, Collection[VehicleState]] = {
    **dict.fromkeys(
        (VehicleAction.RETURN_TO_SERVICE, VehicleAction.DEPLOY),
        (VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.NON_CONTACTABLE),
    ),
    VehicleAction.TAKE_OUT_OF_SERVICE: (VehicleState.NON_OPERATIONAL,),
}
