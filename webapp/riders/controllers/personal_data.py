"""The personal data export of a rider: the page, one JSON file, and a CSV file for each section."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.hooks import get_hooks
from webapp.riders.data_exports.queries import find_data_export
from webapp.riders.data_exports.services import request_data_export
from webapp.riders.personal_data import (
    find_section,
    is_small_export,
    read_export,
    record_export,
)
from webapp.web.access import recently_authenticated, signed_in
from webapp.web.responses import as_csv, as_json, attachment

bp = Blueprint("personal_data", __name__, url_prefix="/users/me")


@bp.get("/data")
@signed_in
@recently_authenticated
def index() -> ResponseReturnValue:
    """Offer the files."""
    return render_template(
        "riders/personal_data.html",
        sections=get_hooks().export_sections,
        export=find_data_export(current_user.key),
    )


@bp.post("/data.json")
@signed_in
@recently_authenticated
def download_json() -> ResponseReturnValue:
    """Download all sections as one file. Of a large account a worker makes an archive."""
    user_key = current_user.key
    if not is_small_export(user_key):
        request_data_export(user_key)
        return redirect(url_for("riders.data_exports.show"), 303)
    record_export(user_key, "everything")
    return attachment(as_json(read_export(user_key)), "movr.json", "application/json")


@bp.post("/data/<section_name>.csv")
@signed_in
@recently_authenticated
def download_csv(section_name: str) -> ResponseReturnValue:
    """Download one section as a table."""
    user_key, section = current_user.key, find_section(section_name)
    record_export(user_key, section_name)
    rows = as_csv(section.columns, section.rows(user_key))
    return attachment(rows, f"movr-{section_name}.csv", "text/csv")
