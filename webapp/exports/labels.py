"""What people read for the formats of files."""

from webapp.exports.enums import ExportFormat, ExportPeriod
from webapp.translations import lazy_gettext as _l

FORMAT_LABELS = {
    ExportFormat.CSV: _l("Download CSV"),
    ExportFormat.XLSX: _l("Download Excel (XLSX)"),
    ExportFormat.GEOJSON: _l("Download map (GeoJSON)"),
}

PERIOD_LABELS = {
    ExportPeriod.DAY: _l("Every day"),
    ExportPeriod.WEEK: _l("Every week"),
    ExportPeriod.MONTH: _l("Every month"),
}
