"""Hiding what a rider wrote from the page of the vehicle, and showing it again."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.forms import Form, RequiredWhyField, render_form
from webapp.rides.remarks import find_remark, hide_remark, show_remark
from webapp.translations import gettext as _
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("remarks", __name__, url_prefix="/fleet/rides/<key:ride_key>/remark")


class RemarkForm(RequiredWhyField, Form):
    """Why a remark is hidden, or shown again."""


@bp.route("/hide", methods=["GET", "POST"])
@requires(Permission.MODERATE_PROFILES)
def hide(ride_key: RowKey) -> ResponseReturnValue:
    """Hide the remark of a rider; the stars count on."""
    form = RemarkForm()
    if form.validate_on_submit():
        hide_remark(current_user, ride_key, form.why.data)
        flash(_("Hidden. Staff still read it on the page of the vehicle."), "success")
        return redirect(url_for("fleet.board.index"), 303)
    remark = find_remark(current_user, ride_key)
    return render_form("rides/staff/hide_remark.html", form, ride_key=ride_key, remark=remark)


@bp.route("/show", methods=["GET", "POST"])
@requires(Permission.MODERATE_PROFILES)
def show(ride_key: RowKey) -> ResponseReturnValue:
    """Show a hidden remark to riders again."""
    form = RemarkForm()
    if form.validate_on_submit():
        show_remark(current_user, ride_key, form.why.data)
        flash(_("Riders read the remark again."), "success")
        return redirect(url_for("fleet.board.index"), 303)
    remark = find_remark(current_user, ride_key, is_hidden=True)
    return render_form("rides/staff/show_remark.html", form, ride_key=ride_key, remark=remark)
