"""The data export in itself. Its archive is the copy that the person downloads."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.data_exports.models import DataExport
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="data-exports",
    label=_l("Your data export"),
    model=DataExport,
    columns=("requested_at", "finished_at", "failed_at", "expires_at", "size_bytes"),
    conditions=rows_with_key(DataExport, id="user_id"),
    order=("id",),
)
