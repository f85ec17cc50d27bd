"""What people read for vehicle types and states."""

from markupsafe import escape

from webapp.fleet.enums import FormFactor, VehicleState, VehicleType
from webapp.fleet.vehicle_columns import VehicleColumns
from webapp.fleet.vehicle_types.settings import find_type_name, find_type_settings, vehicle_types
from webapp.translations import find_label, label_in_language, lowercase_noun
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

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
    VehicleState.NON_CONTACTABLE: _l("No contact"),
    VehicleState.MISSING: _l("Missing"),
    VehicleState.ELSEWHERE: _l("Outside the city"),
    VehicleState.REMOVED: _l("Not on the street"),
}

#: One vehicle of a form factor whose type has no name.
_SINGULAR_LABELS = {
    FormFactor.BICYCLE: _l("E-bike"),
    FormFactor.CARGO_BICYCLE: _l("Cargo bike"),
    FormFactor.CAR: _l("Car"),
    FormFactor.MOPED: _l("Moped"),
    FormFactor.SCOOTER_STANDING: _l("Scooter"),
    FormFactor.SCOOTER_SEATED: _l("Seated scooter"),
    FormFactor.OTHER: _l("Vehicle"),
}


def type_label(form_factor: str, propulsion_type: str) -> str:
    """Return what people call one vehicle of that type."""
    settings = find_type_settings(form_factor, propulsion_type)
    if own_label := label_in_language(settings.labels, settings.label):
        return own_label
    type_name = find_type_name((form_factor, propulsion_type)) or ""
    if type_name in TYPE_LABELS:
        return str(TYPE_LABELS[type_name])
    return find_label(_SINGULAR_LABELS, form_factor)


def list_type_choices(offered_only: bool) -> list[tuple[str, str]]:
    """Return the name and the label of each type. offered_only: without the archived ones."""
    types = vehicle_types()
    names = types.offered_names if offered_only else types.names
    return [(name, type_label(*types.names[name])) for name in names]


def vehicle_name(vehicle: VehicleColumns) -> str:
    """Return the name of a vehicle for people: its brand and type, ``Okai scooter``."""
    return name_vehicle(vehicle.brand, vehicle.form_factor, vehicle.propulsion_type)


def name_vehicle(brand: str | None, form_factor: str, propulsion_type: str) -> str:
    """Return the ``vehicle_name`` of a vehicle of that brand and type."""
    type_ = name = type_label(form_factor, propulsion_type)
    if brand:
        name = _("%(brand)s %(type)s", brand=brand, type=lowercase_noun(type_))
    return name[:1].upper() + name[1:]


def icon_name(vehicle: VehicleColumns) -> str:
    """Return the name of the icon of a vehicle (static/img/icons.svg)."""
    return type_icon_name((vehicle.form_factor, vehicle.propulsion_type))


def type_icon_name(vehicle_type: VehicleType) -> str:
    """Return the name of the icon of a type."""
    form_factor, propulsion_type = vehicle_type
    if own_icon := find_type_settings(form_factor, propulsion_type).icon:
        return own_icon
    if "bicycle" in form_factor:
        return "bike"
    if form_factor == FormFactor.OTHER:
        return "skateboard"
    return "car" if form_factor == FormFactor.CAR else "scooter"


def vehicle_state_label(state: str) -> str:
    """Return the word people read for a vehicle's state."""
    return str(escape(find_label(STATE_LABELS, state)))


def form_factor_label(form_factor: str) -> str:
    """Return what people call the vehicles of a form factor."""
    return find_label(FORM_FACTOR_LABELS, form_factor)
