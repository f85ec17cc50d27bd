"""The page "Account and security": the password, and where the account is signed in."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.audit.enums import AuditKind
from webapp.auth.forms.password import ChangePasswordForm
from webapp.auth.login_manager import forget_account
from webapp.auth.services import password_change as passwords
from webapp.auth.services import second_factor, sessions
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.translations import ngettext
from webapp.web.access import recently_authenticated, signed_in

bp = Blueprint("account", __name__)


@bp.get("/account")
@signed_in
def index() -> ResponseReturnValue:
    """A rider sees how to sign in to their account, and where it is signed in."""
    factor, login_sessions, has_tokens = second_factor.find_status_and_sessions(current_user)
    return render_template(
        "auth/account.html", factor=factor, login_sessions=login_sessions, has_tokens=has_tokens
    )


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def change_password() -> ResponseReturnValue:
    """A rider sets another password; other devices are signed out."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            passwords.change_password(current_user, form.current.data, form.password.data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Password changed. You have been signed out on all other devices."), "success")
            return redirect(url_for(".index"), 303)
    return render_form("auth/change_password.html", form)


@bp.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> ResponseReturnValue:
    """A rider signs one device out."""
    if session_id == current_user.login_session.id:
        sessions.end_session(current_user.key, session_id, AuditKind.SIGNED_OUT)
        forget_account()
        return redirect(url_for("auth.login.sign_in"), 303)
    sessions.end_session(current_user.key, session_id)
    flash(_("That device has been signed out."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/account/sessions/end")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """A rider signs all other devices out."""
    number = sessions.end_other_sessions(current_user.key, current_user.login_session.key)
    flash(
        ngettext(
            "Signed out on %(num)d other device.", "Signed out on %(num)d other devices.", number
        ),
        "success",
    )
    return redirect(url_for(".index"), 303)
