"""The apps that have access to an account, for its owner."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.oauth.services.grants import list_grants
from webapp.auth.services.oauth_grants import end_access
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("oauth_apps", __name__)


@bp.get("/account/apps")
@signed_in
def index() -> ResponseReturnValue:
    """A rider sees which apps have access to their account."""
    return render_template("auth/oauth/apps.html", grants=list_grants(current_user.key))


@bp.post("/account/apps/<uuid:client_id>/end")
@signed_in
def end(client_id: UUID) -> ResponseReturnValue:
    """A rider takes their account from an app. That takes power away, so nobody has to type a
    password."""
    end_access(current_user.key, client_id)
    flash(_("The app has no access to your account any more."), "success")
    return redirect(url_for(".index"), 303)
