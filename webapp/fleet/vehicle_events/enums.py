"""Types of events of MDS 2.0, mode ``micromobility``, what causes them, and what staff do."""

from enum import StrEnum


class EventType(StrEnum):
    """MDS 2.0 ``event_types`` that MovR uses."""

    BATTERY_CHARGED = "battery_charged"
    BATTERY_LOW = "battery_low"
    COMMS_LOST = "comms_lost"
    COMMS_RESTORED = "comms_restored"
    COMPLIANCE_PICK_UP = "compliance_pick_up"
    DECOMMISSIONED = "decommissioned"
    LOCATED = "located"
    MAINTENANCE = "maintenance"
    MAINTENANCE_PICK_UP = "maintenance_pick_up"
    NOT_LOCATED = "not_located"
    PROVIDER_DROP_OFF = "provider_drop_off"
    REBALANCE_PICK_UP = "rebalance_pick_up"
    RESERVATION_CANCEL = "reservation_cancel"
    RESERVATION_START = "reservation_start"
    SYSTEM_RESUME = "system_resume"
    SYSTEM_SUSPEND = "system_suspend"
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
    #: Time has passed: a reservation has expired.
    TIME = "time"
    #: A release of MovR that writes no events, or somebody in the database.
    UNKNOWN = "unknown"


class VehicleAction(StrEnum):
    """What staff do with a vehicle."""

    TAKE_OUT_OF_SERVICE = "take_out_of_service"
    RETURN_TO_SERVICE = "return_to_service"
    SWAP_BATTERY = "swap_battery"
    MOVE = "move"
    PICK_UP = "pick_up"
    DEPLOY = "deploy"
    MARK_MISSING = "mark_missing"
    MARK_FOUND = "mark_found"
    EDIT = "edit"
    CHANGE_CODE = "change_code"
    TRANSFER = "transfer"
    RETIRE = "retire"
