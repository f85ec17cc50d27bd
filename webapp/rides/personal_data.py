"""Rides and their paths in a rider's personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.rides.models import Ride, RidePath
from webapp.rides.services.paths import rider_paths_condition
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = [
    ExportSection(
        name="rides",
        label=_l("Your rides"),
        model=Ride,
        columns=(
            "region", "id", "city", "vehicle_id", "started_at", "start_address", "start_lat",
            "start_lon", "ended_at", "end_address", "end_lat", "end_lon", "plan_id", "paused_at",
            "paused_s", "distance_m", "price", "currency", "price_lines", "rating", "rating_note",
            "note_is_public", "note_hidden_at",
            "reminded_at", "overdue_at", "end_reason", "charged_until", "end_pressed_at",
            "end_received_at", "resumed_at",
        ),
        conditions=rows_with_key(Ride, "rider_region", "rider_id"),
        order=("started_at", "id"),
    ),
    ExportSection(
        name="ride-paths",
        label=_l("Your ride routes"),
        model=RidePath,
        columns=("region", "ride_id", "points", "changed_at"),
        conditions=lambda rider_key: [[rider_paths_condition(rider_key)]],
        order=("region", "ride_id"),
    ),
]  # fmt: skip
