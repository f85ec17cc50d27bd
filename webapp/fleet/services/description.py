"""What an owner enters about a vehicle."""

from dataclasses import dataclass

from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.services.places import place_columns
from webapp.regions.geography import Place


@dataclass(frozen=True)
class VehicleDescription:
    """The fields of the owner's form. ``type`` is a key of ``VEHICLE_TYPES``."""

    type: str
    brand: str
    color: str
    place: Place

    def columns(self) -> dict[str, object]:
        """Return the columns of the vehicle."""
        form_factor, propulsion_type = VEHICLE_TYPES[self.type]
        return {
            "form_factor": form_factor.value,
            "propulsion_type": propulsion_type.value,
            "brand": self.brand,
            "color": self.color,
            **place_columns(self.place),
        }
