"""Which changes of a vehicle's state there are, and the events that they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from webapp.fleet.enums import OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.vehicle_events.enums import EventType

AVAILABLE, RESERVED, ON_TRIP = VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.ON_TRIP
NON_OPERATIONAL, MISSING = VehicleState.NON_OPERATIONAL, VehicleState.MISSING
REMOVED, NON_CONTACTABLE = VehicleState.REMOVED, VehicleState.NON_CONTACTABLE
ELSEWHERE = VehicleState.ELSEWHERE

StatesBefore = tuple[VehicleState | None, ...]
_IN_CONTACT = (AVAILABLE, ELSEWHERE, NON_OPERATIONAL, ON_TRIP, REMOVED, RESERVED)
_PICKED_UP_FROM = (AVAILABLE, NON_OPERATIONAL, ELSEWHERE)

#: By type of event: from which states to which. MDS 2.0, ``modes/micromobility``, "Vehicle State
#: Transitions". ``None``: MovR did not know the vehicle.
TRANSITIONS: Mapping[EventType, tuple[StatesBefore, tuple[VehicleState, ...]]] = {
    EventType.PROVIDER_DROP_OFF: ((None, REMOVED, NON_CONTACTABLE, MISSING), (AVAILABLE,)),
    EventType.RESERVATION_START: ((AVAILABLE,), (RESERVED,)),
    EventType.RESERVATION_CANCEL: ((RESERVED,), (AVAILABLE,)),
    EventType.TRIP_START: ((AVAILABLE, RESERVED), (ON_TRIP,)),
    EventType.TRIP_END: ((ON_TRIP,), (AVAILABLE,)),
    EventType.MAINTENANCE: ((AVAILABLE, NON_OPERATIONAL), (NON_OPERATIONAL, AVAILABLE)),
    EventType.BATTERY_LOW: ((AVAILABLE,), (NON_OPERATIONAL,)),
    EventType.BATTERY_CHARGED: ((NON_OPERATIONAL,), (AVAILABLE,)),
    EventType.SYSTEM_SUSPEND: ((AVAILABLE,), (NON_OPERATIONAL,)),
    EventType.SYSTEM_RESUME: ((NON_OPERATIONAL,), (AVAILABLE,)),
    EventType.MAINTENANCE_PICK_UP: (_PICKED_UP_FROM, (REMOVED,)),
    EventType.REBALANCE_PICK_UP: (_PICKED_UP_FROM, (REMOVED,)),
    EventType.COMPLIANCE_PICK_UP: (_PICKED_UP_FROM, (REMOVED,)),
    EventType.DECOMMISSIONED: (
        (AVAILABLE, NON_OPERATIONAL, ELSEWHERE, NON_CONTACTABLE, MISSING),
        (REMOVED,),
    ),
    EventType.COMMS_LOST: (_IN_CONTACT, (NON_CONTACTABLE,)),
    EventType.COMMS_RESTORED: ((NON_CONTACTABLE,), _IN_CONTACT),
    EventType.NOT_LOCATED: ((NON_CONTACTABLE,), (MISSING,)),
    EventType.LOCATED: ((MISSING,), _IN_CONTACT),
    EventType.UNSPECIFIED: ((None, *VehicleState), tuple(VehicleState)),
}

Change = tuple[VehicleState | None, VehicleState]


@dataclass(frozen=True)
class StateChange:
    """One thing that changes the state of vehicles."""

    #: By the states before and after: the events, in their order.
    events: Mapping[Change, tuple[EventType, ...]]
    #: The events of an action on vehicles that staff took out of service for a reason.
    events_by_reason: Mapping[OutOfServiceReason, tuple[EventType, ...]] = field(
        default_factory=dict
    )

    @property
    def states_before(self) -> list[VehicleState]:
        """The states that it changes."""
        return sorted({before for before, _ in self.events if before})

    @property
    def withdraws_reserved(self) -> bool:
        """Whether it takes vehicles away that riders have reserved."""
        return any(
            before is RESERVED and after not in (AVAILABLE, ON_TRIP)
            for before, after in self.events
        )


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
#: By staff, for a reason. MDS has no way from ``reserved`` but to cancel first.
TAKEN_OUT_OF_SERVICE_FOR: Mapping[OutOfServiceReason, StateChange] = {
    reason: StateChange(
        {
            (AVAILABLE, NON_OPERATIONAL): (EventType(reason.value),),
            (RESERVED, NON_OPERATIONAL): (
                EventType.RESERVATION_CANCEL,
                EventType(reason.value),
            ),
            (NON_CONTACTABLE, NON_OPERATIONAL): (EventType.UNSPECIFIED,),
        }
    )
    for reason in OutOfServiceReason
}
#: By a critical report.
TAKEN_OUT_OF_SERVICE = TAKEN_OUT_OF_SERVICE_FOR[OutOfServiceReason.MAINTENANCE]
#: By a task that is started. MDS has no way from ``elsewhere`` but to pick the vehicle up.
TAKEN_OUT_FOR_TASK: Mapping[OutOfServiceReason, StateChange] = {
    reason: StateChange({**change.events, (ELSEWHERE, NON_OPERATIONAL): (EventType.UNSPECIFIED,)})
    for reason, change in TAKEN_OUT_OF_SERVICE_FOR.items()
}
RETURNED_TO_SERVICE = StateChange(
    {(NON_OPERATIONAL, AVAILABLE): (EventType.MAINTENANCE,)},
    events_by_reason={
        OutOfServiceReason.BATTERY_LOW: (EventType.BATTERY_CHARGED,),
        OutOfServiceReason.SYSTEM_SUSPEND: (EventType.SYSTEM_RESUME,),
    },
)
BATTERY_SWAPPED = StateChange({(NON_OPERATIONAL, AVAILABLE): (EventType.BATTERY_CHARGED,)})
#: To a depot, a van or a workshop. MDS has no way from ``missing`` or ``non_contactable`` but to
#: find the vehicle first.
PICKED_UP_FOR: Mapping[PickUpReason, StateChange] = {
    reason: StateChange(
        {
            **{(before, REMOVED): (EventType(reason.value),) for before in _PICKED_UP_FROM},
            (RESERVED, REMOVED): (EventType.RESERVATION_CANCEL, EventType(reason.value)),
            (MISSING, REMOVED): (EventType.LOCATED, EventType(reason.value)),
            (NON_CONTACTABLE, REMOVED): (EventType.COMMS_RESTORED, EventType(reason.value)),
        }
    )
    for reason in PickUpReason
}
#: Put on the street, or found there ready to ride.
DEPLOYED = StateChange(
    {
        **{
            (before, AVAILABLE): (EventType.PROVIDER_DROP_OFF,)
            for before in (REMOVED, NON_CONTACTABLE, MISSING)
        },
        (NON_OPERATIONAL, AVAILABLE): (EventType.MAINTENANCE,),
    }
)
#: By staff, or because the feed does not name the vehicle any more.
MARKED_MISSING = StateChange(
    {
        **{
            (before, MISSING): (EventType.COMMS_LOST, EventType.NOT_LOCATED)
            for before in (AVAILABLE, NON_OPERATIONAL, ELSEWHERE)
        },
        (NON_CONTACTABLE, MISSING): (EventType.NOT_LOCATED,),
    }
)
FOUND = StateChange({(MISSING, NON_OPERATIONAL): (EventType.LOCATED,)})
RETIRED = StateChange(
    {
        (before, REMOVED): (EventType.DECOMMISSIONED,)
        for before in (AVAILABLE, NON_OPERATIONAL, ELSEWHERE, NON_CONTACTABLE, MISSING)
    }
)
IMPORTED = StateChange(
    {
        (None, AVAILABLE): (EventType.PROVIDER_DROP_OFF,),
        (None, NON_OPERATIONAL): (EventType.PROVIDER_DROP_OFF, EventType.MAINTENANCE),
        (None, NON_CONTACTABLE): (EventType.PROVIDER_DROP_OFF, EventType.COMMS_LOST),
        (AVAILABLE, NON_OPERATIONAL): (EventType.MAINTENANCE,),
        (NON_OPERATIONAL, AVAILABLE): (EventType.MAINTENANCE,),
        (MISSING, AVAILABLE): (EventType.LOCATED,),
        (MISSING, NON_OPERATIONAL): (EventType.LOCATED,),
        (MISSING, NON_CONTACTABLE): (EventType.LOCATED, EventType.COMMS_LOST),
        # The vehicle has not reported for long, and reports again.
        (AVAILABLE, NON_CONTACTABLE): (EventType.COMMS_LOST,),
        (NON_OPERATIONAL, NON_CONTACTABLE): (EventType.COMMS_LOST,),
        (NON_CONTACTABLE, AVAILABLE): (EventType.COMMS_RESTORED,),
        (NON_CONTACTABLE, NON_OPERATIONAL): (EventType.COMMS_RESTORED,),
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
