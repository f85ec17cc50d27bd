"""Types of events of MDS 2.0, mode ``micromobility``, and what causes them."""

from enum import StrEnum


class EventType(StrEnum):
    """MDS 2.0 ``event_types`` that MovR uses."""

    COMMS_LOST = "comms_lost"
    DECOMMISSIONED = "decommissioned"
    LOCATED = "located"
    MAINTENANCE = "maintenance"
    NOT_LOCATED = "not_located"
    PROVIDER_DROP_OFF = "provider_drop_off"
    RESERVATION_CANCEL = "reservation_cancel"
    RESERVATION_START = "reservation_start"
    TRIP_END = "trip_end"
    TRIP_START = "trip_start"
    #: A change that nobody has recorded, or the first state that is known.
    UNSPECIFIED = "unspecified"


class EventCause(StrEnum):
    """Who or what changed the state."""

    RIDER = "rider"
    OWNER = "owner"
    STAFF = "staff"
    #: A feed that was imported.
    FEED = "feed"
    #: Time has passed: a reservation has lapsed.
    TIME = "time"
    #: A release of MovR that writes no events, or somebody in the database.
    UNKNOWN = "unknown"
