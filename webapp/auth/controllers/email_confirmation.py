"""Confirming the e-mail address of a new account with the link that was sent to it."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.devices import current_device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.forms.email import ConfirmForm
from webapp.auth.services import email_confirmation, email_links
from webapp.auth.services.email_links import LinkToken
from webapp.forms import render_form
from webapp.translations import gettext as _
from webapp.web.access import public, signed_in

bp = Blueprint("email_confirmation", __name__)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """The link confirms the address, so that its owner may ride.

    GET changes nothing: mail programs open links, too.
    """
    form = ConfirmForm()
    if form.validate_on_submit():
        email_confirmation.confirm_email(LinkToken.parse(token))
        flash(_("Your e-mail address is confirmed. Find a vehicle and ride."), "success")
        return redirect(url_for("fleet.search.home"), 303)
    if current_user.is_authenticated and current_user.email_confirmed_at:
        return redirect(url_for("fleet.search.home"))
    link, user = email_links.find_link(LinkToken.parse(token), EmailLinkPurpose.CONFIRM)
    return render_form("auth/confirm_email.html", form, email=link.email, rider=user)


@bp.post("/confirm")
@signed_in
def send_again() -> ResponseReturnValue:
    """A rider requests the link once more."""
    if not current_user.email_confirmed_at:
        email_confirmation.send_confirmation_again(current_user, current_device())
    flash(_("We sent a link to %(email)s.", email=current_user.email), "info")
    return redirect(url_for("auth.account.index"), 303)
