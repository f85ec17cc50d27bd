"""What people read for propulsion types and icons."""

from webapp.fleet.enums import PropulsionType
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

PROPULSION_LABELS = {
    PropulsionType.HUMAN: _l("no motor"),
    PropulsionType.ELECTRIC_ASSIST: _l("pedals and an electric motor"),
    PropulsionType.ELECTRIC: _l("electric"),
    PropulsionType.COMBUSTION: _l("petrol"),
    PropulsionType.COMBUSTION_DIESEL: _l("diesel"),
    PropulsionType.HYBRID: _l("hybrid"),
    PropulsionType.PLUG_IN_HYBRID: _l("plug-in hybrid"),
    PropulsionType.HYDROGEN_FUEL_CELL: _l("hydrogen"),
}

#: Icons that a type may have: symbols of static/img/icons.svg.
ICON_LABELS = {
    "bike": _l("Bike"),
    "cargo-bike": _l("Cargo bike"),
    "scooter": _l("Scooter"),
    "moped": _l("Moped"),
    "skateboard": _l("Skateboard"),
    "car": _l("Car"),
}


def propulsion_label(propulsion_type: str) -> str:
    """Return what drives vehicles of a propulsion type."""
    return find_label(PROPULSION_LABELS, propulsion_type)
