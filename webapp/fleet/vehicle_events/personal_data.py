"""Events of vehicles in the personal data export: those that the person caused as an owner or as
staff. Rides have those of riders."""

from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="vehicle-events",
    label=_l("What you did with vehicles"),
    model=VehicleEvent,
    columns=(
        "region",
        "vehicle_id",
        "number",
        "city",
        "occurred_at",
        "state",
        "event_types",
        "action",
        "note",
    ),
    conditions=rows_with_key(VehicleEvent, "actor_region", "actor_id"),
    order=("occurred_at", "vehicle_id", "number"),
)  # fmt: skip
