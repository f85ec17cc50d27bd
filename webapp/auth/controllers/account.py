"""Looking after one's own account: what it is entered with, and where it is open."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.audit.enums import AuditKind
from webapp.auth.controllers.blueprint import bp
from webapp.auth.devices import current_device
from webapp.auth.forms.account import EmailForm, PasswordForm
from webapp.auth.login_manager import clear_session_cookie
from webapp.auth.services import account, second_factor, sessions
from webapp.errors import DomainError
from webapp.forms import answer, blame
from webapp.web.access import fresh, signed_in


@bp.get("/account")
@signed_in
def account_page() -> ResponseReturnValue:
    """A rider sees what opens their account, and where it is open."""
    factor, logins = second_factor.status_and_sessions(current_user)
    return render_template("auth/account.html", factor=factor, logins=logins)


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
@fresh
def change_password() -> ResponseReturnValue:
    """A rider sets another password; other devices are signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            account.change_password(current_user, form.current.data, form.password.data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            flash(_("Your password is changed. Everywhere else you are signed out."), "success")
            return redirect(url_for(".account_page"), 303)
    return answer("auth/password.html", form)


@bp.route("/account/email", methods=["GET", "POST"])
@signed_in
@fresh
def change_email() -> ResponseReturnValue:
    """A rider asks for another address; it holds when both have confirmed it."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            account.ask_email_change(current_user, form.email.data, current_device())
        except DomainError as refusal:
            blame(form, refusal)
        else:
            flash(
                _("Open what we have sent to your mail. Until then nothing changes."),
                "info",
            )
            return redirect(url_for(".account_page"), 303)
    return answer("auth/email.html", form)


@bp.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> ResponseReturnValue:
    """A rider signs one device out."""
    if session_id == current_user.login_session.id:
        sessions.end(current_user.key, session_id, AuditKind.SIGNED_OUT)
        clear_session_cookie()
        return redirect(url_for("auth.login"), 303)
    sessions.end(current_user.key, session_id)
    flash(_("That device is signed out."), "success")
    return redirect(url_for(".account_page"), 303)


@bp.post("/account/sessions/end")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """A rider signs all other devices out."""
    number = sessions.end_others(current_user.key, current_user.login_session.key)
    flash(
        ngettext(
            "%(num)d other device is signed out.", "%(num)d other devices are signed out.", number
        ),
        "success",
    )
    return redirect(url_for(".account_page"), 303)
