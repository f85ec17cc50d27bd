"""Resetting a forgotten password with a link in an e-mail."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.controllers.redirects import continue_login
from webapp.auth.devices import current_device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.forms.password import ForgottenPasswordForm, ResetPasswordForm
from webapp.auth.login_manager import clear_session_cookie
from webapp.auth.models import User
from webapp.auth.services import email_links, login, password_reset
from webapp.auth.services.email_links import InvalidEmailLink, LinkToken
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import public

bp = Blueprint("password_reset", __name__)


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def request_link() -> ResponseReturnValue:
    """A visitor requests a link. The page is the same whether there is an account or not."""
    form = ForgottenPasswordForm()
    if form.validate_on_submit():
        try:
            password_reset.request_password_reset(
                form.email.data, current_device(), form.proof_bucket
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return render_template("auth/reset_link_sent.html", email=form.email.data)
    return render_form("auth/forgotten_password.html", form)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """A visitor with a link sets a new password; all other sessions of the account end.

    GET changes nothing: mail programs open links, too.
    """
    form = ResetPasswordForm()
    if form.validate_on_submit():
        try:
            user = password_reset.reset_password(LinkToken.parse(token), form.password.data)
        except InvalidEmailLink:
            raise
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _sign_in(user)
    elif request.method == "GET":
        email_links.find_link(LinkToken.parse(token), EmailLinkPurpose.RESET)
    return render_form("auth/reset_password.html", form)


def _sign_in(user: User) -> ResponseReturnValue:
    clear_session_cookie()
    attempt = login.prepare_attempt_by_key(user.key, current_device())
    if attempt is None:
        response: ResponseReturnValue = redirect(url_for("auth.login.sign_in"), 303)
    else:
        response = continue_login(attempt, remember=False)
    flash(_("Your new password is set. You have been signed out on all other devices."), "success")
    return response
