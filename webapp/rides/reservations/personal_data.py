"""The reservation in a rider's personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.rides.reservations.models import Reservation
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="reservation",
    label=_l("Your last reservation"),
    model=Reservation,
    columns=("vehicle_region", "vehicle_id", "plan_id", "reserved_at", "until", "withdrawn_at"),
    conditions=rows_with_key(Reservation, id="rider_id"),
    order=("rider_id",),
)
