"""What an owner enters about a vehicle."""

from dataclasses import dataclass

from webapp.fleet.services.places import place_columns
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.regions.geography import Place


@dataclass(frozen=True)
class VehicleDescription:
    """The fields of the owner's form. ``type`` is the name of a type."""

    type: str
    brand: str
    color: str
    place: Place

    def columns(self) -> dict[str, object]:
        """Return the columns of the vehicle."""
        form_factor, propulsion_type = vehicle_types().names[self.type]
        return {
            "form_factor": form_factor,
            "propulsion_type": propulsion_type,
            "brand": self.brand,
            "color": self.color,
            **place_columns(self.place),
        }
