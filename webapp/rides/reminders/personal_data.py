"""Reminders in a rider's personal data export."""

from webapp.personal_data import ExportSection
from webapp.rides.reminders.models import RideReminder
from webapp.rides.reminders.services import rider_reminders_condition
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="ride-reminders",
    label=_l("Your reminders"),
    model=RideReminder,
    columns=("region", "ride_id", "kind", "due_at", "amount"),
    conditions=lambda rider_key: [[rider_reminders_condition(rider_key)]],
    order=("region", "ride_id", "kind"),
)
