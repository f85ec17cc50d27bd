"""The files of exports: what they are called, and their bytes, one part after the other."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from webapp.exports.columns import Export
from webapp.exports.enums import ExportFormat
from webapp.exports.geojson import as_geojson
from webapp.exports.xlsx import as_xlsx
from webapp.web.responses import as_csv, join_chunks

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.GEOJSON: "application/geo+json",
}


def make_file_name(export: Export[Any], file_format: ExportFormat, today: date) -> str:
    """Return a name like ``movr-rides-new-york-2026-07-31.csv``. Any: of any rows.

    today: in the city.
    """
    city = "-".join(export.city.name.split())
    return f"movr-{export.table.name}-{city}-{today}.{file_format}"


def stream_file(export: Export[Any], file_format: ExportFormat) -> Iterator[bytes]:
    """Yield the parts of a file. Rows are read when they are needed. Any: of any rows.

    Raises ExportTookTooLong; TooManyRows if a spreadsheet would be too long, before the first part.
    """
    if file_format is ExportFormat.XLSX:
        yield from as_xlsx(export)
        return
    if file_format is ExportFormat.GEOJSON:
        texts = as_geojson(export)
    else:
        names = [column.name for column in export.columns]
        texts = as_csv(names, map(export.cells, export.rows()))
    for text in join_chunks(texts):
        yield text.encode()
