"""Files with vehicles in the personal data export of their owners. Their vehicles are in another
section once they were added."""

from webapp.fleet.vehicle_import.models import VehicleImport
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="vehicle-imports",
    label=_l("Files with vehicles that you uploaded"),
    model=VehicleImport,
    columns=(
        "region",
        "id",
        "city",
        "is_operator_fleet",
        "row_count",
        "created_at",
        "confirmed_at",
        "applied_at",
    ),
    conditions=rows_with_key(VehicleImport, "owner_region", "owner_id"),
    order=("created_at", "id"),
)
