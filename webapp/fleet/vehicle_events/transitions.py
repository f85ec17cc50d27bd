"""Which changes of a vehicle's state there are, and the events that they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventType

AVAILABLE, RESERVED, ON_TRIP = VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.ON_TRIP
NON_OPERATIONAL, MISSING = VehicleState.NON_OPERATIONAL, VehicleState.MISSING
REMOVED, NON_CONTACTABLE = VehicleState.REMOVED, VehicleState.NON_CONTACTABLE

StatesBefore = tuple[VehicleState | None, ...]
_FOUND = (AVAILABLE, NON_OPERATIONAL, ON_TRIP, REMOVED, RESERVED)

#: By type of event: from which states to which. MDS 2.0, ``modes/micromobility``, "Vehicle State
#: Transitions". ``None``: MovR did not know the vehicle.
TRANSITIONS: Mapping[EventType, tuple[StatesBefore, tuple[VehicleState, ...]]] = {
    EventType.PROVIDER_DROP_OFF: ((None, REMOVED, NON_CONTACTABLE, MISSING), (AVAILABLE,)),
    EventType.RESERVATION_START: ((AVAILABLE,), (RESERVED,)),
    EventType.RESERVATION_CANCEL: ((RESERVED,), (AVAILABLE,)),
    EventType.TRIP_START: ((AVAILABLE, RESERVED), (ON_TRIP,)),
    EventType.TRIP_END: ((ON_TRIP,), (AVAILABLE,)),
    EventType.MAINTENANCE: ((AVAILABLE, NON_OPERATIONAL), (NON_OPERATIONAL, AVAILABLE)),
    EventType.DECOMMISSIONED: (
        (AVAILABLE, NON_OPERATIONAL, NON_CONTACTABLE, MISSING),
        (REMOVED,),
    ),
    EventType.COMMS_LOST: (
        (AVAILABLE, NON_OPERATIONAL, ON_TRIP, REMOVED, RESERVED),
        (NON_CONTACTABLE,),
    ),
    EventType.NOT_LOCATED: ((NON_CONTACTABLE,), (MISSING,)),
    EventType.LOCATED: ((MISSING,), _FOUND),
    EventType.UNSPECIFIED: ((None, *VehicleState), tuple(VehicleState)),
}

Change = tuple[VehicleState | None, VehicleState]


@dataclass(frozen=True)
class StateChange:
    """One thing that changes the state of vehicles."""

    #: By the states before and after: the events, in their order.
    events: Mapping[Change, tuple[EventType, ...]]

    @property
    def states_before(self) -> list[VehicleState]:
        """The states that it changes."""
        return sorted({before for before, _ in self.events if before})


ADDED = StateChange(
    {
        (None, AVAILABLE): (EventType.PROVIDER_DROP_OFF,),
    }
)
VEHICLE_RESERVED = StateChange({(AVAILABLE, RESERVED): (EventType.RESERVATION_START,)})
RESERVATION_CANCELLED = StateChange({(RESERVED, AVAILABLE): (EventType.RESERVATION_CANCEL,)})
RIDE_STARTED = StateChange(
    {
        (AVAILABLE, ON_TRIP): (EventType.TRIP_START,),
        (RESERVED, ON_TRIP): (EventType.TRIP_START,),
    }
)
#: A vehicle with a critical report goes out of service.
RIDE_ENDED = StateChange(
    {
        (ON_TRIP, AVAILABLE): (EventType.TRIP_END,),
        (ON_TRIP, NON_OPERATIONAL): (EventType.TRIP_END, EventType.MAINTENANCE),
    }
)
TAKEN_OUT_OF_SERVICE = StateChange(
    {
        (AVAILABLE, NON_OPERATIONAL): (EventType.MAINTENANCE,),
        (RESERVED, NON_OPERATIONAL): (EventType.RESERVATION_CANCEL, EventType.MAINTENANCE),
    }
)
RETURNED_TO_SERVICE = StateChange({(NON_OPERATIONAL, AVAILABLE): (EventType.MAINTENANCE,)})
RETIRED = StateChange(
    {
        (before, REMOVED): (EventType.DECOMMISSIONED,)
        for before in (AVAILABLE, NON_OPERATIONAL, MISSING)
    }
)
#: The feed does not name the vehicle any more.
LOST_BY_FEED = StateChange(
    {
        (before, MISSING): (EventType.COMMS_LOST, EventType.NOT_LOCATED)
        for before in (AVAILABLE, NON_OPERATIONAL)
    }
)
IMPORTED = StateChange(
    {
        (None, AVAILABLE): (EventType.PROVIDER_DROP_OFF,),
        (None, NON_OPERATIONAL): (EventType.PROVIDER_DROP_OFF, EventType.MAINTENANCE),
        (AVAILABLE, NON_OPERATIONAL): (EventType.MAINTENANCE,),
        (NON_OPERATIONAL, AVAILABLE): (EventType.MAINTENANCE,),
        (MISSING, AVAILABLE): (EventType.LOCATED,),
        (MISSING, NON_OPERATIONAL): (EventType.LOCATED,),
    }
)


def is_possible(
    before: VehicleState | None, events: Iterable[EventType], after: VehicleState
) -> bool:
    """Tell whether a vehicle can get from one state to another by these events, in their order."""
    reached: set[VehicleState | None] = {before}
    for event_type in events:
        sources, targets = TRANSITIONS[event_type]
        reached = set(targets) if reached & set(sources) else set()
    return after in reached
