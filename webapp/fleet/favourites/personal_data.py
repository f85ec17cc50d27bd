"""Favourites in the personal data export."""

from webapp.fleet.favourites.models import SavedPlace, SavedVehicle
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = (
    ExportSection(
        name="saved-vehicles",
        label=_l("Saved vehicles"),
        model=SavedVehicle,
        columns=("region", "saved_at", "waiting_at"),
        conditions=rows_with_key(SavedVehicle, "rider_region", "rider_id"),
        order=("saved_at", "vehicle_id"),
    ),
    ExportSection(
        name="saved-places",
        label=_l("Saved places"),
        model=SavedPlace,
        columns=("label", "lat", "lon", "created_at"),
        conditions=rows_with_key(SavedPlace, id="rider_id"),
        order=("created_at", "id"),
    ),
)
