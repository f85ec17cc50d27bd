"""What the links in mails lead to. Opening one changes nothing: programs that read mail do that;
the button on the page does."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.controllers.blueprint import bp
from webapp.auth.controllers.login import let_in
from webapp.auth.devices import current_device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.forms.account import ForgottenForm, ResetForm, TokenForm
from webapp.auth.login_manager import clear_session_cookie
from webapp.auth.models import User
from webapp.auth.services import account, email_links, login
from webapp.auth.services.email_links import Token
from webapp.errors import DomainError
from webapp.forms import answer, blame
from webapp.web.access import public, signed_in


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Who has forgotten the password asks for a link; whether there is an account is not told."""
    form = ForgottenForm()
    if form.validate_on_submit():
        try:
            account.ask_reset(form.email.data, current_device())
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return render_template("auth/sent.html", email=form.email.data)
    return answer("auth/forgotten.html", form)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """The link for a forgotten password: a new one is set, and every other session ends."""
    form = ResetForm()
    if form.validate_on_submit():
        try:
            user = account.reset_password(Token.parse(token), form.password.data)
        except email_links.LinkSpent:
            raise
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return _let_in_again(user)
    elif request.method == "GET":
        email_links.find(Token.parse(token), EmailLinkPurpose.RESET)
    return answer("auth/reset.html", form)


def _let_in_again(user: User) -> ResponseReturnValue:
    clear_session_cookie()
    itself = (User.region == user.region) & (User.id == user.id)
    found = login.look_up(itself, current_device())
    onward = let_in(found, remember=False) if found else redirect(url_for("auth.login"), 303)
    flash(_("Your new password is set. Everywhere else you are signed out."), "success")
    return onward


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm_email(token: str) -> ResponseReturnValue:
    """The link in the welcome mail: from now on its reader may ride."""
    form = TokenForm()
    if form.validate_on_submit():
        account.confirm_email(Token.parse(token))
        flash(_("Your address is confirmed. Find a vehicle and ride."), "success")
        return redirect(url_for("fleet.search.home"), 303)
    if current_user.is_authenticated and current_user.email_confirmed_at:
        return redirect(url_for("fleet.search.home"))
    link, user = email_links.find(Token.parse(token), EmailLinkPurpose.CONFIRM)
    return answer("auth/confirm.html", form, email=link.email, rider=user)


@bp.post("/confirm")
@signed_in
def send_confirmation() -> ResponseReturnValue:
    """A rider asks for the link once more."""
    if not current_user.email_confirmed_at:
        account.send_confirmation_again(current_user, current_device())
    flash(_("The link is on its way to %(email)s.", email=current_user.email), "info")
    return redirect(url_for("auth.account_page"), 303)


@bp.route("/account/email/<token>", methods=["GET", "POST"])
@public
def confirm_change(token: str) -> ResponseReturnValue:
    """One of the two links of a changed address."""
    form = TokenForm()
    if form.validate_on_submit():
        if account.confirm_email_change(Token.parse(token)):
            flash(_("Your account has the new address now."), "success")
        else:
            flash(_("Thank you. Now open the link that we sent to the other address."), "info")
        return redirect(url_for("fleet.search.home"), 303)
    link, user = email_links.find(Token.parse(token), *account.CHANGES)
    is_old = link.purpose == EmailLinkPurpose.CHANGE_OLD
    return answer("auth/confirm_change.html", form, email=link.email, rider=user, is_old=is_old)
