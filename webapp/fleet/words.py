"""The field's own words for vehicles, from MDS 2.0 and GBFS 3.0."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


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


class ZoneKind(StrEnum):
    """What a zone is for."""

    SERVICE_AREA = "service_area"  # rides end in one of these, where a city has any
    NO_PARKING = "no_parking"
    NO_RIDE = "no_ride"  # and so no parking
    SLOW = "slow"


class ReportKind(StrEnum):
    """What can be wrong with a vehicle."""

    DAMAGE = "damage"
    BAD_PARKING = "bad_parking"
    LOST = "lost"
    OTHER = "other"


class ReportState(StrEnum):
    """What becomes of a report."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


#: What an owner may put on the street, by the word in the form.
VEHICLE_TYPES: dict[str, tuple[FormFactor, PropulsionType]] = {
    "bike": (FormFactor.BICYCLE, PropulsionType.HUMAN),
    "e-bike": (FormFactor.BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "cargo-bike": (FormFactor.CARGO_BICYCLE, PropulsionType.ELECTRIC_ASSIST),
    "scooter": (FormFactor.SCOOTER_STANDING, PropulsionType.ELECTRIC),
    "skateboard": (FormFactor.OTHER, PropulsionType.HUMAN),
}

TYPE_LABELS = {
    "bike": _l("Bike"),
    "e-bike": _l("E-bike"),
    "cargo-bike": _l("Cargo bike"),
    "scooter": _l("Scooter"),
    "skateboard": _l("Skateboard"),
}

FORM_FACTOR_LABELS = {
    FormFactor.BICYCLE: _l("Bikes"),
    FormFactor.SCOOTER_STANDING: _l("Scooters"),
    FormFactor.OTHER: _l("Skateboards"),
    FormFactor.CARGO_BICYCLE: _l("Cargo bikes"),
    FormFactor.SCOOTER_SEATED: _l("Seated scooters"),
    FormFactor.MOPED: _l("Mopeds"),
    FormFactor.CAR: _l("Cars"),
}

STATE_LABELS = {
    VehicleState.AVAILABLE: _l("Available"),
    VehicleState.RESERVED: _l("Reserved"),
    VehicleState.ON_TRIP: _l("On a ride"),
    VehicleState.NON_OPERATIONAL: _l("Out of service"),
    VehicleState.REMOVED: _l("Removed"),
    VehicleState.MISSING: _l("Missing"),
}

_ONE_OF_A_KIND = {
    FormFactor.BICYCLE: _l("E-bike"),
    FormFactor.CARGO_BICYCLE: _l("Cargo bike"),
    FormFactor.CAR: _l("Car"),
    FormFactor.MOPED: _l("Moped"),
    FormFactor.SCOOTER_STANDING: _l("Scooter"),
    FormFactor.SCOOTER_SEATED: _l("Seated scooter"),
    FormFactor.OTHER: _l("Vehicle"),
}


_WORD_OF: dict[tuple[str, str], str] = {type_: word for word, type_ in VEHICLE_TYPES.items()}


def type_of(form_factor: str, propulsion_type: str) -> str | None:
    """Return the form's word for a vehicle's type, or None for types that only feeds bring."""
    return _WORD_OF.get((form_factor, propulsion_type))


def type_label(form_factor: str, propulsion_type: str) -> str:
    """Return what people call one vehicle of that type."""
    word = type_of(form_factor, propulsion_type)
    return str(TYPE_LABELS[word] if word else _ONE_OF_A_KIND[FormFactor(form_factor)])
