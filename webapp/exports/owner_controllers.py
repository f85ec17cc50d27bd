"""The file that owners take out: their own ledger."""

from datetime import UTC, datetime

from flask import Blueprint, Response
from flask_login import current_user

from webapp.exports.columns import Export, ExportFilter
from webapp.exports.enums import ExportFormat
from webapp.exports.files import MEDIA_TYPES, make_file_name, stream_file
from webapp.exports.tables.single_owner_ledger import make_single_owner_ledger
from webapp.regions.catalogue import city_or_404
from webapp.web.access import signed_in
from webapp.web.responses import binary_attachment

bp = Blueprint("single_owner_ledger", __name__)


@bp.get("/vehicles/mine/earnings/<city_name>/ledger.csv", defaults={"format_name": "csv"})
@bp.get("/vehicles/mine/earnings/<city_name>/ledger.xlsx", defaults={"format_name": "xlsx"})
@signed_in
def download(city_name: str, format_name: str) -> Response:
    """Download what the viewer has earned in a city and was paid: a row for each entry."""
    city, file_format = city_or_404(city_name), ExportFormat(format_name)
    table = make_single_owner_ledger(current_user.key)
    export = Export(table, ExportFilter(city), table.columns)
    name = make_file_name(export, file_format, datetime.now(UTC).astimezone(city.zone).date())
    return binary_attachment(stream_file(export, file_format), name, MEDIA_TYPES[file_format])
