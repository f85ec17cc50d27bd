"""What rides store about a person."""

from flask_babel import lazy_gettext as _l

from webapp.personal_data import ExportSection, rows_with_key
from webapp.rides.models import Ride
from webapp.rides.reservations.models import Reservation

RIDES = ExportSection(
    name="rides",
    label=_l("Your rides"),
    model=Ride,
    columns=(
        "region", "id", "city", "vehicle_id", "started_at", "start_address", "start_lat",
        "start_lon", "ended_at", "end_address", "end_lat", "end_lon", "plan_id", "paused_at",
        "paused_s", "distance_m", "price", "currency", "price_lines", "rating", "rating_note",
        "reminded_at",
    ),
    conditions=rows_with_key(Ride, "rider_region", "rider_id"),
    order=("started_at", "id"),
)  # fmt: skip


RESERVATION = ExportSection(
    name="reservation",
    label=_l("The vehicle you held last"),
    model=Reservation,
    columns=("vehicle_region", "vehicle_id", "plan_id", "reserved_at", "until"),
    conditions=rows_with_key(Reservation, id="rider_id"),
    order=("rider_id",),
)

EXPORT_SECTIONS = [RIDES, RESERVATION]
