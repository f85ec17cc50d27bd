"""Scheduled exports in the personal data export."""

from webapp.exports.models import ScheduledExport
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="scheduled-exports",
    label=_l("The exports that you get by e-mail"),
    model=ScheduledExport,
    columns=("table_name", "city", "filters", "period", "due_at", "created_at"),
    conditions=rows_with_key(ScheduledExport, id="user_id"),
    order=("created_at", "id"),
)
