"""Vehicle states of MDS 2.0, and vehicle types of GBFS 3.0."""

from enum import StrEnum


class VehicleState(StrEnum):
    """MDS 2.0 vehicle states of mode ``micromobility`` that MovR uses."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    ON_TRIP = "on_trip"
    NON_OPERATIONAL = "non_operational"
    REMOVED = "removed"
    MISSING = "missing"
    NON_CONTACTABLE = "non_contactable"
    ELSEWHERE = "elsewhere"


#: States in which the public sees a vehicle on the map.
PUBLIC_STATES = (VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.NON_OPERATIONAL)
#: States in which nobody uses a vehicle (``idle_condition``).
IDLE_STATES = (
    VehicleState.AVAILABLE,
    VehicleState.NON_OPERATIONAL,
    VehicleState.NON_CONTACTABLE,
    VehicleState.ELSEWHERE,
    VehicleState.MISSING,
)


class OutOfServiceReason(StrEnum):
    """Why staff have taken a vehicle out of service: the MDS 2.0 event type with which it leaves
    the state ``available``."""

    MAINTENANCE = "maintenance"
    BATTERY_LOW = "battery_low"
    #: The operator or the city has suspended the service: bad weather, an event in the street.
    SYSTEM_SUSPEND = "system_suspend"


class OutOfServiceCause(StrEnum):
    """What keeps a vehicle out of service, whatever reason staff have given."""

    TASK = "task_in_progress"
    REPORT = "unsafe_report"


class PickUpReason(StrEnum):
    """Why staff have picked a vehicle up: the MDS 2.0 event type."""

    MAINTENANCE = "maintenance_pick_up"
    REBALANCE = "rebalance_pick_up"
    #: It stood where it must not stand.
    COMPLIANCE = "compliance_pick_up"


class FormFactor(StrEnum):
    """GBFS 3.0 ``form_factor``. A skateboard is ``other``, driven by ``human``."""

    BICYCLE = "bicycle"
    CARGO_BICYCLE = "cargo_bicycle"
    CAR = "car"
    MOPED = "moped"
    SCOOTER_STANDING = "scooter_standing"
    SCOOTER_SEATED = "scooter_seated"
    OTHER = "other"


class PropulsionType(StrEnum):
    """GBFS 3.0 ``propulsion_type``."""

    HUMAN = "human"
    ELECTRIC_ASSIST = "electric_assist"
    ELECTRIC = "electric"
    COMBUSTION = "combustion"
    COMBUSTION_DIESEL = "combustion_diesel"
    HYBRID = "hybrid"
    PLUG_IN_HYBRID = "plug_in_hybrid"
    HYDROGEN_FUEL_CELL = "hydrogen_fuel_cell"


#: A form factor and a propulsion type; '' stands for any where a condition is meant.
VehicleType = tuple[str, str]

#: The types that MovR knows by itself, by their name in forms and files. Admins add others
#: (webapp/fleet/vehicle_types).
VEHICLE_TYPES: dict[str, tuple[FormFactor, PropulsionType]] = {
    "bike": (FormFactor.BICYCLE, PropulsionType.HUMAN),
    "e-bike": (FormFactor.BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "cargo-bike": (FormFactor.CARGO_BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "scooter": (FormFactor.SCOOTER_STANDING, PropulsionType.ELECTRIC),
    "skateboard": (FormFactor.OTHER, PropulsionType.HUMAN),
}
