"""Kinds of alerts about vehicles."""

from enum import StrEnum

from webapp.fleet.enums import VehicleState


class AlertKind(StrEnum):
    """Why a vehicle needs somebody. Rules make tasks of the same kinds (``fleet/tasks/rules.py``).
    Other modules add counters of their own to the board (``Hooks``)."""

    BATTERY_LOW = "battery_low"
    #: It is in the state ``non_contactable``. Its value is stored, and older than the words.
    NO_CONTACT = "not_heard_of"
    IDLE = "idle"
    OUT_OF_SERVICE = "out_of_service"
    #: Its last rides were all too short to lead anywhere: it is likely broken.
    SHORT_RIDES = "short_rides"
    #: It was reserved again and again since its last ride.
    RESERVED_OFTEN = "reserved_often"
    #: It stands in no service area of its city.
    OUTSIDE_AREA = "outside_area"


#: Alerts about vehicles that are in a state for long. Nobody changes the state when a reservation
#: ends: a vehicle that is reserved for days is idle.
ALERT_STATES = {
    AlertKind.NO_CONTACT: (VehicleState.NON_CONTACTABLE,),
    AlertKind.IDLE: (VehicleState.AVAILABLE, VehicleState.RESERVED),
    AlertKind.OUT_OF_SERVICE: (VehicleState.NON_OPERATIONAL,),
}
#: Alerts that no column of ``vehicles`` tells: a job finds and records them (``VehicleAlert``).
RECORDED_KINDS = (AlertKind.SHORT_RIDES, AlertKind.RESERVED_OFTEN, AlertKind.OUTSIDE_AREA)
#: The states of the other alerts: the vehicle is on the street, and nobody rides it.
IDLE_ON_STREET_STATES = (
    VehicleState.AVAILABLE,
    VehicleState.RESERVED,
    VehicleState.NON_OPERATIONAL,
)
#: The highest charge that is low, percent: the index has no others.
MAX_LOW_BATTERY = 50
