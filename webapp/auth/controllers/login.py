"""Signing in with a password, and signing out."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.audit.enums import AuditKind
from webapp.auth.controllers.redirects import continue_login, next_url
from webapp.auth.devices import current_device
from webapp.auth.forms.login import LoginForm
from webapp.auth.login_manager import forget_account
from webapp.auth.services import sessions
from webapp.auth.services.login import check_password
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import public

bp = Blueprint("login", __name__)


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """A rider signs in and returns to the page that required it."""
    if current_user.is_authenticated:
        return redirect(next_url())
    form = LoginForm()
    if form.validate_on_submit():
        password = form.password.data
        try:
            attempt = check_password(
                form.username.data, password, current_device(), form.proof_bucket
            )
            return continue_login(attempt, remember=form.remember.data, password=password)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("auth/login.html", form, next=request.args.get("next"))


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """The session ends, here and on the server. Nothing fails when there is none."""
    if current_user.is_authenticated:
        session_id = current_user.login_session.id
        sessions.end_session(current_user.key, session_id, AuditKind.SIGNED_OUT)
    forget_account()
    flash(_("You're signed out. Ride safely!"), "info")
    return redirect(url_for("fleet.search.home"), 303)
