"""What vehicles are whose type a feed does not state."""

from webapp.errors import DomainError
from webapp.fleet.enums import FormFactor, PropulsionType
from webapp.fleet.gbfs.vehicle_types import FeedVehicleType
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.translations import gettext as _


class UnknownVehicleType(DomainError):
    """Nobody has set up a type of this name."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__()
        names = ", ".join(vehicle_types().names)
        self.message = _(
            "There is no vehicle type “%(name)s”, only: %(names)s.", name=name, names=names
        )


def find_default_type(name: str | None) -> FeedVehicleType | None:
    """Return the type of that name, None without a name; raises UnknownVehicleType."""
    if not name:
        return None
    vehicle_type = vehicle_types().names.get(name)
    if vehicle_type is None:
        raise UnknownVehicleType(name)
    form_factor, propulsion_type = vehicle_type
    return FeedVehicleType(FormFactor(form_factor), PropulsionType(propulsion_type))
