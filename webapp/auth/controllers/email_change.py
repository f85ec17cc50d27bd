"""Changing the e-mail address of an account."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.devices import current_device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.forms.email import ChangeEmailForm, ConfirmForm
from webapp.auth.services import email_change, email_links
from webapp.auth.services.email_links import LinkToken
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import public, recently_authenticated, signed_in

bp = Blueprint("email_change", __name__)


@bp.route("/account/email", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def request_change() -> ResponseReturnValue:
    """A rider enters another address. It replaces the current one when both are confirmed."""
    form = ChangeEmailForm()
    if form.validate_on_submit():
        try:
            email_change.request_email_change(current_user, form.email.data, current_device())
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(
                _("Check your e-mail and open the link we sent. Nothing changes until you do."),
                "info",
            )
            return redirect(url_for("auth.account.index"), 303)
    return render_form("auth/change_email.html", form)


@bp.route("/account/email/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """One of the two links of a changed address.

    GET changes nothing: mail programs open links, too.
    """
    form = ConfirmForm()
    if form.validate_on_submit():
        if email_change.confirm_email_change(LinkToken.parse(token)):
            flash(_("Your e-mail address has been changed."), "success")
        else:
            flash(_("Thanks. Now open the link we sent to the other address."), "info")
        return redirect(url_for("fleet.search.home"), 303)
    link, user = email_links.find_link(LinkToken.parse(token), *email_change.PURPOSES)
    is_old = link.purpose == EmailLinkPurpose.CHANGE_OLD
    return render_form(
        "auth/confirm_email_change.html", form, email=link.email, rider=user, is_old=is_old
    )
