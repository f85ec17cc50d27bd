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


#: States in which the public sees a vehicle: it stands in the street.
IN_THE_STREET = (VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.NON_OPERATIONAL)


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


#: What an owner may put on the street, by the word in the form.
VEHICLE_TYPES: dict[str, tuple[FormFactor, PropulsionType]] = {
    "bike": (FormFactor.BICYCLE, PropulsionType.HUMAN),
    "e-bike": (FormFactor.BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "cargo-bike": (FormFactor.CARGO_BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "scooter": (FormFactor.SCOOTER_STANDING, PropulsionType.ELECTRIC),
    "skateboard": (FormFactor.OTHER, PropulsionType.HUMAN),
}


_WORD_OF: dict[tuple[str, str], str] = {type_: word for word, type_ in VEHICLE_TYPES.items()}


def type_of(form_factor: str, propulsion_type: str) -> str | None:
    """Return the form's word for a vehicle's type, or None for types that only feeds bring."""
    return _WORD_OF.get((form_factor, propulsion_type))
