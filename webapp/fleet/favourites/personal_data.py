"""What saved vehicles and places tell about a person."""

from flask_babel import lazy_gettext as _l

from webapp.db.keys import RowKey
from webapp.fleet.favourites.models import SavedPlace, SavedVehicle
from webapp.riders.personal_data import Conditions, Holding


def _vehicles(person: RowKey) -> list[Conditions]:
    return [[SavedVehicle.rider_region == person.region, SavedVehicle.rider_id == person.id]]


def _places(person: RowKey) -> list[Conditions]:
    return [[SavedPlace.region == person.region, SavedPlace.rider_id == person.id]]


HELD = (
    Holding(
        "saved-vehicles",
        _l("Vehicles that you have saved"),
        SavedVehicle,
        ("region", "saved_at", "waiting_at"),
        _vehicles,
        ("saved_at", "vehicle_id"),
    ),
    Holding(
        "saved-places",
        _l("Places that you have saved"),
        SavedPlace,
        ("label", "lat", "lon", "created_at"),
        _places,
        ("created_at", "id"),
    ),
)
