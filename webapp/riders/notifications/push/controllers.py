"""Turning push messages on and off at a device."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import DomainError
from webapp.riders.notifications.push.subscriptions import (
    read_device,
    turn_off,
    turn_on,
    turn_on_again,
)
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("push", __name__, url_prefix="/notifications/devices")


@bp.post("")
@signed_in
def turn_on_here() -> ResponseReturnValue:
    """Turn push messages on at the viewer's browser (static/js/push.js)."""
    endpoint, public, auth = (request.form.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    try:
        turn_on(current_user, read_device(endpoint, public, auth))
    except DomainError as refusal:
        flash(str(refusal.message), "error")
    else:
        flash(_("Notifications are on at this device."), "success")
    return redirect(url_for("riders.notifications.settings"), 303)


@bp.post("/again")
@signed_in
def turn_on_here_again() -> ResponseReturnValue:
    """Turn push messages on again at the viewer's browser, where they were on until the session
    expired. Its first page after that asks for it by itself (static/js/push.js)."""
    turn_on_again(current_user, request.form.get("endpoint", ""))
    return Response(status=204, mimetype="text/plain")  # the default says HTML


@bp.post("/<uuid:subscription_id>/end")
@signed_in
def end(subscription_id: UUID) -> ResponseReturnValue:
    """Turn push messages off at a device of the viewer."""
    turn_off(current_user.key, subscription_id)
    flash(_("Notifications are off at that device."), "success")
    return redirect(url_for("riders.notifications.settings"), 303)
