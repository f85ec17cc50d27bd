"""Vehicles in the personal data export."""

from webapp.fleet.models import Vehicle
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="vehicles",
    label=_l("Your vehicles"),
    model=Vehicle,
    columns=(
        "region", "id", "code", "city", "form_factor", "propulsion_type", "brand", "color",
        "state", "address", "lat", "lon", "range_m", "battery_percent", "feed_system",
        "feed_vehicle", "feed_source", "created_at",
    ),
    conditions=rows_with_key(Vehicle, "owner_region", "owner_id"),
    order=("created_at", "id"),
)  # fmt: skip
