"""The steps that are counted."""

from enum import StrEnum

from webapp.fleet.vehicle_events.enums import EventType


class UsageStep(StrEnum):
    """What ``usage_counts`` has."""

    #: A page that was opened, or a form that was sent.
    SEARCH = "search"
    EMPTY_SEARCH = "empty_search"
    VEHICLE = "vehicle"
    SIGN_UP = "sign_up"
    #: A ride that ended, and was the first or second one of its rider in the city.
    FIRST_RIDE = "first_ride"
    SECOND_RIDE = "second_ride"


class FunnelStep(StrEnum):
    """A line of the page."""

    SEARCH = UsageStep.SEARCH.value
    VEHICLE = UsageStep.VEHICLE.value
    SIGN_UP = UsageStep.SIGN_UP.value
    FIRST_RIDE = UsageStep.FIRST_RIDE.value
    SECOND_RIDE = UsageStep.SECOND_RIDE.value
    EMPTY_SEARCH = UsageStep.EMPTY_SEARCH.value
    RESERVATION = "reservation"
    RIDE_START = "ride_start"
    RIDE_END = "ride_end"


#: Steps that are events of vehicles.
EVENTS = {
    FunnelStep.RESERVATION: EventType.RESERVATION_START,
    FunnelStep.RIDE_START: EventType.TRIP_START,
    FunnelStep.RIDE_END: EventType.TRIP_END,
}
#: From the first look to the second ride.
FUNNEL = (
    FunnelStep.SEARCH,
    FunnelStep.VEHICLE,
    FunnelStep.SIGN_UP,
    FunnelStep.FIRST_RIDE,
    FunnelStep.SECOND_RIDE,
)
#: What else people do.
OTHER_STEPS = tuple(step for step in FunnelStep if step not in FUNNEL)
