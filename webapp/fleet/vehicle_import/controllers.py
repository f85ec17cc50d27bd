"""The pages of files with vehicles: template, upload, preview, and progress; those
of owners, and what staff share with them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_number_cursor
from webapp.errors import DomainError
from webapp.fleet.vehicle_import.forms import UploadForm
from webapp.fleet.vehicle_import.parsing import COLUMNS, MAX_ROWS, ParsedFile
from webapp.fleet.vehicle_import.queries import find_preview, list_imports
from webapp.fleet.vehicle_import.services import check_file, confirm_import
from webapp.fleet.vehicle_import.spreadsheets import MAX_FILE_BYTES
from webapp.fleet.vehicle_import.template_files import make_csv_template, make_xlsx_template
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import signed_in
from webapp.web.request_limits import accepts_files
from webapp.web.responses import attachment, binary_attachment

bp = Blueprint("vehicle_import", __name__, url_prefix="/vehicles/import")
MAX_REQUEST_BYTES = MAX_FILE_BYTES + 64 * 1024
XLSX_MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.route("", methods=["GET", "POST"])
@signed_in
@accepts_files(MAX_REQUEST_BYTES)
def upload() -> ResponseReturnValue:
    """Upload a file with vehicles; see what is wrong in it, or its preview."""
    return handle_upload(city_or_404(current_user.city), is_operator_fleet=False)


def handle_upload(city: City, *, is_operator_fleet: bool) -> ResponseReturnValue:
    """Check the file that was sent, if any, and show its preview, or the form with its errors."""
    form = UploadForm()
    parsed: ParsedFile | None = None
    if form.validate_on_submit():
        try:
            parsed, import_key = check_file(
                current_user, form.content, city, is_operator_fleet=is_operator_fleet
            )
            if import_key:
                return redirect(url_for("fleet.vehicle_import.show", import_key=import_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    if parsed:  # with errors
        form.file.errors = [_("Correct the file and upload it again.")]
    return render_form(
        "fleet/vehicle_import/upload.html",
        form,
        city=city,
        is_operator_fleet=is_operator_fleet,
        parsed=parsed,
        imports=list_imports(current_user.key, city.name if is_operator_fleet else None),
        columns=COLUMNS,
        types=vehicle_types().offered_names,
        max_rows=MAX_ROWS,
    )


@bp.get("/<key:import_key>")
@signed_in
def show(import_key: RowKey) -> ResponseReturnValue:
    """The vehicles of a file: to confirm, on their way to the map, or there."""
    preview = find_preview(
        current_user.key, import_key, read_number_cursor(request.args.get("after"))
    )
    city = catalogue().find(preview.vehicle_import.city)
    return render_template(
        "fleet/vehicle_import/show.html", **preview._asdict(), city=city, import_key=import_key
    )


@bp.post("/<key:import_key>")
@signed_in
def confirm(import_key: RowKey) -> ResponseReturnValue:
    """Add all vehicles of a file that was shown."""
    return handle_confirmation(import_key, is_operator_fleet=False)


def handle_confirmation(import_key: RowKey, *, is_operator_fleet: bool) -> ResponseReturnValue:
    """Add all vehicles of a file of this kind, and show how far it is."""
    confirm_import(current_user, import_key, is_operator_fleet=is_operator_fleet)
    return redirect(url_for("fleet.vehicle_import.show", import_key=import_key), 303)


@bp.get("/template.csv")
@signed_in
def download_csv_template() -> ResponseReturnValue:
    """Download a file to fill in, as CSV."""
    return attachment(make_csv_template(_template_city()), "movr-vehicles.csv", "text/csv")


@bp.get("/template.xlsx")
@signed_in
def download_xlsx_template() -> ResponseReturnValue:
    """Download a file to fill in, as XLSX, where types are chosen from a list."""
    content = make_xlsx_template(_template_city())
    return binary_attachment([content], "movr-vehicles.xlsx", XLSX_MIMETYPE, len(content))


def _template_city() -> City:
    """Return the city in which the example of a template stands."""
    return city_or_404(request.args.get("city") or current_user.city)
