"""The page of a data export: how far it is, downloading it, and deleting it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.riders.data_exports.archive import ARCHIVE_NAME, count_files
from webapp.riders.data_exports.queries import find_data_export
from webapp.riders.data_exports.services import (
    delete_data_export,
    download_data_export,
    request_data_export,
)
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, signed_in
from webapp.web.responses import binary_attachment

bp = Blueprint("data_exports", __name__, url_prefix="/users/me/data/export")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show how far the export is. It has none of its data, so no recent authentication is needed
    while the page waits."""
    export = find_data_export(current_user.key)
    if export is None:
        return redirect(url_for("riders.personal_data.index"), 303)
    return render_template("riders/data_export.html", export=export, total_files=count_files())


@bp.post("")
@signed_in
@recently_authenticated
def request_again() -> ResponseReturnValue:
    """Request an export again that failed or has expired."""
    request_data_export(current_user.key)
    return redirect(url_for("riders.data_exports.show"), 303)


@bp.post("/download")
@signed_in
@recently_authenticated
def download() -> ResponseReturnValue:
    """Download the archive."""
    archive = download_data_export(current_user.key)
    return binary_attachment(archive.parts, ARCHIVE_NAME, "application/zip", archive.size_bytes)


@bp.post("/delete")
@signed_in
def delete() -> ResponseReturnValue:
    """Delete the export, also one that is being written."""
    delete_data_export(current_user.key)
    flash(_("The file has been deleted."), "info")
    return redirect(url_for("riders.personal_data.index"), 303)
