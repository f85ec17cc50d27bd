"""Bulk actions in the personal data export of the staff who started them."""

from webapp.fleet.bulk_actions.models import BulkAction
from webapp.personal_data import ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="bulk-actions",
    label=_l("What you did with many vehicles"),
    model=BulkAction,
    columns=(
        "region", "id", "city", "action", "details", "filter", "undoes_id", "created_at",
        "finished_at",
    ),
    conditions=rows_with_key(BulkAction, "creator_region", "creator_id"),
    order=("created_at", "id"),
)  # fmt: skip
